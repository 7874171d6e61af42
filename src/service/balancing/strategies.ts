import type { BalancingPolicy } from './policy.js';
import { RoundRobin } from './round-robin.js';

/** Every strategy by its name in the configuration. */
export const strategies: ReadonlyMap<string, () => BalancingPolicy> = new Map([
  ['round_robin', () => new RoundRobin()],
]);
