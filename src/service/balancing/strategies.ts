import type { Random } from '../../exchange/clock.js';
import { IpHash } from './ip-hash.js';
import { LeastConnections } from './least-connections.js';
import type { BalancingPolicy } from './policy.js';
import { PowerOfTwo } from './power-of-two.js';
import { RandomDraw } from './random-draw.js';
import { RoundRobin } from './round-robin.js';
import { WeightedRoundRobin } from './weighted-round-robin.js';

/** Every strategy by its name in the configuration; those that leave something to chance draw it from `random`. */
export const strategies: ReadonlyMap<string, (random: Random) => BalancingPolicy> = new Map<
  string,
  (random: Random) => BalancingPolicy
>([
  ['round_robin', () => new RoundRobin()],
  ['weighted_round_robin', () => new WeightedRoundRobin()],
  ['least_connections', () => new LeastConnections()],
  ['ip_hash', () => new IpHash()],
  ['random', (random) => new RandomDraw(random)],
  ['power_of_two', (random) => new PowerOfTwo(random)],
]);
