import type { Backend } from '../backend.js';
import { loadOf } from './load.js';
import type { BalancingPolicy } from './policy.js';
import { WeightedTurns } from './weighted-turns.js';

/**
 * The least loaded by weight. Those that are even take turns by weight too: with few requests all are idle most of the
 * time, and a backend of weight 1 would get as many as one of weight 9.
 */
export class LeastConnections implements BalancingPolicy {
  readonly #turns = new WeightedTurns();

  pick(candidates: readonly Backend[]): Backend {
    let least = Number.POSITIVE_INFINITY;
    for (const candidate of candidates) least = Math.min(least, loadOf(candidate));
    return this.#turns.next(candidates, least);
  }
}
