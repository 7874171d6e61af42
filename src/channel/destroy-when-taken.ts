import type tls from 'node:tls';

/**
 * Destroys a TLS socket in one of the next turns, once what waits for Node alone has gone: in plain the kernel would
 * have it already. Node hands on what it has, and tells that it was taken, before it runs the immediates of a turn. But
 * in between come the ticks that this leads to, and what is written in one of those is done a turn later only.
 *
 * @param waits whether something still waits for Node, and not for the peer
 */
export function destroyWhenTaken(socket: tls.TLSSocket, waits: () => boolean): void {
  setImmediate(() => {
    if (waits()) setImmediate(() => socket.destroy());
    else socket.destroy();
  });
}
