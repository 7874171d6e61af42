import { constants, createHash } from 'node:crypto';
import tls from 'node:tls';

/** `tls` of one host rule; certificates and keys in PEM form. */
export interface CertificateOptions {
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates of clients; undefined: they need none. */
  readonly clientCa?: string | undefined;
  readonly clientAuth: 'require' | 'optional';
}

/** What is shown to clients of one host rule, and asked of them. */
export interface Certificate {
  readonly context: tls.SecureContext;
  /** The name of its demand on clients, see {@link clientAuthorityOf}; null: there is none. */
  readonly clientAuthority: string | null;
  readonly requiresClient: boolean;
}

/** One that is shown, and whether the client has named a host of it. */
export interface ChosenCertificate {
  readonly certificate: Certificate;
  readonly named: boolean;
}

const sharedOptions = {
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  sessionIdContext: 'toyou-proxy',
} as const;

/** The certificates of one listener: built whole, never changed, swapped as one. */
export class Certificates {
  /** Whether any rule of the port asks clients for a certificate: then all are asked. */
  readonly asksClients: boolean;
  /**
   * What a handshake begins with where there is a choice. It has no certificate: Node adds the one that is chosen to
   * those that are there already, so that a client named for an RSA certificate would be shown the ECDSA one of a
   * default.
   */
  readonly bareContext: tls.SecureContext;
  /** What a handshake begins and ends with where there is none: the choice costs a way into JavaScript and back. */
  readonly onlyContext: tls.SecureContext | null;
  readonly #first: Certificate;
  readonly #find: (serverName: string) => Certificate | null;

  /**
   * @param certificates in the order of the configuration, made with {@link createCertificate}; the first is the default
   * @param find the one for a host, compared as hosts are; null: none of them
   */
  constructor(
    certificates: readonly [Certificate, ...Certificate[]],
    find: (serverName: string) => Certificate | null,
  ) {
    this.#first = certificates[0];
    this.#find = find;
    this.asksClients = certificates.some(({ clientAuthority }) => clientAuthority !== null);
    const single = certificates.every(({ context }) => context === this.#first.context);
    this.onlyContext = single && !this.asksClients ? this.#first.context : null;
    // A session that was begun with one rule's certificate could be resumed under the name of another, and would count
    // as verified there: neither OpenSSL (TLS 1.3) nor Node tells (compare CVE-2025-23419). So there are none.
    const tickets = this.asksClients ? constants.SSL_OP_NO_TICKET : 0;
    this.bareContext = tls.createSecureContext({
      ...sharedOptions,
      secureOptions: sharedOptions.secureOptions | tickets,
    });
  }

  /** For clients that name no host. */
  get defaultContext(): tls.SecureContext {
    return this.#first.context;
  }

  /** @param serverName as the client sent it; null: it named none */
  choose(serverName: string | null): ChosenCertificate {
    const found = serverName === null ? null : this.#find(serverName);
    return { certificate: found ?? this.#first, named: found !== null };
  }

  readonly selectContext = (
    serverName: string,
    chosen: (error: Error | null, context?: tls.SecureContext) => void,
  ): void => {
    chosen(null, this.choose(serverName).certificate.context);
  };
}

/** @throws Error where OpenSSL does not take them */
export function createCertificate(options: CertificateOptions, clientAuthority: string | null): Certificate {
  const { cert, key, clientCa, clientAuth } = options;
  const context = tls.createSecureContext({
    ...sharedOptions,
    cert,
    key,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
  });
  return { context, clientAuthority, requiresClient: clientAuthority !== null && clientAuth === 'require' };
}

/** Names a demand on clients: another rule, authority or strictness has another name. */
export function clientAuthorityOf(rule: string, { clientCa, clientAuth }: Omit<CertificateOptions, 'cert' | 'key'>) {
  if (clientCa === undefined) return null;
  return `${rule} ${clientAuth} ${createHash('sha256').update(clientCa).digest('base64url')}`;
}
