import type { Exchange } from '../../exchange/exchange.js';
import { type Authenticator, BadCredential, type Identity, MAX_CREDENTIAL_CHARACTERS } from './identity.js';
import type { StoredSecret } from './password-hash.js';
import type { SecretChecks } from './secret-checks.js';

export interface BasicUser {
  readonly username: string;
  readonly password: StoredSecret;
  readonly roles: readonly string[];
}

interface Known {
  readonly password: StoredSecret;
  readonly identity: Identity;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** User names and passwords (RFC 7617). */
export class BasicAuthenticator implements Authenticator {
  readonly challenge = 'Basic realm="Restricted", charset="UTF-8"';
  readonly #users: ReadonlyMap<string, Known>;
  /** Who is not known is held against a password too, else the time of an answer would tell who is. */
  readonly #decoy: StoredSecret;
  readonly #checks: SecretChecks;

  /** @param users one at least */
  constructor(users: readonly BasicUser[], checks: SecretChecks) {
    this.#users = new Map(
      users.map((user) => [user.username, { password: user.password, identity: identityOf(user) }]),
    );
    const passwords = users.map(({ password }) => password);
    this.#decoy = passwords.find(({ kind }) => kind !== 'plain') ?? passwords[0] ?? { kind: 'plain', text: '' };
    this.#checks = checks;
  }

  take({ request }: Exchange): string | null {
    const values = request.head.headers.getAll('authorization');
    if (values.length > 1) throw new BadCredential(`there are ${values.length} Authorization fields`);
    const [value = ''] = values;
    const scheme = /^basic(?: +|$)/i.exec(value)?.[0];
    if (scheme === undefined) return null;
    if (value.length > MAX_CREDENTIAL_CHARACTERS) throw new BadCredential('the credentials are over 8 KiB');
    return value.slice(scheme.length);
  }

  identifyAtOnce(credentials: string): Identity | undefined {
    const [username, password] = readCredentials(credentials);
    const known = this.#users.get(username);
    if ((known?.password ?? this.#decoy).kind !== 'plain') return undefined;
    return admitted(known, this.#checks.matches(known?.password ?? this.#decoy, password) === true);
  }

  identify(credentials: string): Identity | Promise<Identity> {
    const [username, password] = readCredentials(credentials);
    const known = this.#users.get(username);
    const matches = this.#checks.matches(known?.password ?? this.#decoy, password);
    return typeof matches === 'boolean' ? admitted(known, matches) : matches.then((yes) => admitted(known, yes));
  }

  dispose(): void {
    this.#checks.dispose();
  }
}

function admitted(known: Known | undefined, matches: boolean): Identity {
  if (known === undefined || !matches) throw new BadCredential('the user is not known, or the password is another');
  return known.identity;
}

function identityOf({ username, roles }: BasicUser): Identity {
  return { user: username, roles: new Set(roles), claims: { sub: username, roles }, expiresAtMs: null };
}

function readCredentials(base64: string): [username: string, password: string] {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new BadCredential('the credentials are no base64');
  let text: string;
  try {
    text = utf8.decode(Buffer.from(base64, 'base64'));
  } catch {
    throw new BadCredential('the credentials are no UTF-8');
  }
  const colon = text.indexOf(':');
  if (colon < 0) throw new BadCredential('the credentials have no colon');
  return [text.slice(0, colon), text.slice(colon + 1)];
}
