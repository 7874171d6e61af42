import type tls from 'node:tls';
import type { StreamEnd } from './stream-channel.js';
import type { TcpHandle } from './tls-insides.js';

/**
 * Tells an end that the peer announced (close_notify) from a connection that just ended, which anybody on the way can
 * bring about (RFC 8446 section 6.1). Node tells both alike, but at that moment the TCP handle still reads after the
 * first, and has stopped after the second.
 */
export class TlsEndWatch implements StreamEnd {
  truncated = false;

  /** @param below the handle of the TCP connection, while there is one */
  constructor(secure: tls.TLSSocket, below: () => TcpHandle | null) {
    const push = secure.push;
    secure.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null && hasEnded(below())) this.truncated = true;
      return push.call(secure, chunk, encoding);
    };
  }
}

/** True where the connection has read its FIN; false where it still reads, or was paused. */
function hasEnded(handle: TcpHandle | null): boolean {
  if (handle?.reading !== true || handle.readStart === undefined) return false;
  const code = handle.readStart();
  if (code === 0) handle.readStop?.();
  return code === 0;
}
