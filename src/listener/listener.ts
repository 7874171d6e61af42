import net from 'node:net';
import { takeHandles } from '../channel/accepted-handles.js';
import type { Channel } from '../channel/channel.js';
import { type AcceptedHandle, RelaySocket } from '../channel/relay-socket.js';
import { SocketChannel, type SocketOptions } from '../channel/socket-channel.js';
import { StreamChannel } from '../channel/stream-channel.js';
import { type OpenedTls, openTlsOnHandle, openTlsOnSocket, type TlsServerOptions } from '../channel/tls-accepting.js';
import type { ClientEndpoint } from '../connection/client-host.js';
import type { HandshakeFailure } from '../exchange/client-tls.js';
import type { Certificates } from './certificates.js';
import { TlsHandshake } from './tls-handshake.js';

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
  /** Where it speaks TLS: what it shows to clients. See {@link Listener.useCertificates}. */
  readonly certificates?: Certificates | null;
  /** Whether connections of this peer begin with a PROXY header, before TLS too. */
  awaitsProxyHeader?(peerAddress: string): boolean;
  /** A client of a TLS listener never came to its first request. Told often: whoever scans the net is one. */
  handshakeFailed?(failure: HandshakeFailure): void;
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
  #certificates: Certificates | null;
  #address = '';
  #port = 0;
  #lastAddress = '';

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#certificates = options.certificates ?? null;
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#acceptSocket(socket));
  }

  get address(): string {
    return this.#address;
  }

  /** The actual port. */
  get port(): number {
    return this.#port;
  }

  get scheme(): 'http' | 'https' {
    return this.#certificates === null ? 'http' : 'https';
  }

  /** For connections from now on; those that are open go on with what they began with. @param next null: no TLS */
  useCertificates(next: Certificates | null): void {
    this.#certificates = next;
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
    if (this.#certificates !== null) {
      this.#acceptSecureHandle(handle, this.#certificates);
      return;
    }
    const { sockets } = this.#options;
    const socket = new RelaySocket(sockets.readBuffer, sockets.writeBufferBytes, handle);
    if (socket.remoteAddress === undefined) destroyQuietly(socket);
    else this.#accepted(new SocketChannel(socket, sockets), socket);
  }

  #acceptSocket(socket: net.Socket): void {
    if (socket.remoteAddress === undefined || !this.#options.wanted()) destroyQuietly(socket);
    else if (this.#certificates !== null) this.#acceptSecure(socket, this.#certificates);
    else this.#accepted(new StreamChannel(socket, this.#options.sockets.writeBufferBytes), socket);
  }

  /** Without a socket of Node's below the one that speaks TLS, where that can be. */
  #acceptSecureHandle(handle: AcceptedHandle, certificates: Certificates): void {
    const { sockets } = this.#options;
    const named: { address?: string; port?: number } = {};
    if (sockets.TlsWrite === null || handle.getpeername === undefined) {
      this.#acceptSecure(adopt(handle), certificates);
    } else if (handle.getpeername(named) !== 0 || named.address === undefined) {
      handle.close();
    } else {
      const endpoint = this.#endpointOf(named.address, named.port);
      if (this.#options.awaitsProxyHeader?.(endpoint.peerAddress)) {
        this.#acceptSecure(adopt(handle), certificates);
        return;
      }
      handle.setNoDelay?.(true);
      this.#options.accepted(
        ...this.#startTls((options) => openTlsOnHandle(handle, options, sockets), endpoint, certificates),
      );
    }
  }

  #acceptSecure(socket: net.Socket, certificates: Certificates): void {
    if (socket.remoteAddress === undefined) {
      destroyQuietly(socket);
      return;
    }
    socket.setNoDelay(true);
    const endpoint = this.#endpointOf(socket.remoteAddress, socket.remotePort);
    const { writeBufferBytes } = this.#options.sockets;
    const open = (options: TlsServerOptions) => openTlsOnSocket(socket, options, writeBufferBytes);
    if (!this.#options.awaitsProxyHeader?.(endpoint.peerAddress)) {
      this.#options.accepted(...this.#startTls(open, endpoint, certificates));
      return;
    }
    const channel = new StreamChannel(socket, writeBufferBytes);
    const startTls = (client: ClientEndpoint) => {
      channel.detach();
      return this.#startTls(open, client, certificates);
    };
    this.#options.accepted(channel, { ...endpoint, scheme: 'https', startTls });
  }

  #startTls(
    open: (options: TlsServerOptions) => OpenedTls,
    client: ClientEndpoint,
    certificates: Certificates,
  ): [Channel, ClientEndpoint] {
    const { peerAddress, peerPort, listenerPort } = client;
    const handshake = new TlsHandshake(open, certificates, ({ message, code }) => {
      this.#options.handshakeFailed?.({ reason: message, code, peerAddress, port: peerPort, listenerPort });
    });
    return [handshake.channel, { peerAddress, peerPort, listenerPort, scheme: 'https', handshake }];
  }

  #accepted(channel: Channel, socket: net.Socket): void {
    this.#options.accepted(channel, this.#endpointOf(socket.remoteAddress, socket.remotePort));
  }

  #endpointOf(address = '', peerPort = 0): ClientEndpoint {
    const peerAddress = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
    // Of many connections from one address one string: who compares it looks at where it lies first.
    if (peerAddress !== this.#lastAddress) this.#lastAddress = peerAddress;
    return { peerAddress: this.#lastAddress, peerPort, listenerPort: this.#options.port, scheme: 'http' };
  }
}

/** A plain socket of an accepted connection, as a server of Node's would have made it. */
function adopt(handle: AcceptedHandle): net.Socket {
  return new net.Socket({ handle, allowHalfOpen: true, readable: true, writable: true } as net.SocketConstructorOpts);
}

/** The client has left already, or is not wanted. */
function destroyQuietly(socket: net.Socket): void {
  socket.on('error', () => {});
  socket.destroy();
}
