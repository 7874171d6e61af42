import type { Backend } from '../backend.js';
import type { BalancingPolicy } from './policy.js';

/**
 * In turn: whoever was not picked for the longest. A position in the list would not do: where one backend fails or is
 * full, the picks among the others would move it, and in the worst case past the same one every time.
 */
export class RoundRobin implements BalancingPolicy {
  readonly #pickedAt = new WeakMap<Backend, number>();
  #picks = 0;

  pick(candidates: readonly Backend[]): Backend {
    let next = candidates[0] as Backend;
    let longestAgo = Number.POSITIVE_INFINITY;
    for (const candidate of candidates) {
      const pickedAt = this.#pickedAt.get(candidate) ?? 0;
      if (pickedAt >= longestAgo) continue;
      longestAgo = pickedAt;
      next = candidate;
    }
    this.#pickedAt.set(next, ++this.#picks);
    return next;
  }
}
