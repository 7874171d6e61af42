import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { sha256 } from './hashing.js';
import { bodyOf } from './known-bodies.js';

/**
 * A backend in a process of its own: its arguments are its port, the name that it puts into every response, and
 * its address. GET gets
 * the bytes of its path, PUT the SHA-256 of what was sent, a WebSocket its own messages. SIGTERM: it accepts no more,
 * finishes what it has, and tells its tunnels 1001. Below `/slow` it takes its time.
 */
const [port = '0', name = '', host = '127.0.0.1'] = process.argv.slice(2);
/** So that some are always in flight. */
const ANSWER_MS = 10;
const SLOW_MS = 500;
const IDLE_SWEEP_MS = 20;
let draining = false;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.url === '/health') answer(response, name);
  else if (request.method === 'PUT') void sum(request, response);
  else setTimeout(answer, request.url?.startsWith('/slow') ? SLOW_MS : ANSWER_MS, response, bodyOf(request.url ?? ''));
});
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
sockets.on('headers', (lines) => lines.push(`X-Backend: ${name}`));

server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (open) => {
    open.on('error', () => {});
    open.on('message', (payload, binary) => open.send(payload, { binary }));
    if (draining) leave(open);
  });
});

function answer(response: ServerResponse, body: Buffer | string): void {
  const fields = { 'Content-Length': Buffer.byteLength(body), 'X-Backend': name };
  response.writeHead(200, draining ? { ...fields, Connection: 'close' } : fields).end(body);
}

async function sum(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  setTimeout(answer, ANSWER_MS, response, sha256(Buffer.concat(pieces)));
}

function leave(open: WebSocket): void {
  open.close(1001, 'going away');
}

process.on('SIGTERM', () => {
  draining = true;
  server.close(() => process.exit(0));
  for (const open of sockets.clients) leave(open);
  setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
});

server.listen({ host, port: Number(port), backlog: 4096 }, () => console.log('listening'));
