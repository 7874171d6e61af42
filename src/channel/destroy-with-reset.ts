import type { Duplex } from 'node:stream';
import type tls from 'node:tls';
import { tlsHandleOf } from './tls-insides.js';

/** Destroys a stream so that its peer sees a reset, where it is a TCP socket that can still send one. */
export function destroyWithReset(stream: Duplex & { resetAndDestroy?: () => void }): void {
  // While a FIN is being sent libuv refuses a reset (EINVAL), and Node then loses the handle: never closed, never told.
  const ending = stream.writableEnded && !stream.writableFinished && stream.writableLength === 0;
  if (ending || stream.resetAndDestroy === undefined) {
    stream.destroy();
    return;
  }
  try {
    stream.resetAndDestroy();
  } catch {
    stream.destroy(); // a Unix socket or TLS: it cannot send one
  }
}

/** The same for a TLS socket that has no other socket below it: there Node can close only. */
export function destroySecureWithReset(secure: tls.TLSSocket): void {
  const handle = tlsHandleOf(secure);
  const below = handle?._parent;
  const ending = secure.writableEnded && !secure.writableFinished;
  if (handle !== null && below?.reset !== undefined && !ending) {
    handle.close = (done) => {
      if (below.reset?.(done) !== 0) below.close?.(done);
    };
  }
  secure.destroy();
}
