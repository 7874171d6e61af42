import type { MessageRate } from '../exchange/tunnel-policy.js';

/** Where tokens come faster, they are waited for in batches: each wake-up copies what still waits once. */
const BATCH_MS = 20;
/** What came due while somebody waited is not lost, as long as we are no later than this: our timer is never exact. */
const MAX_LATE_MS = 500;
/** What a sum of fractions may be short of a whole token. */
const ROUNDING = 1e-6;

/** Tokens that come evenly and are kept up to `burst`; kept as one number, the time at which there was none. */
export class TokenBucket {
  readonly #intervalMs: number;
  readonly #depthMs: number;
  #emptyAtMs: number;

  constructor({ perMinute, burst }: MessageRate, nowMs: number) {
    this.#intervalMs = 60_000 / perMinute;
    this.#depthMs = burst * this.#intervalMs;
    this.#emptyAtMs = nowMs - this.#depthMs;
  }

  /** Whole tokens there are. @param waited whether somebody has been waiting for one since they were asked for last */
  tokens(nowMs: number, waited: boolean): number {
    const depthMs = waited ? Math.max(this.#depthMs, this.#intervalMs + MAX_LATE_MS) : this.#depthMs;
    this.#emptyAtMs = Math.max(this.#emptyAtMs, nowMs - depthMs);
    return Math.max(0, Math.floor((nowMs - this.#emptyAtMs) / this.#intervalMs + ROUNDING));
  }

  take(count: number): void {
    this.#emptyAtMs += count * this.#intervalMs;
  }

  /** How long to wait until somebody who found none is to ask again. */
  waitMs(nowMs: number): number {
    const least = this.#intervalMs < BATCH_MS ? BATCH_MS : 1;
    return Math.max(least, Math.ceil(this.#emptyAtMs + this.#intervalMs - nowMs));
  }
}
