import { createServer, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { type PerMessageDeflateOptions, type WebSocket, WebSocketServer } from 'ws';
import { listenOnLoopback } from './http-backend.js';

export interface WebSocketBackend {
  readonly url: string;
  readonly sockets: WebSocketServer;
}

export interface WebSocketBackendOptions {
  readonly deflate?: PerMessageDeflateOptions | boolean;
  /** Answers a handshake with 401 instead of 101. */
  readonly refuses?: (request: IncomingMessage) => boolean;
  /** What is done with each socket; default: every message goes back as it came. */
  readonly serve?: (socket: WebSocket, request: IncomingMessage) => void;
}

/** A `ws` server, terminated behind the test. */
export async function startWebSocketBackend(
  t: TestContext,
  { deflate = false, refuses, serve = echo }: WebSocketBackendOptions = {},
): Promise<WebSocketBackend> {
  const server = createServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: deflate,
    maxPayload: 256 * 1024 * 1024,
    handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false),
  });
  server.on('upgrade', (request, socket, head) => {
    if (refuses?.(request) === true) {
      const body = 'who are you?';
      const fields = `WWW-Authenticate: Bearer\r\nContent-Length: ${body.length}\r\nConnection: close`;
      socket.end(`HTTP/1.1 401 Unauthorized\r\n${fields}\r\n\r\n${body}`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (open) => {
      open.on('error', () => {});
      serve(open, request);
    });
  });
  t.after(() => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.close();
    server.closeAllConnections();
  });
  const { port } = await listenOnLoopback(server);
  return { url: `ws://127.0.0.1:${port}`, sockets };
}

function echo(socket: WebSocket): void {
  socket.on('message', (payload, binary) => socket.send(payload, { binary }));
}
