import { createSecretKey } from 'node:crypto';
import type { Exchange } from '../exchange/exchange.js';
import type { Middleware, MiddlewareHost, MiddlewareType } from '../exchange/middleware.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { readPublicKey, standardAlgorithms } from './auth/algorithms.js';
import { ApiKeyAuthenticator } from './auth/api-key-authenticator.js';
import { type AuthOptions, authOptionsSchema } from './auth/auth-options.js';
import { BasicAuthenticator } from './auth/basic-authenticator.js';
import { authDoubts, authTypeOf } from './auth/check-auth-options.js';
import { claimOf, claimText } from './auth/claims.js';
import { type Authenticator, BadCredential, type Identity } from './auth/identity.js';
import { JwtAuthenticator, type TokenDemands } from './auth/jwt-authenticator.js';
import { readStoredSecret, type StoredSecret } from './auth/password-hash.js';
import { RoleRules } from './auth/role-rules.js';
import { SecretChecks } from './auth/secret-checks.js';
import { takingToken } from './auth/token-places.js';
import { ownedFieldName } from './field-name.js';
import { fieldText } from './field-template.js';

/** Says who asks, and lets pass who may: by JSON Web Tokens, passwords or API keys. */
export const auth: MiddlewareType<AuthOptions> = {
  type: 'auth',
  optionsSchema: authOptionsSchema,
  doubts: authDoubts,
  namesUsers: true,
  create: (name, options, host) => new Auth(name, options, host),
};

const EXPIRY_CODE = 4401;

class Auth implements Middleware {
  readonly name: string;
  readonly ownedRequestFields: readonly string[];
  readonly #authenticator: Authenticator;
  readonly #host: MiddlewareHost;
  readonly #roles: RoleRules;
  readonly #requireAuth: boolean;
  readonly #forwarded: readonly (readonly [field: string, claim: string])[];
  /** Null: tunnels outlive their tokens. */
  readonly #expiryCode: number | null;

  constructor(name: string, options: AuthOptions, host: MiddlewareHost) {
    this.name = name;
    this.ownedRequestFields = Object.keys(options.forward).map(ownedFieldName);
    this.#authenticator = makeAuthenticator(name, options, host);
    this.#host = host;
    this.#roles = new RoleRules({ everywhere: options.require_roles, rules: options.rules });
    this.#requireAuth = options.require_auth;
    this.#forwarded = Object.entries(options.forward);
    this.#expiryCode = options.close_on_expiry === false ? null : (options.expiry_code ?? EXPIRY_CODE);
  }

  /** What can be said without computing anything and without asking anybody. */
  judge(exchange: Exchange): void {
    try {
      const credential = this.#authenticator.take(exchange);
      const identity = credential === null ? null : this.#authenticator.identifyAtOnce(credential);
      if (identity !== undefined) this.#admit(exchange, identity);
    } catch (error) {
      throw this.#refusalFor(error);
    }
  }

  onRequest(exchange: Exchange): void | Promise<void> {
    try {
      const credential = this.#authenticator.take(exchange);
      const identity = credential === null ? null : this.#authenticator.identify(credential);
      if (identity instanceof Promise) return this.#admitLater(exchange, identity);
      this.#admit(exchange, identity);
    } catch (error) {
      throw this.#refusalFor(error);
    }
  }

  dispose(): void {
    this.#authenticator.dispose?.();
  }

  async #admitLater(exchange: Exchange, pending: Promise<Identity>): Promise<void> {
    try {
      this.#admit(exchange, await pending);
    } catch (error) {
      throw this.#refusalFor(error);
    }
  }

  /** @throws ProxyError */
  #admit(exchange: Exchange, identity: Identity | null): void {
    if (identity === null) {
      if (this.#requireAuth || this.#roles.wantsSomebody(exchange)) throw this.#unauthenticated('no credential', '');
    } else {
      exchange.user = identity.user ?? exchange.user;
      this.#setExpiry(exchange, identity);
      const missing = this.#roles.missing(exchange, identity.roles);
      if (missing !== null) throw this.#forbidden(missing);
    }
    this.#dropOtherSpellings(exchange);
    for (const [field, claim] of this.#forwarded) {
      const text = identity === null ? null : claimText(claimOf(identity.claims, claim));
      if (text === null) exchange.backendRequest.headers.delete(field);
      else exchange.backendRequest.headers.set(field, fieldText(text));
    }
  }

  /** Those of clients are gone already; a proxy that is trusted lets through what it does not know. */
  #dropOtherSpellings({ client, backendRequest: { headers } }: Exchange): void {
    if (!client.trusted || this.#forwarded.length === 0) return;
    for (let index = headers.size - 1; index >= 0; index--) {
      const lower = headers.lowerNameAt(index);
      if (!this.ownedRequestFields.includes(ownedFieldName(lower))) continue;
      headers.delete(lower);
      // It may have stood on several lines.
      index = Math.min(index, headers.size);
    }
  }

  /** The wall clock's time on the clock that only grows: one that is set anew later ends nothing. */
  #setExpiry(exchange: Exchange, { expiresAtMs }: Identity): void {
    if (this.#expiryCode === null || expiresAtMs === null) return;
    const { clock } = this.#host;
    const atMs = clock.nowMs() + expiresAtMs - clock.wallMs();
    if (exchange.expiry === null || atMs < exchange.expiry.atMs) {
      exchange.expiry = { atMs, closeCode: this.#expiryCode };
    }
  }

  #refusalFor(error: unknown): unknown {
    if (!(error instanceof BadCredential)) return error;
    const isBearer = this.#authenticator instanceof JwtAuthenticator;
    return this.#unauthenticated(error.message, isBearer ? ', error="invalid_token"' : '', error);
  }

  /** RFC 6750 section 3: without a credential there is no error to tell. What is wrong with one is for the log. */
  #unauthenticated(detail: string, more: string, cause?: unknown): ProxyError {
    const challenge = [['WWW-Authenticate', `${this.#authenticator.challenge}${more}`]] as const;
    return new ProxyError('unauthenticated', `${this.name}: ${detail}`, cause, challenge);
  }

  #forbidden(missing: string): ProxyError {
    const isBearer = this.#authenticator instanceof JwtAuthenticator;
    const value = `${this.#authenticator.challenge}, error="insufficient_scope"`;
    const fields = isBearer ? ([['WWW-Authenticate', value]] as const) : [];
    return new ProxyError('forbidden', `${this.name}: the user lacks ${missing}`, undefined, fields);
  }
}

function makeAuthenticator(name: string, options: AuthOptions, host: MiddlewareHost): Authenticator {
  const { users = [], keys = [], token_subprotocol: subprotocol = false } = options;
  const type = authTypeOf(options);
  const places = {
    header: options.token_header ?? (type === 'api_key' ? 'X-API-Key' : 'Authorization'),
    cookie: options.token_cookie ?? null,
    query: options.token_query ?? null,
    subprotocol: subprotocol === true ? 'bearer' : subprotocol || null,
  };
  switch (type) {
    case 'basic': {
      const known = users.map((user) => ({ ...user, password: stored(user.password) }));
      return new BasicAuthenticator(known, new SecretChecks(host.clock));
    }
    case 'api_key': {
      const known = keys.map((one) => ({ ...one, key: stored(one.key) }));
      return new ApiKeyAuthenticator(takingToken(places), known, new SecretChecks(host.clock));
    }
    default:
      return new JwtAuthenticator(name, takingToken(places), tokenDemands(options), host);
  }
}

function stored(text: string): StoredSecret {
  const secret = readStoredSecret(text);
  if ('fault' in secret) throw new Error(secret.fault);
  return secret;
}

const CLOCK_TOLERANCE_MS = 5000;

function tokenDemands(options: AuthOptions): TokenDemands {
  const { kind, key } = tokenKey(options);
  return {
    key,
    algorithms: options.algorithms ?? standardAlgorithms(kind),
    issuer: listed(options.issuer),
    audience: listed(options.audience),
    clockToleranceMs: options.clock_tolerance ?? CLOCK_TOLERANCE_MS,
    rolesClaim: options.roles_claim ?? 'roles',
  };
}

function tokenKey(options: AuthOptions) {
  const { jwt_secret: secret, jwt_public_key: pem, jwks_url: jwksUrl } = options;
  if (secret !== undefined) return { kind: 'secret', key: createSecretKey(secret, 'utf8') } as const;
  if (jwksUrl !== undefined) return { kind: 'remote', key: { jwksUrl } } as const;
  const read = readPublicKey(pem ?? '');
  if ('fault' in read) throw new Error(read.fault);
  return read;
}

function listed(value: string | readonly string[] | undefined): readonly string[] | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? [value] : value;
}
