import type { Address, Dialer, DialListener } from './dialer.js';
import { RelaySocket } from './relay-socket.js';
import { SocketChannel, type SocketOptions } from './socket-channel.js';

/** Dials over TCP; a host name with several addresses is tried by Node's own rules (RFC 8305). */
export function socketDialer(options: SocketOptions): Dialer {
  return (address, listener) => dialSocket(address, listener, options);
}

function dialSocket(address: Address, listener: DialListener, options: SocketOptions): () => void {
  const socket = new RelaySocket(options.readBuffer, options.writeBufferBytes, null);
  let told = false;
  const failed = (error: Error & { code?: string }): void => {
    if (told) return;
    told = true;
    listener.dialFailed(error);
  };
  socket.once('error', failed);
  socket.once('connect', () => {
    if (told) return;
    told = true;
    socket.off('error', failed);
    listener.dialConnected(new SocketChannel(socket, options));
  });
  socket.connect({ host: address.host, port: address.port });
  return () => {
    if (told) return;
    told = true;
    socket.on('error', () => {});
    socket.destroy();
  };
}
