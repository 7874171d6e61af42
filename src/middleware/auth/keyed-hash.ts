import { hash, randomBytes } from 'node:crypto';

/**
 * A hash that only this instance can compute: what is compared or looked up by it tells nothing by its timing, whatever
 * its length. In one call: an HMAC of Node's takes three times as long.
 */
export class KeyedHash {
  readonly #key = randomBytes(32).toString('hex');

  /** SHA-256 in base64. */
  of(text: string): string {
    return hash('sha256', this.#key + text, 'base64');
  }
}
