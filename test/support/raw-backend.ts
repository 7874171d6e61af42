import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { Identity } from './certificates.js';
import type { FaultProxy } from './faults/fault-proxy.js';
import { linksBefore } from './faults/test-links.js';
import { RawPeer } from './raw-peer.js';
import { stageCertificates, tlsVariant } from './tls-variant.js';
import { until } from './turns.js';

/** A backend that does what the test says, byte by byte. Keeps every connection. */
export class RawBackend {
  /** In the order they were accepted. */
  readonly connections: RawPeer[] = [];
  readonly #server: net.Server;
  #links: FaultProxy | null = null;
  /** In the middle of a handshake, which need not come to its end. */
  readonly #unsecured = new Set<net.Socket>();

  private constructor(accepted: (peer: RawPeer) => void, identity: Identity | null) {
    const accept = (socket: net.Socket, raw = socket): void => {
      const peer = new RawPeer(socket, raw);
      this.connections.push(peer);
      accepted(peer);
    };
    const acceptRaw = (raw: net.Socket): void => {
      if (identity === null) accept(raw);
      else this.#secure(raw, identity, (secure) => accept(secure, raw));
    };
    this.#server = net.createServer({ allowHalfOpen: true }, acceptRaw);
  }

  /** @param accepted told of every connection @param identity for TLS; null: plain */
  static async listen(accepted: (peer: RawPeer) => void = () => {}, identity?: Identity | null): Promise<RawBackend> {
    const own = tlsVariant.out && identity === undefined ? (await stageCertificates()).identity : null;
    const backend = new RawBackend(accepted, identity ?? own);
    await new Promise<void>((resolve) => backend.#server.listen(0, '127.0.0.1', resolve));
    backend.#links = await linksBefore(backend.ownPort);
    return backend;
  }

  /** Where it is reached. */
  get port(): number {
    return this.#links?.port ?? this.ownPort;
  }

  /** Where it listens, behind what may stand before it. */
  get ownPort(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get url(): string {
    return `${tlsVariant.out ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** `host:port` as a Host field has it. */
  get authority(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Waits for the connection with this number, from 0 on. */
  async connection(index = 0): Promise<RawPeer> {
    await until(() => this.connections.length > index, `connection ${index} to the backend`);
    return this.connections[index] as RawPeer;
  }

  async close(): Promise<void> {
    for (const peer of this.connections) peer.destroy();
    await this.#links?.close();
    for (const raw of this.#unsecured) raw.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #secure(raw: net.Socket, identity: Identity, established: (secure: tls.TLSSocket) => void): void {
    this.#unsecured.add(raw);
    const secure = new tls.TLSSocket(raw, { isServer: true, ...identity });
    secure.on('error', () => raw.destroy());
    secure.once('secure', () => {
      this.#unsecured.delete(raw);
      established(secure);
    });
  }
}

/**
 * A port of this machine on which nobody listens, and that nobody else is given: a connection that was accepted there
 * holds it as long as this process lives.
 */
export async function unusedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = net.connect(port, '127.0.0.1');
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  for (const socket of [client, accepted as net.Socket]) socket.unref();
  server.close();
  return port;
}
