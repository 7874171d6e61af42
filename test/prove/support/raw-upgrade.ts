import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** RFC 6455 section 1.3. */
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Answers a handshake with 101; what follows is the caller's. */
export function acceptUpgrade(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1').update(`${key}${HANDSHAKE_GUID}`).digest('base64');
  const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`;
  socket.on('error', () => {});
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\n`);
}

/** The head of a handshake, complete. */
export function upgradeHead(path: string): string {
  const key = randomBytes(16).toString('base64');
  const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}`;
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields}\r\n\r\n`;
}

/**
 * A socket behind its 101, not read yet; rejects where another status comes, or none within 20 s.
 * @param ca where it is TLS: who signed the certificate
 */
export function openUpgraded(port: number, path: string, ca?: string): Promise<net.Socket> {
  const address = { port, host: '127.0.0.1', noDelay: true };
  const socket = ca === undefined ? net.connect(address) : tls.connect({ ...address, ca });
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const ended = (): void => fail(new Error(`ended inside the handshake: ${head.toString('latin1')}`));
    const read = (): void => {
      for (let piece = socket.read(); piece !== null; piece = socket.read()) head = Buffer.concat([head, piece]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) {
        fail(new Error(`refused: ${head.toString('latin1')}`));
        return;
      }
      socket.off('readable', read).off('end', ended).off('close', ended).off('error', fail);
      socket.setTimeout(0);
      socket.on('error', () => {});
      if (head.length > end + 4) socket.unshift(head.subarray(end + 4));
      resolve(socket);
    };
    socket.setTimeout(20_000, () => fail(new Error('no answer to a handshake within 20 s')));
    socket.on('readable', read).on('end', ended).on('close', ended).on('error', fail);
    socket.write(upgradeHead(path));
  });
}
