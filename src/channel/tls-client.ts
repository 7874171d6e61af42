import type net from 'node:net';
import { isIP } from 'node:net';
import tls, { type SecureVersion } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { ConnectOptions } from './connect-options.js';

/** How TLS is spoken to one backend; certificates and keys in PEM form. */
export interface TlsClientOptions {
  /** The backend's name or address, as its url has it. */
  readonly host: string;
  /** The name asked for and looked for in the certificate instead. */
  readonly serverName?: string | undefined;
  /** Undefined: the authorities Node knows. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly verify: boolean;
  readonly minVersion: SecureVersion;
}

/** What TLS is spoken over. */
export type TlsTransport = (ConnectOptions | Pick<tls.ConnectionOptions, 'socket'>) & {
  readonly allowHalfOpen?: boolean;
  /** Where what was decrypted goes, past the stream: only without a socket. */
  readonly onread?: net.OnReadOpts;
};

/** Our side of TLS to one backend: one context, and the session that the next connection resumes. */
export class TlsClient {
  readonly #options: TlsClientOptions;
  readonly #context: tls.SecureContext;
  readonly #verify: boolean;
  readonly #name: string;
  #session: Buffer | undefined;

  /** @throws Error where OpenSSL does not take the certificates */
  constructor(options: TlsClientOptions) {
    const { host, serverName, ca, cert, key, verify, minVersion } = options;
    this.#options = options;
    this.#name = serverName ?? host;
    this.#verify = verify;
    this.#context = tls.createSecureContext({
      minVersion,
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
    });
  }

  /** True where it was made with these very options. */
  speaksBy(options: TlsClientOptions): boolean {
    return isDeepStrictEqual(options, this.#options);
  }

  /** Begins the handshake: on a socket that is connected, or on one that Node connects. */
  connect(transport: TlsTransport): tls.TLSSocket {
    const secure = tls.connect({
      // Only for the check of the certificate, where there is a socket already.
      host: this.#name,
      ...transport,
      secureContext: this.#context,
      rejectUnauthorized: this.#verify,
      ALPNProtocols: ['http/1.1'],
      // Node would take the host it connects to, and that may have another name here.
      checkServerIdentity: this.#checkIdentity,
      // An address is no server name (RFC 6066 section 3); the certificate is held against `#name` then.
      ...(isIP(this.#name) === 0 ? { servername: this.#name } : {}),
      ...(this.#session && { session: this.#session }),
    });
    secure.on('session', this.#sessionCame);
    return secure;
  }

  readonly #checkIdentity = (_host: string, certificate: tls.PeerCertificate): Error | undefined =>
    tls.checkServerIdentity(this.#name, certificate);

  /** The next connection begins anew. */
  forgetSession(): void {
    this.#session = undefined;
  }

  readonly #sessionCame = (session: Buffer): void => {
    this.#session = session;
  };
}
