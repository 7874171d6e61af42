import type { Clock, Timer } from '../../exchange/clock.js';
import type { NamesListener } from './names-listener.js';
import { addressSet, type Place, placesOf } from './places.js';
import type { NameResolver } from './resolver.js';

/** After that a lookup counts as failed. */
const PATIENCE_MS = 5000;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;

/** One host name, resolved again and again. */
export class FollowedName {
  /** By the last good answer; null before the first. */
  places: readonly Place[] | null = null;
  readonly #host: string;
  readonly #resolver: NameResolver;
  readonly #clock: Clock;
  readonly #listener: NamesListener;
  #refreshMs: number;
  #addresses = '';
  /** Lookups that failed in a row. */
  #failures = 0;
  /** A lookup is on its way, late ones too: the system has few threads for them. */
  #asking = false;
  #stopped = false;
  /** When the last answer, good or bad, was there. */
  #answeredAtMs = 0;
  /** Of the next lookup. */
  #next: Timer | null = null;
  /** Of the patience with the present one. */
  #overdue: Timer | null = null;

  constructor(host: string, refreshMs: number, resolver: NameResolver, clock: Clock, listener: NamesListener) {
    this.#host = host;
    this.#refreshMs = refreshMs;
    this.#resolver = resolver;
    this.#clock = clock;
    this.#listener = listener;
  }

  lookUp(): void {
    this.#next?.cancel();
    this.#next = null;
    if (this.#asking) {
      this.#fail('the lookup before is not over');
      return;
    }
    this.#asking = true;
    this.#overdue = this.#clock.after(PATIENCE_MS, () => this.#fail(`no answer within ${PATIENCE_MS / 1000} s`));
    // A resolver that throws has failed, too.
    new Promise<readonly string[]>((resolve) => resolve(this.#resolver(this.#host))).then(
      (answer) => this.#answered(answer),
      (error: unknown) => this.#refused(error),
    );
  }

  /** @param refreshMs 0: not again */
  refreshEvery(refreshMs: number): void {
    if (refreshMs === this.#refreshMs) return;
    this.#refreshMs = refreshMs;
    // The answer on its way settles when the next one is asked for.
    if (this.#overdue === null) this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#next?.cancel();
    this.#overdue?.cancel();
  }

  #answered(answer: readonly string[]): void {
    const addresses = addressSet(answer);
    if (addresses.length === 0) {
      this.#refused(new Error('the answer has no addresses'));
      return;
    }
    this.#asking = false;
    if (this.#stopped) return;
    const recovered = this.#failures > 0;
    this.#failures = 0;
    this.#settled();
    if (recovered) this.#listener.lookupRecovered(this.#host);
    // Resolvers turn their answers around: another order is no other answer.
    const joined = addresses.join(' ');
    if (joined === this.#addresses) return;
    this.#addresses = joined;
    this.places = placesOf(answer, this.places ?? []);
    this.#listener.changed(this.#host);
  }

  #refused(error: unknown): void {
    this.#asking = false;
    if (this.#stopped) return;
    // Else it was late, and has failed already.
    if (this.#overdue !== null) this.#fail(error instanceof Error ? error.message : String(error));
  }

  #fail(reason: string): void {
    this.#failures++;
    this.#settled();
    if (this.#failures === 1) this.#listener.lookupFailed(this.#host, reason);
  }

  #settled(): void {
    this.#overdue?.cancel();
    this.#overdue = null;
    this.#answeredAtMs = this.#clock.nowMs();
    this.#schedule();
  }

  #schedule(): void {
    this.#next?.cancel();
    this.#next = null;
    const delayMs = this.#delayMs();
    if (delayMs === null) return;
    const dueMs = this.#answeredAtMs + delayMs;
    this.#next = this.#clock.after(Math.max(0, dueMs - this.#clock.nowMs()), () => this.lookUp());
  }

  /** From one answer to the next question; null where there is none. */
  #delayMs(): number | null {
    const refreshMs = this.#refreshMs;
    if (this.#failures === 0) return refreshMs === 0 ? null : refreshMs;
    const retryMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    return refreshMs === 0 ? retryMs : Math.min(refreshMs, retryMs);
  }
}
