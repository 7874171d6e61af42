import type { Random } from '../../exchange/clock.js';
import type { BalancingPolicy } from './policy.js';
import { RoundRobin } from './round-robin.js';

/** Every strategy by its name in the configuration; those that leave something to chance draw it from `random`. */
export const strategies: ReadonlyMap<string, (random: Random) => BalancingPolicy> = new Map([
  ['round_robin', () => new RoundRobin()],
]);
