import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { closeServer, listen } from './embedded-server.js';
import { toBuffer } from './to-buffer.js';

/** Bytes that wait for a client above which nothing more is read from it. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

export interface EchoNumbers {
  readonly connections: { open: number; total: number };
  readonly messages: { text: number; binary: number };
  /** Of payload. */
  bytes: number;
}

/**
 * A WebSocket server that sends every message back as it came, from any Origin and on any path; `/stats` tells its
 * numbers. It agrees to no compression, so that what is measured through it is what was sent.
 */
export class EchoServer {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #numbers: EchoNumbers = {
    connections: { open: 0, total: 0 },
    messages: { text: 0, binary: 0 },
    bytes: 0,
  };

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#sockets = new WebSocketServer({ server: this.#server, perMessageDeflate: false });
    this.#sockets.on('connection', (socket) => this.#serve(socket));
  }

  /** @returns the address that is listened on; rejects as `net.Server` does */
  start(host: string | undefined, port: number): Promise<AddressInfo> {
    // WebSocketServer passes the server's errors on to itself: unheard, they would end the process.
    this.#sockets.on('error', () => {});
    return listen(this.#server, host, port);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await closeServer(this.#server);
  }

  #serve(socket: WebSocket): void {
    const { connections } = this.#numbers;
    connections.open += 1;
    connections.total += 1;
    socket.on('message', (payload, isBinary) => this.#echo(socket, payload, isBinary));
    // A client that breaks the protocol is closed by ws; there is nothing to add.
    socket.on('error', () => {});
    socket.on('close', () => {
      connections.open -= 1;
    });
  }

  #echo(socket: WebSocket, payload: RawData, isBinary: boolean): void {
    const bytes = toBuffer(payload);
    this.#numbers.messages[isBinary ? 'binary' : 'text'] += 1;
    this.#numbers.bytes += bytes.length;
    socket.send(bytes, { binary: isBinary }, () => {
      if (socket.isPaused && socket.bufferedAmount <= MAX_BUFFERED_BYTES) socket.resume();
    });
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.pause();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?', 1)[0];
    if (path === '/stats') {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
      response.end(`${JSON.stringify(this.#numbers)}\n`);
    } else {
      response.writeHead(426, { 'Content-Type': 'text/plain', Connection: 'Upgrade', Upgrade: 'websocket' });
      response.end('This is a WebSocket echo server; its numbers are at /stats.\n');
    }
    request.resume();
  }
}
