import type { Backend } from '../backend.js';

/** Picks among backends that may all be chosen; knows nothing of why others may not. */
export interface BalancingPolicy {
  /** @param candidates never empty */
  pick(candidates: readonly Backend[]): Backend;
}
