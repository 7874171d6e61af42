import type { Backend } from '../backend.js';
import type { BalancingPolicy } from './policy.js';
import { WeightedTurns } from './weighted-turns.js';

/** In turn by weight, never a burst. */
export class WeightedRoundRobin implements BalancingPolicy {
  readonly #turns = new WeightedTurns();

  pick(candidates: readonly Backend[]): Backend {
    return this.#turns.next(candidates, Number.POSITIVE_INFINITY);
  }
}
