import { Counters } from '../../../../src/exchange/counters.js';
import type { BalancingPolicy } from '../../../../src/service/balancing/policy.js';
import { Lease } from '../../../../src/service/lease.js';
import { SeededRandom } from '../../../support/simulation/random.js';
import { CLIENT, PICKS, weighted } from './picks.js';

const LONGEST_STEPS = 1000;

/** Leases for each unit of weight, once as many come as go. */
export interface Loads {
  readonly mean: number;
  /** The greatest difference between two backends at any step. */
  readonly widest: number;
}

/** One tunnel a step over so many steps as there are picks, each held for 1 to 1000 steps; then all end. */
export function tunnelLoads(policy: BalancingPolicy, weights: readonly number[], seed: number): Loads {
  const random = new SeededRandom(seed);
  const backends = weighted(...weights);
  const counters = new Counters();
  const endingAt = new Map<number, Lease[]>();
  const units = weights.reduce((sum, weight) => sum + weight, 0);
  let [widest, sum, steps] = [0, 0, 0];
  for (let step = 0; step < PICKS + LONGEST_STEPS + 1; step++) {
    for (const lease of endingAt.get(step) ?? []) lease.release();
    if (step >= PICKS) continue;
    const lease = new Lease(policy.pick(backends, CLIENT), counters, () => {}, false);
    const end = step + random.integer(1, LONGEST_STEPS);
    endingAt.set(end, [...(endingAt.get(end) ?? []), lease]);
    if (step < 2 * LONGEST_STEPS) continue;
    const loads = backends.map(({ leases, weight }) => leases / weight);
    widest = Math.max(widest, Math.max(...loads) - Math.min(...loads));
    sum += counters.leases / units;
    steps++;
  }
  if (counters.leases !== 0) throw new Error(`${counters.leases} leases are left`);
  return { mean: sum / steps, widest };
}
