import { holdsTheChannelContract } from '../channel/channel-contract.js';
import { memoryChannels } from '../channel/memory-kind.js';

holdsTheChannelContract(memoryChannels('large pieces'));
holdsTheChannelContract(memoryChannels('no room', { capacityBytes: 0, maxDelayMs: 0 }));
