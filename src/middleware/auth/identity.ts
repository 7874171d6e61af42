import type { Exchange } from '../../exchange/exchange.js';

/** Who asks, as a credential proves it. */
export interface Identity {
  /** Null: it proves something, and names nobody. */
  readonly user: string | null;
  readonly roles: ReadonlySet<string>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970 from which on it does not count; null: it always does. */
  readonly expiresAtMs: number | null;
}

/** What a type of `auth` does with the credential of a request. */
export interface Authenticator {
  /** How a client is to authenticate, for WWW-Authenticate (RFC 9110 section 11.6.1), without an error. */
  readonly challenge: string;
  /** Takes the credential from where it may stand; null: there is none. @throws BadCredential */
  take: TakeCredential;
  /**
   * @throws BadCredential, also by the promise
   * @throws ProxyError where it cannot be checked now
   */
  identify(credential: string): Identity | Promise<Identity>;
  /** The same where it can be said without work; undefined: it cannot. @throws BadCredential */
  identifyAtOnce(credential: string): Identity | undefined;
  dispose?(): void;
}

/** Reads a credential, and takes it out of what goes to the backend where it must not come there. */
export type TakeCredential = (exchange: Exchange) => string | null;

/** A credential that does not hold. The message says why, for the log: nothing of the credential is in it. */
export class BadCredential extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BadCredential';
  }
}

/** Of whatever a client presents: a header line may be longer, and what is hashed or decoded has an end. */
export const MAX_CREDENTIAL_CHARACTERS = 8192;
