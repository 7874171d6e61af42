import type { Duplex } from 'node:stream';

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
