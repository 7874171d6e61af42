import assert from 'node:assert/strict';
import type net from 'node:net';
import { type AcceptedHandle, RelaySocket } from '../../../src/channel/relay-socket.js';
import { SocketChannel, type SocketOptions } from '../../../src/channel/socket-channel.js';

/** The channel that a listener would have made of a connection, for one that a server of Node's has accepted. */
export function adoptAccepted(accepted: net.Socket, options: SocketOptions): SocketChannel {
  const socket = new RelaySocket(options.readBuffer, options.writeBufferBytes, takeHandle(accepted));
  return new SocketChannel(socket, options);
}

/** What Node had wrapped around a connection before it built a socket on it, which is of no use after it. */
export function takeHandle(accepted: net.Socket): AcceptedHandle {
  const holder = accepted as unknown as { _handle?: AcceptedHandle | null };
  const handle = holder._handle;
  assert.ok(handle !== undefined && handle !== null, 'this Node keeps its handles elsewhere');
  // Without its handle the old object can be destroyed; with it the server would count the connection for ever.
  holder._handle = null;
  accepted.on('error', () => {});
  accepted.destroy();
  return handle;
}
