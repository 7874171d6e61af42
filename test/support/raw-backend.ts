import net from 'node:net';
import type { FaultProxy } from './faults/fault-proxy.js';
import { linksBefore } from './faults/test-links.js';
import { RawPeer } from './raw-peer.js';
import { until } from './turns.js';

/** A backend that does what the test says, byte by byte. Keeps every connection. */
export class RawBackend {
  /** In the order they were accepted. */
  readonly connections: RawPeer[] = [];
  readonly #server: net.Server;
  #links: FaultProxy | null = null;

  private constructor(accepted: (peer: RawPeer) => void) {
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => {
      const peer = new RawPeer(socket);
      this.connections.push(peer);
      accepted(peer);
    });
  }

  /** @param accepted told of every connection */
  static async listen(accepted: (peer: RawPeer) => void = () => {}): Promise<RawBackend> {
    const backend = new RawBackend(accepted);
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
    return `http://127.0.0.1:${this.port}`;
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
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A port of this machine on which nobody listens. */
export async function unusedPort(): Promise<number> {
  const backend = await RawBackend.listen();
  const { ownPort: port } = backend;
  await backend.close();
  return port;
}
