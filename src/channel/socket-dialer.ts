import { connectOptions } from './connect-options.js';
import type { Address, Dialer, DialFailure, DialListener } from './dialer.js';
import { RelaySocket, type RelaySocketReader } from './relay-socket.js';
import { SocketChannel, type SocketOptions } from './socket-channel.js';
import { TlsDialing } from './tls-dialer.js';

/**
 * Dials over TCP or a Unix socket, and TLS where the address says so. Several addresses, of a host name or of a backend
 * that has others, are tried one after the other, the families in turn (RFC 8305).
 */
export function socketDialer(options: SocketOptions): Dialer {
  return (address, listener) => {
    const { tls } = address;
    const dialing = tls
      ? new TlsDialing(address, tls, listener, options)
      : new DialingSocket(address, listener, options);
    return () => dialing.giveUp();
  };
}

/** A socket on its way to be connected, up to the channel that reads it then. */
class DialingSocket implements RelaySocketReader {
  readonly #options: SocketOptions;
  readonly #socket: RelaySocket;
  #listener: DialListener | null;

  constructor(address: Address, listener: DialListener, options: SocketOptions) {
    this.#options = options;
    this.#listener = listener;
    this.#socket = new RelaySocket(options.readBuffer, options.writeBufferBytes, null);
    this.#socket.reader = this;
    this.#socket.connect(connectOptions(address));
  }

  /** Nothing is told after it. Idempotent, and without effect once connected. */
  giveUp(): void {
    if (this.#listener === null) return;
    this.#listener = null;
    this.#socket.destroy();
  }

  socketConnected(): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.dialConnected(new SocketChannel(this.#socket, this.#options));
  }

  socketFailed(error: DialFailure): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.dialFailed(error);
  }

  socketRead(): boolean {
    return false;
  }

  socketWriteFailed(): void {}

  socketEnded(): void {}

  socketDrained(): void {}

  socketGone(): void {}
}
