import net from 'node:net';
import type { TestContext } from 'node:test';
import { listenOnLoopback } from './http-backend.js';

const HERE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere';

export interface RawHttpBackend {
  readonly url: string;
  /** The open connections. */
  readonly sockets: ReadonlySet<net.Socket>;
}

/**
 * Answers what the test says, byte by byte, and every other path properly. It reads no bodies: what comes behind the
 * head of an abused path is discarded.
 * @param abuses by path: what is done behind the head
 */
export async function startRawHttpBackend(
  t: TestContext,
  abuses: Readonly<Record<string, (socket: net.Socket) => void>>,
): Promise<RawHttpBackend> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let head = '';
    const read = (piece: Buffer): void => {
      head += piece.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const abuse = abuses[head.split(' ')[1] ?? ''];
      head = '';
      if (abuse === undefined) {
        socket.write(HERE);
        return;
      }
      socket.off('data', read);
      socket.resume();
      abuse(socket);
    };
    socket.on('data', read);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, sockets };
}

const PERIOD_MS = 5;

/**
 * Sends the same again and again, every 5 ms where it is taken, until the socket closes: with 64 KiB 13 MB a second,
 * which keeps the proxy busy but not this process, whose other sockets are measured.
 */
export function sendEndlessly(socket: net.Socket, bytes: Buffer): void {
  const timer = setInterval(() => {
    if (socket.writable && !socket.writableNeedDrain) socket.write(bytes);
  }, PERIOD_MS);
  socket.on('close', () => clearInterval(timer));
}
