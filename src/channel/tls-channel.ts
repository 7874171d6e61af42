import type net from 'node:net';
import type tls from 'node:tls';
import { destroyWithReset } from './destroy-with-reset.js';
import { StreamChannel } from './stream-channel.js';

/** A connection under TLS. Never written to directly: what is written here is encrypted on its way. */
export class TlsChannel extends StreamChannel {
  readonly #secure: tls.TLSSocket;
  readonly #raw: net.Socket;

  /** @param raw the TCP socket below: only there a connection can be reset */
  constructor(secure: tls.TLSSocket, raw: net.Socket, writeBufferBytes: number) {
    super(secure, writeBufferBytes, new EndWatch(secure, raw));
    this.#secure = secure;
    this.#raw = raw;
  }

  override destroy(reset = false): void {
    this.abandon();
    if (this.#secure.destroyed) return;
    // A FIN that is on its way shuts both: see destroyWithReset.
    const { writableEnded, writableFinished } = this.#secure;
    if (!reset || (writableEnded && !writableFinished)) this.#secure.destroy();
    else destroyWithReset(this.#raw);
  }
}

/** What is used of the handle inside a socket of Node. */
interface Handle {
  reading?: boolean;
  /** Returns 0, or the number of an error. */
  readStart?(): number;
  readStop?(): number;
}

/**
 * Tells an end that the peer announced (close_notify) from a connection that just ended, which anybody on the way can
 * bring about (RFC 8446 section 6.1). Node tells both alike, but at that moment the TCP handle still reads after the
 * first, and has stopped after the second.
 */
class EndWatch {
  truncated = false;

  constructor(secure: tls.TLSSocket, raw: net.Socket) {
    const push = secure.push;
    secure.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null && hasEnded(raw)) this.truncated = true;
      return push.call(secure, chunk, encoding);
    };
  }
}

/** True where the socket has read its FIN; false where it still reads, or was paused. */
function hasEnded(raw: net.Socket): boolean {
  const handle = (raw as unknown as { _handle?: Handle | null })._handle;
  if (handle?.reading !== true || handle.readStart === undefined) return false;
  const code = handle.readStart();
  if (code === 0) handle.readStop?.();
  return code === 0;
}
