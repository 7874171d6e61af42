import { holdsTheChannelContract } from './channel-contract.js';
import { acceptedSockets, dialedSockets } from './real-kinds.js';

for (const directWrite of [false, true]) {
  holdsTheChannelContract(acceptedSockets(directWrite));
  holdsTheChannelContract(dialedSockets(directWrite));
}
