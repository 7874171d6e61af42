import { LRUCache } from 'lru-cache';
import type { Identity } from './identity.js';
import { KeyedHash } from './keyed-hash.js';

const MAX_TOKENS = 10_000;
/** Of what tokens and their claims take, roughly: the sum of their lengths. */
const MAX_CHARACTERS = 8 << 20;

/**
 * Tokens whose signature held, up to their end: a check takes 50 to 200 µs. By a keyed hash, so that no token lies
 * about in memory. Only what was verified comes in: nobody else can push it out.
 */
export class VerifiedTokens {
  readonly #hash = new KeyedHash();
  readonly #wallMs: () => number;
  readonly #tokens = new LRUCache<string, Identity>({ max: MAX_TOKENS, maxSize: MAX_CHARACTERS });

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  get(token: string): Identity | undefined {
    const hash = this.#hash.of(token);
    const identity = this.#tokens.get(hash);
    if (identity === undefined || identity.expiresAtMs === null || this.#wallMs() < identity.expiresAtMs) {
      return identity;
    }
    this.#tokens.delete(hash);
    return undefined;
  }

  add(token: string, identity: Identity): void {
    this.#tokens.set(this.#hash.of(token), identity, { size: token.length });
  }

  clear(): void {
    this.#tokens.clear();
  }
}
