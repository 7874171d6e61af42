import type { Clock } from '../exchange/clock.js';
import type { Expiry } from '../exchange/expiry.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import { type Ending, type EndingCode, inSeconds } from './endings.js';
import { IdleWatch } from './idle-watch.js';
import type { TunnelLeg } from './tunnel-leg.js';

/** A limit of a tunnel that was reached, and how it ends. */
export interface ReachedLimit {
  readonly code: EndingCode;
  /** For the log. */
  readonly detail: string;
  /** What is said other than the table has it. */
  readonly says: Partial<Ending>;
}

/** The times that a tunnel may not outlive. Asked at each sweep: none has a timer. */
export class LimitWatch {
  readonly #policy: TunnelPolicy;
  readonly #expiry: Expiry | null;
  readonly #clock: Clock;
  readonly #livesFromMs: number;
  readonly #idle: IdleWatch | null;

  /**
   * @param expiry of what let it in; null: that counts for ever
   * @param nowMs on the coarse clock
   */
  constructor(policy: TunnelPolicy, expiry: Expiry | null, clock: Clock, nowMs: number) {
    this.#policy = policy;
    this.#expiry = expiry;
    this.#clock = clock;
    this.#livesFromMs = nowMs;
    this.#idle = policy.idleTimeoutMs === 0 ? null : new IdleWatch(nowMs);
  }

  /** The limit that is reached now; null: none. */
  reached(client: TunnelLeg, backend: TunnelLeg, nowMs: number): ReachedLimit | null {
    const { idleTimeoutMs, maxLifetimeMs } = this.#policy;
    // By the exact clock: the coarse one stands still while we sleep, and a token grows old all the same.
    if (this.#expiry !== null && this.#clock.nowMs() >= this.#expiry.atMs) {
      return { code: 'token-expired', detail: 'the token has expired', says: { toClient: this.#expiry.closeCode } };
    }
    if (maxLifetimeMs > 0 && nowMs - this.#livesFromMs >= maxLifetimeMs) {
      return { code: 'tunnel-lifetime', detail: `open for ${inSeconds(maxLifetimeMs)}`, says: {} };
    }
    if (this.#idle !== null && this.#idle.idleMs(client, backend, nowMs) >= idleTimeoutMs) {
      return { code: 'tunnel-idle', detail: `no message for ${inSeconds(idleTimeoutMs)}`, says: {} };
    }
    return null;
  }
}
