import { holdsTheChannelContract } from './channel-contract.js';
import { directlySecuredSockets, securedSockets } from './real-kinds.js';

for (const side of ['accepted', 'dialed'] as const) {
  holdsTheChannelContract(securedSockets(side));
  holdsTheChannelContract(directlySecuredSockets(side));
}
