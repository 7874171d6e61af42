import { holdsTheChannelContract } from './channel-contract.js';
import { securedSockets } from './real-kinds.js';

holdsTheChannelContract(securedSockets('accepted'));
holdsTheChannelContract(securedSockets('dialed'));
