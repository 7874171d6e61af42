import { randomUUID } from 'node:crypto';
import { Agent, createServer, type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What the proxies from npm have in common. */
export interface NodeProxy {
  web(request: IncomingMessage, response: ServerResponse): unknown;
  ws(request: IncomingMessage, socket: Duplex, head: Buffer): unknown;
}

/** Kept connections to the backend, and the same forwarding fields that the others set: see {@link addFields} too. */
export function proxyOptions(backendPort: number) {
  return {
    target: `http://127.0.0.1:${backendPort}`,
    agent: new Agent({ keepAlive: true, maxSockets: 20_000, maxFreeSockets: 256 }),
    ws: true,
    xfwd: true,
  };
}

/** The two ports a runner script is started with: its own and the backend's. */
export function portsFromArguments(): { port: number; backendPort: number } {
  const [port, backendPort] = process.argv.slice(2).map(Number);
  if (port === undefined || backendPort === undefined) throw new Error('usage: PORT BACKEND_PORT');
  return { port, backendPort };
}

export function serveNodeProxy(proxy: NodeProxy, port: number): void {
  const server = createServer((request, response) => {
    addFields(request);
    proxy.web(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    addFields(request);
    socket.on('error', () => socket.destroy());
    proxy.ws(request, socket, head);
  });
  server.keepAliveTimeout = 300_000;
  server.listen({ host: '127.0.0.1', port, backlog: 4096 });
  process.once('disconnect', () => process.exit(0));
}

/** What no option of theirs adds. */
function addFields({ headers }: IncomingMessage): void {
  headers.via = '1.1 node';
  headers['x-request-id'] = randomUUID();
}

/** A failed exchange becomes a 502 or a cut, which the load counts. */
export function refuse(error: Error, answer: unknown): void {
  process.stderr.write(`${error.message}\n`);
  if (answer instanceof ServerResponse && !answer.headersSent) answer.writeHead(502).end();
  else (answer as Duplex | undefined)?.destroy();
}
