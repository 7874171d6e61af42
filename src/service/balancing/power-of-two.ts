import type { Random } from '../../exchange/clock.js';
import type { Backend } from '../backend.js';
import { loadOf } from './load.js';
import type { BalancingPolicy } from './policy.js';
import { drawByWeight } from './weighted-draw.js';

/**
 * Two by chance and weight, and the less loaded of them: nearly as level as the least loaded of all, and several
 * proxies that know nothing of each other do not all run to the same one.
 */
export class PowerOfTwo implements BalancingPolicy {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick(candidates: readonly Backend[]): Backend {
    const one = drawByWeight(candidates, this.#random, null);
    if (candidates.length === 1) return one;
    const other = drawByWeight(candidates, this.#random, one);
    return loadOf(other) < loadOf(one) ? other : one;
  }
}
