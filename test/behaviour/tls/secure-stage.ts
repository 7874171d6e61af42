import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { CertificateFolder } from '../../support/certificate-folder.js';
import type { Identity } from '../../support/certificates.js';
import { RawPeer } from '../../support/raw-peer.js';
import { until } from '../../support/turns.js';

export const folder = await CertificateFolder.create();

/** Files of a certificate for these hosts, as a `tls` section names them. */
export async function tlsFor(...names: readonly string[]): Promise<{ cert: string; key: string }> {
  return folder.writeIdentity(names[0]?.replace('*', 'star') ?? 'none', await folder.authority.issue({ names }));
}

/** A certificate of a client. */
export function clientIdentity(subject = 'CN=ada', authority = folder.authority): Promise<Identity> {
  return authority.issue({ subject, usage: 'client' });
}

/** A client that speaks TLS to `servername`, and trusts the test's authority. */
export function secureClient(port: number, options: tls.ConnectionOptions = {}): Promise<RawPeer> {
  const { servername = 'a.example' } = options;
  const checkServerIdentity = options.checkServerIdentity ?? tls.checkServerIdentity;
  return RawPeer.connectSecure(port, { ca: folder.authority.cert, servername, checkServerIdentity, ...options });
}

function dial(port: number, options: tls.ConnectionOptions): tls.TLSSocket {
  const standard = { host: '127.0.0.1', port, ca: folder.authority.cert, servername: 'a.example' };
  return tls.connect({ ...standard, ...options });
}

const sessions = new WeakMap<tls.TLSSocket, Buffer>();

/** The handshake of one connection: what the client sees of it. */
export async function shakeHands(port: number, options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
  const socket = dial(port, options);
  socket.on('session', (session) => sessions.set(socket, session));
  await once(socket, 'secureConnect');
  return socket;
}

/** What the server gave for the next connection. */
export async function sessionOf(socket: tls.TLSSocket): Promise<Buffer> {
  await until(() => sessions.has(socket), 'a session');
  return sessions.get(socket) as Buffer;
}

/** The handshake that fails, in TLS 1.3 perhaps only after the client's part: the error the client sees. */
export function handshakeError(port: number, options: tls.ConnectionOptions = {}): Promise<Error & { code?: string }> {
  const socket = dial(port, options);
  socket.resume();
  return new Promise((resolve) => {
    socket.once('error', resolve);
    socket.once('close', () => resolve(new Error('closed')));
  });
}

/** A backend that speaks TLS, with what the test says of each connection. */
export class SecureBackend {
  readonly peers: RawPeer[] = [];
  readonly sockets: tls.TLSSocket[] = [];
  readonly failures: Error[] = [];
  readonly #server: net.Server;
  readonly #raws = new Set<net.Socket>();

  private constructor(options: tls.TLSSocketOptions, established: (peer: RawPeer, raw: net.Socket) => void) {
    const context = tls.createSecureContext(options);
    this.#server = net.createServer({ allowHalfOpen: true }, (raw) => {
      this.#raws.add(raw);
      const secure = new tls.TLSSocket(raw, { ...options, secureContext: context, isServer: true });
      secure.on('error', (error) => this.failures.push(error));
      secure.once('secure', () => {
        const peer = new RawPeer(secure, raw);
        this.sockets.push(secure);
        this.peers.push(peer);
        established(peer, raw);
      });
    });
  }

  /** @param established told of each connection after its handshake */
  static async listen(
    options: tls.TLSSocketOptions & tls.SecureContextOptions,
    established: (peer: RawPeer, raw: net.Socket) => void = () => {},
  ): Promise<SecureBackend> {
    const backend = new SecureBackend(options, established);
    await new Promise<void>((resolve) => backend.#server.listen(0, '127.0.0.1', resolve));
    return backend;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const raw of this.#raws) raw.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
