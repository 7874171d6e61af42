import net from 'node:net';
import type { Channel } from '../channel/channel.js';
import { adoptAccepted, type SocketOptions } from '../channel/socket-channel.js';
import { StreamChannel } from '../channel/stream-channel.js';
import type { ClientEndpoint } from '../connection/client-host.js';

/** Connections that wait to be accepted; the system may cut it. */
const BACKLOG = 4096;
/** `::` on a system without IPv6. */
const noIpv6Codes = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

export interface ListenerOptions {
  readonly bind: string;
  /** As configured; 0: the system chooses. */
  readonly port: number;
  readonly sockets: SocketOptions;
  /** A client has connected; false: it is not wanted, the connection is closed at once. */
  wanted(): boolean;
  accepted(channel: Channel, endpoint: ClientEndpoint): void;
  /** There is no IPv6 here: listening on 0.0.0.0 instead. */
  ipv6Missing(): void;
}

/** Why a listener could not be opened. */
export class ListenError extends Error {
  readonly code: string;
  readonly address: string;
  readonly port: number;

  constructor(cause: NodeJS.ErrnoException, address: string, port: number) {
    super(`cannot listen on ${address} port ${port}: ${cause.message}`, { cause });
    this.name = 'ListenError';
    this.code = cause.code ?? 'unknown';
    this.address = address;
    this.port = port;
  }
}

/** A bound address. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: net.Server;
  #address = '';
  #port = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  get address(): string {
    return this.#address;
  }

  /** The actual port. */
  get port(): number {
    return this.#port;
  }

  /** @throws ListenError */
  async open(): Promise<void> {
    const { bind, port } = this.#options;
    try {
      await this.#listen(bind);
    } catch (error) {
      const failure = error as NodeJS.ErrnoException;
      if (bind !== '::' || !noIpv6Codes.has(failure.code ?? '')) throw new ListenError(failure, bind, port);
      this.#options.ipv6Missing();
      try {
        await this.#listen('0.0.0.0');
      } catch (second) {
        throw new ListenError(second as NodeJS.ErrnoException, '0.0.0.0', port);
      }
    }
    const bound = this.#server.address() as net.AddressInfo;
    this.#address = bound.address;
    this.#port = bound.port;
  }

  /** Accepts no more. Connections that were accepted go on. Idempotent. */
  close(): void {
    if (this.#server.listening) this.#server.close();
  }

  #listen(host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port: this.#options.port, backlog: BACKLOG }, () => {
        this.#server.off('error', reject);
        // Accepting may fail for one connection (no file left, say): the next may go well.
        this.#server.on('error', () => {});
        resolve();
      });
    });
  }

  #accept(socket: net.Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || !this.#options.wanted()) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    const { sockets, port } = this.#options;
    const channel = adoptAccepted(socket, sockets) ?? new StreamChannel(socket, sockets.writeBufferBytes);
    const peerAddress = remoteAddress.startsWith('::ffff:') ? remoteAddress.slice('::ffff:'.length) : remoteAddress;
    this.#options.accepted(channel, { peerAddress, peerPort: remotePort ?? 0, listenerPort: port, scheme: 'http' });
  }
}
