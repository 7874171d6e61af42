import type { Backend } from '../backend.js';
import { loadOf } from './load.js';

/** Sums of fractions of a turn that should be equal differ by less, after millions of turns. */
const EVEN = 1e-9;

/** Turns that a backend is owed: all earn their share of each one, whose it is pays for it. */
interface Credit {
  turns: number;
}

/**
 * Turns by weight, spread evenly, in the order that nginx has: 3:2:1 give a b a c b a. Counted in turns, not in weights:
 * so one among few candidates is worth as much as one among all, and a change of weights leaves no mountain of credit.
 */
export class WeightedTurns {
  readonly #credits = new WeakMap<Backend, Credit>();

  /**
   * Whose turn it is among the candidates that have at most this load; what has more keeps what it is owed.
   * @param candidates one of them at least within `maxLoad`
   */
  next(candidates: readonly Backend[], maxLoad: number): Backend {
    let total = 0;
    for (const { weight } of candidates) total += weight;
    let next = candidates[0] as Backend;
    let most: Credit | null = null;
    for (const candidate of candidates) {
      const credit = this.#creditOf(candidate);
      // Where all stay, none is ever owed a whole turn; nor is who returns, or waited for its load to sink.
      credit.turns = Math.min(Math.max(credit.turns, -1), 1) + candidate.weight / total;
      if (loadOf(candidate) > maxLoad || (most !== null && credit.turns <= most.turns + EVEN)) continue;
      most = credit;
      next = candidate;
    }
    if (most !== null) most.turns--;
    return next;
  }

  #creditOf(backend: Backend): Credit {
    const known = this.#credits.get(backend);
    if (known !== undefined) return known;
    const credit = { turns: 0 };
    this.#credits.set(backend, credit);
    return credit;
  }
}
