import { createHmac, timingSafeEqual } from 'node:crypto';
import { isToken } from '../protocol/http1/character-classes.js';
import { cookieValues } from '../protocol/http1/cookie.js';
import type { Backend } from './backend.js';

/** Of an id: three bytes are four characters, without bits to spare, so that each id has one spelling. */
const ID_BYTES = 18;
const ID_LENGTH = 24;
/** The characters by which an id is looked for. Timing may tell them; the 108 bits behind them it does not. */
const HANDLE_LENGTH = 6;
/** More cookies of one name are no browser's. */
const MAX_VALUES = 8;

export interface StickyTraits {
  readonly serviceName: string;
  /** The cookie's name: a token. */
  readonly cookie: string;
  /** How long a browser keeps it; 0: until it is closed. Whole seconds are told, one at least. */
  readonly ttlMs: number;
  /** Not empty. Proxies that share it, and the names of services, know each other's cookies. */
  readonly secret: string;
}

interface BackendId {
  readonly text: string;
  readonly handle: string;
  readonly bytes: Buffer;
}

/**
 * Keeps a client with one backend by a cookie. Its value is a MAC of the service and the backend's key, and nothing
 * else: it says nothing of an address, only who has the secret can make one, and that of another service, or of a
 * backend that is gone, is none of those it is compared with. It is no proof of who the client is: whoever copies it
 * comes to the same backend.
 */
export class Sticky {
  readonly #traits: StickyTraits;
  readonly #attributes: string;
  readonly #ids = new WeakMap<Backend, BackendId>();
  readonly #received = Buffer.alloc(ID_LENGTH);

  /** @throws TypeError for a cookie that is no token, and for an empty secret */
  constructor(traits: StickyTraits) {
    if (!isToken(traits.cookie)) throw new TypeError(`${JSON.stringify(traits.cookie)} is no name of a cookie`);
    if (traits.secret === '') throw new TypeError('an empty secret keeps nobody from making cookies');
    this.#traits = traits;
    // Max-Age=0 would delete it.
    const maxAge = traits.ttlMs > 0 ? `; Max-Age=${Math.max(1, Math.round(traits.ttlMs / 1000))}` : '';
    this.#attributes = `; Path=/; HttpOnly; SameSite=Lax${maxAge}`;
  }

  /** What stands for it in a cookie: 24 characters of base64url. */
  idOf(backend: Backend): string {
    return this.#idOf(backend).text;
  }

  /**
   * The backend that the first valid cookie names, whether or not it may be chosen now; null where none is named.
   * @param cookieFields the values of all Cookie fields
   */
  preferred(cookieFields: readonly string[], backends: readonly Backend[]): Backend | null {
    for (const value of cookieValues(cookieFields, this.#traits.cookie, MAX_VALUES)) {
      const backend = this.#named(value, backends);
      if (backend !== null) return backend;
    }
    return null;
  }

  /** The value of a Set-Cookie field. @param secure whether the client speaks TLS */
  setCookie(backend: Backend, secure: boolean): string {
    return `${this.#traits.cookie}=${this.idOf(backend)}${this.#attributes}${secure ? '; Secure' : ''}`;
  }

  #named(value: string, backends: readonly Backend[]): Backend | null {
    if (value.length !== ID_LENGTH) return null;
    for (const backend of backends) {
      const { handle, bytes } = this.#idOf(backend);
      if (!value.startsWith(handle)) continue;
      // As UTF-8, other characters than ASCII are longer: they do not fit, or are not equal.
      const fits = this.#received.write(value) === ID_LENGTH;
      if (fits && timingSafeEqual(this.#received, bytes)) return backend;
    }
    return null;
  }

  #idOf(backend: Backend): BackendId {
    const known = this.#ids.get(backend);
    if (known !== undefined) return known;
    const { serviceName, secret } = this.#traits;
    // As JSON, no two pairs are one text.
    const mac = createHmac('sha256', secret)
      .update(JSON.stringify([serviceName, backend.key]))
      .digest();
    const text = mac.toString('base64url', 0, ID_BYTES);
    const id = { text, handle: text.substring(0, HANDLE_LENGTH), bytes: Buffer.from(text) };
    this.#ids.set(backend, id);
    return id;
  }
}
