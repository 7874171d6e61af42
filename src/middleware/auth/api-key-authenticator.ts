import { type Authenticator, BadCredential, type Identity, type TakeCredential } from './identity.js';
import { KeyedHash } from './keyed-hash.js';
import type { StoredSecret } from './password-hash.js';
import type { SecretChecks } from './secret-checks.js';

export interface ApiKey {
  readonly name: string;
  readonly key: StoredSecret;
  readonly roles: readonly string[];
}

/** Keys that name a program. Plain ones are looked up by their keyed hash; hashed ones are tried one by one. */
export class ApiKeyAuthenticator implements Authenticator {
  readonly challenge = 'ApiKey realm="Restricted"';
  readonly take: TakeCredential;
  readonly #checks: SecretChecks;
  readonly #hash = new KeyedHash();
  readonly #plain: ReadonlyMap<string, Identity>;
  readonly #hashed: readonly { readonly key: StoredSecret; readonly identity: Identity }[];

  constructor(take: TakeCredential, keys: readonly ApiKey[], checks: SecretChecks) {
    this.take = take;
    this.#checks = checks;
    const known = keys.map(({ name, key, roles }) => ({ key, identity: identityOf(name, roles) }));
    this.#plain = new Map(
      known.filter(({ key }) => key.kind === 'plain').map(({ key, identity }) => [this.#hash.of(key.text), identity]),
    );
    this.#hashed = known.filter(({ key }) => key.kind !== 'plain');
  }

  identifyAtOnce(presented: string): Identity | undefined {
    const identity = this.#plain.get(this.#hash.of(presented)) ?? this.#knownAmongHashed(presented);
    if (identity === undefined && this.#hashed.length === 0) throw new BadCredential('the key is not known');
    return identity;
  }

  identify(presented: string): Identity | Promise<Identity> {
    return this.identifyAtOnce(presented) ?? this.#amongHashed(presented);
  }

  dispose(): void {
    this.#checks.dispose();
  }

  /** Before any is computed: those that stand before the one that matches never will. */
  #knownAmongHashed(presented: string): Identity | undefined {
    return this.#hashed.find(({ key }) => this.#checks.known(key, presented))?.identity;
  }

  async #amongHashed(presented: string): Promise<Identity> {
    for (const { key, identity } of this.#hashed) if (await this.#checks.matches(key, presented)) return identity;
    throw new BadCredential('the key is not known');
  }
}

function identityOf(name: string, roles: readonly string[]): Identity {
  return { user: name, roles: new Set(roles), claims: { sub: name, roles }, expiresAtMs: null };
}
