import type { Clock, Timer } from '../exchange/clock.js';
import type { MessageRate } from '../exchange/tunnel-policy.js';
import { TokenBucket } from './token-bucket.js';

/** Lets a client's messages through as fast as its policy allows, and says when a message that waits may go on. */
export class MessageGate {
  readonly mode: MessageRate['mode'];
  readonly #bucket: TokenBucket;
  readonly #clock: Clock;
  readonly #opened: () => void;
  #timer: Timer | null = null;
  /** Since when the message at the front has been waiting; null: none waits. */
  #heldSinceMs: number | null = null;

  /** @param opened called when a message that was held back may go on */
  constructor(rate: MessageRate, clock: Clock, opened: () => void) {
    this.mode = rate.mode;
    this.#bucket = new TokenBucket(rate, clock.nowMs());
    this.#clock = clock;
    this.#opened = opened;
  }

  /** True while nothing may be read for want of a token. */
  get closed(): boolean {
    return this.#timer !== null;
  }

  /** True while what is at the front had to wait, up to when all of it has passed. */
  get holds(): boolean {
    return this.#heldSinceMs !== null;
  }

  /** How long what is at the front has waited by now; 0: nothing waits. */
  get heldMs(): number {
    return this.#heldSinceMs === null ? 0 : this.#clock.nowMs() - this.#heldSinceMs;
  }

  /** How many messages may begin now. */
  allowance(): number {
    return this.#bucket.tokens(this.#clock.nowMs(), this.#heldSinceMs !== null);
  }

  /** So many messages began. */
  passed(count: number): void {
    this.#bucket.take(count);
  }

  /** The next message has to wait: `opened` follows. */
  hold(): void {
    const nowMs = this.#clock.nowMs();
    this.#heldSinceMs ??= nowMs;
    this.#timer ??= this.#clock.after(this.#bucket.waitMs(nowMs), this.#open);
  }

  /** Nothing that was held back is left. */
  emptied(): void {
    this.#heldSinceMs = null;
  }

  /** For good: nobody waits for what comes any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#heldSinceMs = null;
  }

  readonly #open = (): void => {
    this.#timer = null;
    this.#opened();
  };
}
