import type { Random } from '../../exchange/clock.js';
import type { Backend } from '../backend.js';
import type { BalancingPolicy } from './policy.js';
import { drawByWeight } from './weighted-draw.js';

/** By chance and weight. */
export class RandomDraw implements BalancingPolicy {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick(candidates: readonly Backend[]): Backend {
    return drawByWeight(candidates, this.#random, null);
  }
}
