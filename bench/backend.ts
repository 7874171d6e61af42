/** The backend every proxy stands before: prebuilt HTTP responses by path and a WebSocket echo, on bare sockets. */
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { EchoFrames } from './backend/echo-frames.js';
import { buildResponses, notFoundResponse } from './backend/prebuilt-responses.js';
import { acceptWire, sendNow } from './wire.js';

const LONGEST_HEAD_BYTES = 16 * 1024;
const HEAD_END = '\r\n\r\n';
const ECHO_PATH = '/echo';
/** RFC 6455, 1.3. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const responses = buildResponses();

/** One connection: requests without bodies, one after another, until one upgrades. */
class Connection {
  readonly #socket: Socket;
  #head = '';
  #echo: EchoFrames | undefined;

  constructor(accepted: Socket) {
    this.#socket = acceptWire(accepted, { bytes: (view) => this.#take(view), closed: () => {} });
    this.#socket.on('drain', () => this.#socket.resume());
  }

  #take(view: Buffer): boolean {
    try {
      if (this.#echo === undefined) this.#takeHeads(view);
      else this.#takeFrames(this.#echo, view);
    } catch (error) {
      process.stderr.write(`bench backend: ${error instanceof Error ? error.message : String(error)}\n`);
      this.#socket.destroy();
    }
    return !this.#socket.writableNeedDrain;
  }

  #takeHeads(view: Buffer): void {
    this.#head += view.toString('latin1');
    for (let end = this.#head.indexOf(HEAD_END); end >= 0; end = this.#head.indexOf(HEAD_END)) {
      const head = this.#head.slice(0, end);
      this.#head = this.#head.slice(end + HEAD_END.length);
      if (this.#answer(head)) return;
    }
    if (this.#head.length > LONGEST_HEAD_BYTES) throw new Error('a request head did not end');
  }

  /** True where the connection was upgraded and the bytes behind the head were taken as frames. */
  #answer(head: string): boolean {
    const path = head.slice(4, head.indexOf(' ', 4));
    if (path !== ECHO_PATH) {
      sendNow(this.#socket, responses.get(path) ?? notFoundResponse);
      return false;
    }
    const key = /\r\nsec-websocket-key: *([^\r]+)/i.exec(head)?.[1]?.trim();
    if (key === undefined) throw new Error('a handshake without a key');
    const accept = createHash('sha1').update(`${key}${ACCEPT_GUID}`).digest('base64');
    this.#socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    this.#echo = new EchoFrames((piece) => sendNow(this.#socket, piece));
    if (this.#head.length > 0) this.#takeFrames(this.#echo, Buffer.from(this.#head, 'latin1'));
    this.#head = '';
    return true;
  }

  #takeFrames(echo: EchoFrames, view: Buffer): void {
    if (echo.take(view)) this.#socket.end();
  }
}

const server = createServer({ noDelay: true }, (socket) => new Connection(socket));
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.once('disconnect', () => process.exit(0));
