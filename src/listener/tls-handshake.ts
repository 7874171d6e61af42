import type tls from 'node:tls';
import type { Channel } from '../channel/channel.js';
import type { OpenedTls, TlsServerOptions } from '../channel/tls-accepting.js';
import type { ClientTls } from '../exchange/client-tls.js';
import type { Certificates } from './certificates.js';

/** As ALPN has it on the wire (RFC 7301 section 3.1): Node would make it anew for each connection. */
const HTTP11 = Buffer.from('\bhttp/1.1', 'latin1');

/** Why a connection never came to its first request. */
export type HandshakeFailed = (error: Error & { code?: string }) => void;

/**
 * Speaks TLS to a client from its first byte on. Its channel may be owned at once: the handshake is the time before
 * its first chunk. A handshake that fails closes it.
 */
export class TlsHandshake {
  readonly channel: Channel;
  readonly #secure: tls.TLSSocket;
  readonly #certificates: Certificates;
  readonly #failed: HandshakeFailed;
  #tls: ClientTls | null = null;
  #over = false;

  /** @param open begins it on a connection */
  constructor(open: (options: TlsServerOptions) => OpenedTls, certificates: Certificates, failed: HandshakeFailed) {
    this.#certificates = certificates;
    this.#failed = failed;
    const { onlyContext } = certificates;
    const { secure, channel } = open({
      secureContext: onlyContext ?? certificates.bareContext,
      SNICallback: onlyContext === null ? certificates.selectContext : undefined,
      requestCert: certificates.asksClients,
      // Only some rules may want one, and which is meant is known only at the end of the handshake.
      rejectUnauthorized: false,
      ALPNProtocols: HTTP11,
      plainAnswer: PLAIN_RESPONSE,
    });
    this.channel = channel;
    this.#secure = secure;
    if (onlyContext === null) showDefault(secure, certificates.defaultContext);
    secure.once('secure', () => this.#established());
    secure.on('error', (error: Error & { code?: string }) => this.#fail(error));
    secure.once('close', () => {
      // Not for every connection that ends: an error is dear to make.
      if (!this.#over) this.#fail(new Error('the client left, or its time ran out'));
    });
    // Without a `tls.Server` of its own, Node keeps what goes wrong after the handshake to itself.
    secure.on('_tlsError', (error: Error) => secure.destroy(error));
  }

  /** What the client speaks; null before the handshake is done. */
  get tls(): ClientTls | null {
    return this.#tls;
  }

  #fail(error: Error & { code?: string }): void {
    if (this.#over) return;
    this.#over = true;
    this.#failed(error);
  }

  #established(): void {
    const secure = this.#secure;
    const serverName = namedBy(secure);
    const { certificate, named } = this.#certificates.choose(serverName);
    const { clientAuthority, requiresClient } = certificate;
    const peer = clientAuthority === null ? undefined : secure.getPeerX509Certificate();
    const fault = peer === undefined ? null : verifyError(secure);
    const bare = peer === undefined && requiresClient;
    // A client that named no host may be there for another rule: it is judged by the hosts it asks for.
    if (named && (fault !== null || bare)) {
      const reason = fault === null ? 'the client has no certificate' : `${fault.code}: ${fault.message}`;
      const error = Object.assign(new Error(reason), { code: 'CLIENT_CERTIFICATE_REFUSED' });
      this.#fail(error);
      secure.destroy(error);
      return;
    }
    this.#over = true;
    this.#tls = {
      protocol: secure.getProtocol() ?? '',
      cipher: secure.getCipher().standardName,
      serverName,
      resumed: secure.isSessionReused(),
      subject: peer === undefined || fault !== null ? null : subjectOf(peer),
      clientAuthority: fault !== null || bare ? null : clientAuthority,
    };
  }
}

interface Names {
  readonly subject?: string | undefined;
  readonly subjectAltName?: string | undefined;
}

/** One without a subject has its names in subjectAltName alone: Node says `undefined` there, whatever its types say. */
function subjectOf({ subject, subjectAltName }: Names): string {
  return (subject ?? subjectAltName ?? '').replaceAll('\n', ', ');
}

const PLAIN_ANSWER = 'this port speaks TLS: use https or wss\n';
const PLAIN_RESPONSE = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${PLAIN_ANSWER.length}`,
  'Connection: close',
  `\r\n${PLAIN_ANSWER}`,
].join('\r\n');

/** What is used of the handle inside a TLS socket of Node. */
interface TlsHandle {
  sni_context?: unknown;
  oncertcb?(request: { servername?: string | false }): void;
  verifyError?(): (Error & { code?: string }) | null;
}

function handleOf(secure: tls.TLSSocket): TlsHandle {
  return (secure as unknown as { _handle: TlsHandle })._handle;
}

/** Node asks nobody for a certificate where the client names no host. */
function showDefault(secure: tls.TLSSocket, context: tls.SecureContext): void {
  const handle = handleOf(secure);
  const ask = handle.oncertcb;
  if (ask === undefined) throw new Error('this Node asks for certificates in another way');
  handle.oncertcb = function (this: TlsHandle, request) {
    if (!request.servername) handle.sni_context = context.context;
    ask.call(this, request);
  };
}

function namedBy(secure: tls.TLSSocket): string | null {
  const { servername } = secure as unknown as { servername?: string | false | null };
  return typeof servername === 'string' && servername !== '' ? servername : null;
}

/** Why the client's certificate is not to be believed; null: it is. Where this Node does not say, it is not. */
function verifyError(secure: tls.TLSSocket): (Error & { code?: string }) | null {
  const handle = handleOf(secure);
  return handle.verifyError === undefined ? new Error('cannot be verified here') : handle.verifyError();
}
