import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { connectWire, type Destination } from '../wire.js';

const HEAD_END = '\r\n\r\n';
const KEY = Buffer.alloc(16, 'bench').toString('base64');
const ACCEPT = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

export interface WebSocketEvents {
  opened(): void;
  /** Bytes behind the handshake, valid during the call only. */
  bytes(view: Buffer): void;
  /** Once. The reason is empty for a clean end after the handshake. */
  closed(reason: string): void;
}

/** A WebSocket client reduced to its handshake; the frames are the owner's. */
export class WebSocketClient {
  readonly socket: Socket;
  readonly #events: WebSocketEvents;
  #head = '';
  #open = false;
  #fault = '';

  constructor(destination: Destination, events: WebSocketEvents) {
    this.#events = events;
    this.socket = connectWire(destination, {
      connected: () => this.socket.write(handshake(destination.port)),
      bytes: (view) => this.#take(view),
      closed: (reason) => {
        if (this.#fault !== '') events.closed(this.#fault);
        else events.closed(reason === '' && !this.#open ? 'closed before the handshake was answered' : reason);
      },
    });
  }

  #take(view: Buffer): boolean {
    if (this.#open) this.#events.bytes(view);
    else this.#takeHead(view);
    return true;
  }

  #takeHead(view: Buffer): void {
    const before = this.#head.length;
    this.#head += view.toString('latin1');
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return;
    const accept = /\r\nsec-websocket-accept: *([^\r]+)/i.exec(this.#head)?.[1]?.trim();
    if (!this.#head.startsWith('HTTP/1.1 101 ') || accept !== ACCEPT) {
      this.#fault = `handshake refused: ${this.#head.slice(0, this.#head.indexOf('\r\n'))}`;
      this.socket.destroy();
      return;
    }
    this.#open = true;
    this.#head = '';
    this.#events.opened();
    const bodyStart = end + HEAD_END.length - before;
    if (bodyStart < view.length) this.#events.bytes(view.subarray(bodyStart));
  }
}

function handshake(port: number): string {
  const lines = [
    'GET /echo HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'User-Agent: bench',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
  ];
  return `${lines.join('\r\n')}${HEAD_END}`;
}
