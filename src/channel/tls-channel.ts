import type net from 'node:net';
import type tls from 'node:tls';
import { destroyWhenTaken } from './destroy-when-taken.js';
import { destroyWithReset } from './destroy-with-reset.js';
import { StreamChannel } from './stream-channel.js';
import { TlsEndWatch } from './tls-end-watch.js';
import type { TcpHandle } from './tls-insides.js';

/** A connection under TLS, by Node's streams. Never written to directly: what is written here is encrypted on its way. */
export class TlsChannel extends StreamChannel {
  readonly #secure: tls.TLSSocket;
  readonly #raw: net.Socket;

  /** @param raw the TCP socket below: only there a connection can be reset */
  constructor(secure: tls.TLSSocket, raw: net.Socket, writeBufferBytes: number) {
    super(secure, writeBufferBytes, new TlsEndWatch(secure, () => handleOf(raw)));
    this.#secure = secure;
    this.#raw = raw;
  }

  override destroy(reset = false): void {
    this.abandon();
    if (this.#secure.destroyed) return;
    // A FIN that is on its way shuts both: see destroyWithReset.
    const { writableEnded, writableFinished } = this.#secure;
    if (reset && (!writableEnded || writableFinished)) destroyWithReset(this.#raw);
    else if (!reset && this.#waitsForNode()) destroyWhenTaken(this.#secure, () => this.#waitsForNode());
    else this.#secure.destroy();
  }

  /** Something is queued, and not because the peer takes nothing. */
  #waitsForNode(): boolean {
    return this.#secure.writableLength > 0 && handleOf(this.#raw)?.writeQueueSize === 0;
  }
}

function handleOf(raw: net.Socket): TcpHandle | null {
  return (raw as unknown as { _handle?: TcpHandle | null })._handle ?? null;
}
