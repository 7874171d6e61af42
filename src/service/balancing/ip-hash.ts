import type { Backend } from '../backend.js';
import { hash32, mix32 } from './hash32.js';
import type { BalancingPolicy } from './policy.js';

const HASHES = 2 ** 32;

/**
 * The same client to the same backend, in every process. Each backend draws a number for the client, the greatest wins
 * (rendezvous hashing): one that comes or goes changes nothing between the others.
 */
export class IpHash implements BalancingPolicy {
  readonly #seeds = new WeakMap<Backend, number>();

  pick(candidates: readonly Backend[], clientAddress: string): Backend {
    const address = hash32(clientAddress);
    let next = candidates[0] as Backend;
    let soonest = Number.POSITIVE_INFINITY;
    for (const candidate of candidates) {
      // The first of several random waits is that of each as often as its weight says, if they are exponential.
      const wait = -Math.log((mix32(address ^ this.#seedOf(candidate)) + 0.5) / HASHES) / candidate.weight;
      if (wait >= soonest) continue;
      soonest = wait;
      next = candidate;
    }
    return next;
  }

  #seedOf(backend: Backend): number {
    const known = this.#seeds.get(backend);
    if (known !== undefined) return known;
    const seed = hash32(backend.key);
    this.#seeds.set(backend, seed);
    return seed;
  }
}
