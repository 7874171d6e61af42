import net from 'node:net';
import type { TestContext } from 'node:test';
import { listenOnLoopback } from './http-backend.js';

/** What is done with a connection once a whole request head came on it. */
export type Badness = (socket: net.Socket) => void;

/** A backend that is bad in one way, until it is repaired. Closed behind the test. */
export interface BadBackend {
  readonly url: string;
  repair(): void;
}

export async function startBadBackend(t: TestContext, badness: Badness): Promise<BadBackend> {
  let serve = badness;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    let received = '';
    socket.on('data', (piece: Buffer) => {
      received += piece.toString('latin1');
      if (!received.includes('\r\n\r\n')) return;
      received = '';
      serve(socket);
    });
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}`,
    repair() {
      serve = well;
    },
  };
}

/** Writes one character after the other. */
export function trickle(socket: net.Socket, text: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at === text.length || !socket.writable) clearInterval(timer);
    else socket.write(text.charAt(at++));
  }, everyMs);
}

function well(socket: net.Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nX-Backend: bad\r\nContent-Length: 4\r\n\r\nwell');
}
