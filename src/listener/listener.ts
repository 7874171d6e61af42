import net from 'node:net';
import { takeHandles } from '../channel/accepted-handles.js';
import type { Channel } from '../channel/channel.js';
import { type AcceptedHandle, RelaySocket } from '../channel/relay-socket.js';
import { SocketChannel, type SocketOptions } from '../channel/socket-channel.js';
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
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#acceptSocket(socket));
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
        // Accepting may fail for one connection: the next may go well. Where no file is left, libuv takes the connections
        // with one it keeps in reserve and closes them at once (uv__emfile_trick), without a word to us.
        this.#server.on('error', () => {});
        takeHandles(this.#server, (handle) => this.#acceptHandle(handle));
        resolve();
      });
    });
  }

  #acceptHandle(handle: AcceptedHandle): void {
    if (!this.#options.wanted()) {
      handle.close();
      return;
    }
    const { sockets } = this.#options;
    const socket = new RelaySocket(sockets.readBuffer, sockets.writeBufferBytes, handle);
    if (socket.remoteAddress === undefined) destroyQuietly(socket);
    else this.#accepted(new SocketChannel(socket, sockets), socket);
  }

  #acceptSocket(socket: net.Socket): void {
    if (socket.remoteAddress === undefined || !this.#options.wanted()) destroyQuietly(socket);
    else this.#accepted(new StreamChannel(socket, this.#options.sockets.writeBufferBytes), socket);
  }

  #accepted(channel: Channel, { remoteAddress = '', remotePort = 0 }: net.Socket): void {
    const peerAddress = remoteAddress.startsWith('::ffff:') ? remoteAddress.slice('::ffff:'.length) : remoteAddress;
    const endpoint = { peerAddress, peerPort: remotePort, listenerPort: this.#options.port, scheme: 'http' } as const;
    this.#options.accepted(channel, endpoint);
  }
}

/** The client has left already, or is not wanted. */
function destroyQuietly(socket: net.Socket): void {
  socket.on('error', () => {});
  socket.destroy();
}
