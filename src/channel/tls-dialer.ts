import net from 'node:net';
import type tls from 'node:tls';
import type { Address, DialFailure, DialListener } from './dialer.js';
import { TlsChannel } from './tls-channel.js';
import type { TlsClient } from './tls-client.js';

/** A TCP connection, then TLS on it, up to the channel that reads it then. */
export class TlsDialing {
  readonly #client: TlsClient;
  readonly #writeBufferBytes: number;
  readonly #raw: net.Socket;
  #secure: tls.TLSSocket | null = null;
  #listener: DialListener | null;

  constructor(address: Address, client: TlsClient, listener: DialListener, writeBufferBytes: number) {
    this.#client = client;
    this.#listener = listener;
    this.#writeBufferBytes = writeBufferBytes;
    const { host, port } = address;
    this.#raw = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
    this.#raw.once('connect', () => this.#connected());
    this.#raw.on('error', (error: DialFailure) => this.#failed(error));
  }

  /** Nothing is told after it. Idempotent, and without effect once connected. */
  giveUp(): void {
    if (this.#listener === null) return;
    this.#listener = null;
    (this.#secure ?? this.#raw).destroy();
  }

  #connected(): void {
    if (this.#listener === null) return;
    const secure = this.#client.connect(this.#raw);
    this.#secure = secure;
    secure.on('error', (error: DialFailure) => this.#failed(error));
    secure.once('secureConnect', () => this.#established(secure));
    secure.once('close', () => this.#failed(new Error('the connection was closed during the handshake')));
  }

  #established(secure: tls.TLSSocket): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.dialConnected(new TlsChannel(secure, this.#raw, this.#writeBufferBytes));
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
