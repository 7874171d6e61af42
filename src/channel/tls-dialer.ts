import net from 'node:net';
import type tls from 'node:tls';
import type { Channel } from './channel.js';
import { connectOptions } from './connect-options.js';
import type { Address, DialFailure, DialListener } from './dialer.js';
import { DirectTlsChannel } from './direct-tls-channel.js';
import type { SocketOptions } from './socket-channel.js';
import { TlsChannel } from './tls-channel.js';
import type { TlsClient } from './tls-client.js';
import { TlsSource } from './tls-source.js';

/** A TCP connection or a Unix socket, then TLS on it, up to the channel that reads it then. */
export class TlsDialing {
  readonly #client: TlsClient;
  readonly #sockets: SocketOptions;
  /** The connection below; where TLS is read past its stream, both in one. */
  readonly #first: net.Socket;
  #secure: tls.TLSSocket | null = null;
  #listener: DialListener | null;

  constructor(address: Address, client: TlsClient, listener: DialListener, sockets: SocketOptions) {
    this.#client = client;
    this.#listener = listener;
    this.#sockets = sockets;
    this.#first = sockets.TlsWrite === null ? this.#connectBelow(address) : this.#connectWhole(address);
    this.#first.on('error', (error: DialFailure) => this.#failed(error));
  }

  /** Nothing is told after it. Idempotent, and without effect once connected. */
  giveUp(): void {
    if (this.#listener === null) return;
    this.#listener = null;
    (this.#secure ?? this.#first).destroy();
  }

  #connectBelow(address: Address): net.Socket {
    const raw = net.connect({ ...connectOptions(address), allowHalfOpen: true, noDelay: true });
    raw.once('connect', () => {
      if (this.#listener === null) return;
      const secure = this.#client.connect({ socket: raw });
      secure.on('error', (error: DialFailure) => this.#failed(error));
      this.#secured(secure, () => new TlsChannel(secure, raw, this.#sockets.writeBufferBytes));
    });
    return raw;
  }

  #connectWhole(address: Address): net.Socket {
    const source = new TlsSource(this.#sockets.readBuffer);
    const secure = this.#client.connect({ ...connectOptions(address), allowHalfOpen: true, onread: source });
    secure.once('connect', () => {
      secure.setNoDelay(true);
      this.#secured(secure, () => new DirectTlsChannel(secure, source, this.#sockets));
    });
    return secure;
  }

  /** The connection below is there, the handshake begins. */
  #secured(secure: tls.TLSSocket, makeChannel: () => Channel): void {
    this.#secure = secure;
    secure.once('secureConnect', () => {
      const listener = this.#listener;
      this.#listener = null;
      listener?.dialConnected(makeChannel());
    });
    secure.once('close', () => this.#failed(new Error('the connection was closed during the handshake')));
  }

  #failed(error: DialFailure): void {
    const listener = this.#listener;
    if (listener === null) return;
    this.#listener = null;
    const secure = this.#secure;
    if (secure !== null) {
      // What was wrong may have been the session.
      this.#client.forgetSession();
      secure.destroy();
    }
    listener.dialFailed(secure === null ? error : Object.assign(error, { duringTls: true as const }));
  }
}
