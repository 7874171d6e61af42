import type { JWTVerifyGetKey } from 'jose';
import type { MiddlewareHost } from '../../exchange/middleware.js';
import { ProxyError } from '../../exchange/proxy-error.js';
import { fetchText } from './fetch-text.js';

/** Finds the public key for a token's header; rejects with errors of jose where there is none. */
export type KeySet = JWTVerifyGetKey;

/** Keys that are known are asked for anew behind this: one that was withdrawn stops to count. */
const MAX_AGE_MS = 600_000;
/** The least between two attempts while there are keys: a token with an unknown `kid` costs its sender nothing. */
const REST_MS = 30_000;
/** The same while there are none. */
const REST_WITHOUT_KEYS_MS = 1000;
const LIMITS = { timeoutMs: 5000, maxBytes: 1 << 20 };

/**
 * The keys at a url (RFC 7517): fetched when they are first wanted, one fetch at a time, and kept through whatever
 * becomes of the url later.
 */
export class RemoteKeys {
  readonly #name: string;
  readonly #url: string;
  readonly #host: MiddlewareHost;
  readonly #makeSet: (text: string) => Promise<KeySet>;
  readonly #replaced: () => void;
  readonly #disposal = new AbortController();
  #set: KeySet | null = null;
  #text = '';
  #fetchedAtMs = 0;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | null = null;
  #failure = '';

  /**
   * @param makeSet rejects text that is no set of keys
   * @param replaced called when other keys count than before
   */
  constructor(
    at: { readonly name: string; readonly url: string },
    host: MiddlewareHost,
    makeSet: (text: string) => Promise<KeySet>,
    replaced: () => void,
  ) {
    this.#name = at.name;
    this.#url = at.url;
    this.#host = host;
    this.#makeSet = makeSet;
    this.#replaced = replaced;
  }

  /** The keys that count now; null: there are none yet. */
  get known(): KeySet | null {
    return this.#set;
  }

  /** @throws ProxyError `keys-unavailable` where there are none and none can be had */
  async current(): Promise<KeySet> {
    if (this.#set === null) await this.#refresh(REST_WITHOUT_KEYS_MS);
    else this.renewOld();
    if (this.#set === null) throw new ProxyError('keys-unavailable', `${this.#name}: jwks_url: ${this.#failure}`);
    return this.#set;
  }

  /** Asks for newer ones, without waiting, where those that are known are old. */
  renewOld(): void {
    if (this.#set === null || this.#host.clock.nowMs() - this.#fetchedAtMs < MAX_AGE_MS) return;
    void this.#refresh(REST_MS);
  }

  /** The keys behind an attempt to have newer ones, where one may be made. */
  async newer(): Promise<KeySet> {
    await this.#refresh(REST_MS);
    return this.current();
  }

  dispose(): void {
    this.#disposal.abort();
  }

  #refresh(restMs: number): Promise<void> {
    if (this.#fetching !== null) return this.#fetching;
    const { clock } = this.#host;
    if (clock.nowMs() - this.#triedAtMs < restMs) return Promise.resolve();
    this.#triedAtMs = clock.nowMs();
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  /** Never rejects. */
  async #fetch(): Promise<void> {
    const { clock } = this.#host;
    try {
      const text = await fetchText(this.#url, LIMITS, clock, this.#disposal.signal);
      if (text !== this.#text || this.#set === null) {
        this.#set = await this.#makeSet(text);
        this.#text = text;
        this.#replaced();
      }
      this.#fetchedAtMs = clock.nowMs();
      this.#failure = '';
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** Told when it begins, and when it is another. */
  #failed(failure: string): void {
    if (failure === this.#failure || this.#disposal.signal.aborted) return;
    this.#failure = failure;
    const { origin, pathname } = new URL(this.#url);
    const fields = {
      middleware: this.#name,
      // Without query: it may be secret.
      url: origin + pathname,
      detail: failure,
      keys: this.#set === null ? 'none' : 'old',
    };
    this.#host.log.write('warn', 'keys could not be fetched', fields);
  }
}
