import { scrypt, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../exchange/clock.js';
import { ProxyError } from '../../exchange/proxy-error.js';
import { BcryptThread } from './bcrypt-thread.js';
import { KeyedHash } from './keyed-hash.js';
import { type ScryptHash, type StoredSecret, scryptBytes } from './password-hash.js';

const MAX_KNOWN = 10_000;
const KNOWN_MS = 300_000;
/** Each takes 50 ms and more, one after the other: whoever floods it is told to come later. */
const MAX_WAITING = 100;

/**
 * Whether what was presented is what is stored. Plain secrets are compared at once, hashes one at a time and off this
 * thread; one that matched counts for five minutes without being computed again.
 */
export class SecretChecks {
  readonly #hash = new KeyedHash();
  readonly #clock: Clock;
  /** When pairs that matched have to be computed again. */
  readonly #known = new LRUCache<string, number>({ max: MAX_KNOWN });
  readonly #pending = new Map<string, Promise<boolean>>();
  readonly #bcrypt = new BcryptThread();
  #last: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it is known to match, without computing anything. */
  known(stored: StoredSecret, presented: string): boolean {
    return this.#isKnown(this.#pairOf(stored, presented));
  }

  /** @throws ProxyError `rate-limited` where too many wait already */
  matches(stored: StoredSecret, presented: string): boolean | Promise<boolean> {
    if (stored.kind === 'plain') return this.#areEqual(stored.text, presented);
    const pair = this.#pairOf(stored, presented);
    if (this.#isKnown(pair)) return true;
    const pending = this.#pending.get(pair);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= MAX_WAITING)
      throw new ProxyError('rate-limited', 'too many passwords wait for their check');
    const check = this.#last
      .then(() => this.#compute(stored, presented))
      .then(
        (matches) => {
          this.#pending.delete(pair);
          if (matches) this.#known.set(pair, this.#clock.nowMs() + KNOWN_MS);
          return matches;
        },
        (error: unknown) => {
          this.#pending.delete(pair);
          throw error;
        },
      );
    this.#last = check.catch(() => {});
    this.#pending.set(pair, check);
    return check;
  }

  dispose(): void {
    this.#bcrypt.dispose();
  }

  #pairOf(stored: StoredSecret, presented: string): string {
    return this.#hash.of(`${stored.text}\n${presented}`);
  }

  #areEqual(one: string, other: string): boolean {
    return timingSafeEqual(Buffer.from(this.#hash.of(one)), Buffer.from(this.#hash.of(other)));
  }

  #isKnown(pair: string): boolean {
    const untilMs = this.#known.get(pair);
    if (untilMs === undefined) return false;
    if (this.#clock.nowMs() < untilMs) return true;
    this.#known.delete(pair);
    return false;
  }

  #compute(stored: Exclude<StoredSecret, { kind: 'plain' }>, presented: string): Promise<boolean> {
    return stored.kind === 'bcrypt' ? this.#bcrypt.compare(presented, stored.text) : matchesScrypt(stored, presented);
  }
}

function matchesScrypt({ salt, key, cost }: ScryptHash, presented: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const { N, r, p } = cost;
    scrypt(presented, salt, key.length, { N, r, p, maxmem: 2 * scryptBytes(cost) }, (error, derived) => {
      if (error !== null) reject(error);
      else resolve(timingSafeEqual(derived, key));
    });
  });
}
