import type { KeyObject } from 'node:crypto';
import type { JWTPayload, JWTVerifyOptions } from 'jose';
import type { MiddlewareHost } from '../../exchange/middleware.js';
import { ProxyError } from '../../exchange/proxy-error.js';
import type { Algorithm } from './algorithms.js';
import { claimOf, rolesIn } from './claims.js';
import { type Authenticator, BadCredential, type Identity, type TakeCredential } from './identity.js';
import { type KeySet, RemoteKeys } from './remote-keys.js';
import { VerifiedTokens } from './verified-tokens.js';

type Jose = typeof import('jose');

/** What tokens are held to. */
export interface TokenDemands {
  /** The key, or the url of a set of them. */
  readonly key: KeyObject | Uint8Array | { readonly jwksUrl: string };
  /** The token says which of them; nothing else counts. */
  readonly algorithms: readonly Algorithm[];
  readonly issuer: readonly string[] | null;
  readonly audience: readonly string[] | null;
  readonly clockToleranceMs: number;
  readonly rolesClaim: string;
}

/** The compact form of what is signed (RFC 7515 section 7.1). */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const NO_TOKEN = 'it is no JSON Web Token';

/** JSON Web Tokens (RFC 7519), as RFC 8725 wants them checked. */
export class JwtAuthenticator implements Authenticator {
  readonly challenge = 'Bearer realm="Restricted"';
  readonly take: TakeCredential;
  readonly #demands: TokenDemands;
  readonly #host: MiddlewareHost;
  readonly #verified: VerifiedTokens;
  readonly #remote: RemoteKeys | null;
  /** Takes 50 ms and more to load: not at the start of a proxy that has no use for it, nor at its first request. */
  readonly #jose: Promise<Jose> = import('jose');

  constructor(name: string, take: TakeCredential, demands: TokenDemands, host: MiddlewareHost) {
    this.take = take;
    this.#demands = demands;
    this.#host = host;
    this.#verified = new VerifiedTokens(() => host.clock.wallMs());
    const { key } = demands;
    this.#remote = 'jwksUrl' in key ? this.#remoteKeys(name, key.jwksUrl) : null;
  }

  #remoteKeys(name: string, url: string): RemoteKeys {
    const makeSet = async (text: string): Promise<KeySet> => {
      const { createLocalJWKSet } = await this.#jose;
      return createLocalJWKSet(JSON.parse(text));
    };
    // A key that was withdrawn takes what it vouched for along.
    return new RemoteKeys({ name, url }, this.#host, makeSet, () => this.#verified.clear());
  }

  identifyAtOnce(token: string): Identity | undefined {
    if (!COMPACT.test(token)) throw new BadCredential(NO_TOKEN);
    return this.#verified.get(token);
  }

  identify(token: string): Identity | Promise<Identity> {
    if (!COMPACT.test(token)) throw new BadCredential(NO_TOKEN);
    const verified = this.#verified.get(token);
    if (verified === undefined) return this.#identify(token);
    // Else a key that was withdrawn would count for as long as nobody brings a token that is new.
    this.#remote?.renewOld();
    return verified;
  }

  dispose(): void {
    this.#remote?.dispose();
  }

  async #identify(token: string): Promise<Identity> {
    const jose = await this.#jose;
    try {
      const { key } = this.#demands;
      if (this.#remote !== null) return await this.#byRemoteKeys(jose, token, this.#remote);
      if ('jwksUrl' in key) throw new TypeError('no key');
      const { payload } = await jose.jwtVerify(token, key, this.#options());
      return this.#keep(token, payload);
    } catch (error) {
      if (error instanceof ProxyError) throw error;
      throw new BadCredential(faultOf(error, jose), error);
    }
  }

  async #byRemoteKeys(jose: Jose, token: string, remote: RemoteKeys): Promise<Identity> {
    let keys = await remote.current();
    let payload: JWTPayload;
    try {
      payload = await this.#verify(jose, token, keys);
    } catch (error) {
      if (!(error instanceof jose.errors.JWKSNoMatchingKey)) throw error;
      const newer = await remote.newer();
      if (newer === keys) throw error;
      keys = newer;
      payload = await this.#verify(jose, token, keys);
    }
    // Verified by keys that were replaced meanwhile, it counts this once.
    return keys === remote.known ? this.#keep(token, payload) : this.#identityOf(payload);
  }

  /** A token without a `kid` may be of any key that fits. */
  async #verify(jose: Jose, token: string, keys: KeySet): Promise<JWTPayload> {
    try {
      return (await jose.jwtVerify(token, keys, this.#options())).payload;
    } catch (error) {
      if (!(error instanceof jose.errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        try {
          return (await jose.jwtVerify(token, key, this.#options())).payload;
        } catch (fault) {
          if (!(fault instanceof jose.errors.JWSSignatureVerificationFailed)) throw fault;
        }
      }
      throw new jose.errors.JWSSignatureVerificationFailed();
    }
  }

  #options(): JWTVerifyOptions {
    const { algorithms, issuer, audience, clockToleranceMs } = this.#demands;
    return {
      algorithms: [...algorithms],
      clockTolerance: clockToleranceMs / 1000,
      currentDate: new Date(this.#host.clock.wallMs()),
      ...(issuer === null ? {} : { issuer: [...issuer] }),
      ...(audience === null ? {} : { audience: [...audience] }),
    };
  }

  #keep(token: string, payload: JWTPayload): Identity {
    const identity = this.#identityOf(payload);
    this.#verified.add(token, identity);
    return identity;
  }

  #identityOf(claims: JWTPayload): Identity {
    const { sub, exp } = claims;
    const { clockToleranceMs, rolesClaim } = this.#demands;
    return {
      user: typeof sub === 'string' && sub !== '' ? sub : null,
      roles: rolesIn(claimOf(claims, rolesClaim)),
      claims,
      expiresAtMs: exp === undefined ? null : exp * 1000 + clockToleranceMs,
    };
  }
}

/** In our words: those of jose may quote the token. */
function faultOf(error: unknown, { errors }: Jose): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    const how = error.reason === 'missing' ? 'missing' : 'not as it must be';
    return error.claim === 'nbf' ? 'the token is not valid yet' : `its claim ${error.claim} is ${how}`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not one of algorithms';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature does not hold';
  if (error instanceof errors.JWKSNoMatchingKey) return 'jwks_url has no key of its kid and algorithm';
  if (error instanceof errors.JOSENotSupported) return 'its header asks for what is not supported';
  return error instanceof errors.JOSEError ? NO_TOKEN : 'it cannot be checked with this key';
}
