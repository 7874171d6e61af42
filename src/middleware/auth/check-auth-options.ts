import type { z } from 'zod';
import { secretPath } from '../../config/secret-files.js';
import type { OptionDoubt } from '../../exchange/middleware.js';
import { type Algorithm, algorithmsOf, leastSecretBytes, readPublicKey, standardAlgorithms } from './algorithms.js';
import type { AuthOptions } from './auth-options.js';
import { readStoredSecret } from './password-hash.js';

type AuthType = NonNullable<AuthOptions['type']>;
type Report = (path: readonly (string | number)[], message: string) => void;

const JWT_KEYS = ['jwt_secret', 'jwt_public_key', 'jwks_url'] as const;
const TOKEN_PLACES = ['token_header', 'token_cookie', 'token_query', 'token_subprotocol'] as const;
const OF_TOKENS = ['algorithms', 'issuer', 'audience', 'clock_tolerance', 'roles_claim'] as const;
const OF_EXPIRY = ['close_on_expiry', 'expiry_code'] as const;

/** Which options are for which type only. */
const OPTIONS_OF: Readonly<Record<AuthType, readonly (keyof AuthOptions)[]>> = {
  jwt: [...JWT_KEYS, ...TOKEN_PLACES, ...OF_TOKENS, ...OF_EXPIRY],
  basic: ['users'],
  api_key: ['keys', ...TOKEN_PLACES],
};

/** The type that is written, or that follows from what is; undefined where nothing does. */
export function authTypeOf(options: AuthOptions): AuthType | undefined {
  if (options.type !== undefined) return options.type;
  if (JWT_KEYS.some((key) => options[key] !== undefined)) return 'jwt';
  if (options.users !== undefined) return 'basic';
  return options.keys === undefined ? undefined : 'api_key';
}

/** What of the options cannot be together, and keys that cannot be used. */
export function checkAuthOptions(options: AuthOptions, context: z.core.$RefinementCtx<AuthOptions>): void {
  const report: Report = (path, message) => {
    context.addIssue({ code: 'custom', input: undefined, path: [...path], message });
  };
  const type = authTypeOf(options);
  if (type === undefined) {
    report([], 'says nobody: write jwt_secret, jwt_public_key, jwks_url, users or keys');
    return;
  }
  const foreign = Object.values(OPTIONS_OF)
    .flat()
    .filter((option) => !OPTIONS_OF[type].includes(option));
  for (const option of new Set(foreign)) {
    if (options[option] !== undefined) report([option], `is not for type ${type}`);
  }
  if (type === 'jwt') checkJwt(options, report);
  else if (type === 'basic') checkUsers(options, report);
  else checkKeys(options, report);
}

function checkJwt(options: AuthOptions, report: Report): void {
  const written = JWT_KEYS.filter((key) => options[key] !== undefined);
  const [first, second] = written;
  if (first === undefined) report([], `type jwt needs one of ${JWT_KEYS.join(', ')}`);
  else if (second !== undefined) report([second], `stands beside ${first}: a token is checked with one of them`);
  else checkAlgorithms(options, report);
}

/** That a public key never is the secret of an HMAC (RFC 8725 section 2.1): what is no algorithm of the key's is refused. */
function checkAlgorithms(options: AuthOptions, report: Report): void {
  const read = keyKindOf(options);
  if (read === undefined) return;
  if ('fault' in read) {
    report(['jwt_public_key'], read.fault);
    return;
  }
  const possible: readonly Algorithm[] = algorithmsOf(read.kind);
  for (const [index, algorithm] of (options.algorithms ?? []).entries()) {
    if (possible.includes(algorithm)) continue;
    report(['algorithms', index], `${algorithm} is not for this key; it takes ${possible.join(', ')}`);
  }
}

/** Undefined where the file of the key could not be read, which is told already. */
function keyKindOf(options: AuthOptions) {
  const { jwt_public_key: pem, jwks_url: url } = options;
  if (pem !== undefined) return secretPath(pem) === undefined ? readPublicKey(pem) : undefined;
  return { kind: url === undefined ? ('secret' as const) : ('remote' as const) };
}

function checkUsers({ users }: AuthOptions, report: Report): void {
  if (users === undefined) report([], 'type basic needs users');
  const names = new Set<string>();
  for (const [index, { username, password }] of (users ?? []).entries()) {
    if (names.has(username)) report(['users', index, 'username'], `"${username}" stands there twice`);
    names.add(username);
    checkStored(password, ['users', index, 'password'], report);
  }
}

function checkKeys({ keys }: AuthOptions, report: Report): void {
  if (keys === undefined) report([], 'type api_key needs keys');
  const seen = new Map<string, string>();
  for (const [index, { name, key }] of (keys ?? []).entries()) {
    const other = seen.get(key);
    if (other !== undefined) report(['keys', index, 'key'], `is the key of "${other}" too`);
    seen.set(key, name);
    checkStored(key, ['keys', index, 'key'], report);
  }
}

function checkStored(text: string, path: readonly (string | number)[], report: Report): void {
  const stored = secretPath(text) === undefined ? readStoredSecret(text) : null;
  if (stored !== null && 'fault' in stored) report(path, stored.fault);
}

/** A plain key that is shorter can be guessed. */
const LEAST_KEY_CHARACTERS = 16;

/** Options that are accepted and hardly meant. */
export function authDoubts(options: AuthOptions): OptionDoubt[] {
  const doubts: OptionDoubt[] = [];
  const { jwt_secret: secret, jwks_url: url, algorithms = standardAlgorithms('secret') } = options;
  const least = Math.max(...algorithms.map(leastSecretBytes));
  if (secret !== undefined && Buffer.byteLength(secret) < least) {
    doubts.push({ option: 'jwt_secret', message: `is short: with fewer than ${least} bytes it can be guessed` });
  }
  if (url?.startsWith('http:') && !isLoopback(new URL(url).hostname)) {
    doubts.push({ option: 'jwks_url', message: 'is not https: whoever is on the way can put their own keys there' });
  }
  if (options.keys?.some(({ key }) => key.length < LEAST_KEY_CHARACTERS)) {
    doubts.push({
      option: 'keys',
      message: `one is short: with fewer than ${LEAST_KEY_CHARACTERS} characters it can be guessed`,
    });
  }
  if (options.close_on_expiry === false && options.expiry_code !== undefined) {
    doubts.push({ option: 'expiry_code', message: 'has no effect with close_on_expiry: false' });
  }
  if (!options.require_auth && options.require_roles.length > 0) {
    doubts.push({ option: 'require_auth', message: 'has no effect beside require_roles: nobody has none of them' });
  }
  return doubts;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
