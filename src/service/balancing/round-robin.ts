import type { Backend } from '../backend.js';
import type { BalancingPolicy } from './policy.js';

/** In turn. */
export class RoundRobin implements BalancingPolicy {
  #next = 0;

  pick(candidates: readonly Backend[]): Backend {
    const at = this.#next % candidates.length;
    this.#next = at + 1;
    return candidates[at] as Backend;
  }
}
