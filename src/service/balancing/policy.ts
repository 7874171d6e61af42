import type { Backend } from '../backend.js';

/** Picks among backends that may all be chosen; knows nothing of why others may not. */
export interface BalancingPolicy {
  /**
   * @param candidates never empty
   * @param clientAddress the real client's, behind trusted proxies too
   */
  pick(candidates: readonly Backend[], clientAddress: string): Backend;
}
