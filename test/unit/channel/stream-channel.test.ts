import { holdsTheChannelContract } from './channel-contract.js';
import { wrappedDuplexes, wrappedSockets } from './real-kinds.js';

holdsTheChannelContract(wrappedSockets());
holdsTheChannelContract(wrappedDuplexes());
