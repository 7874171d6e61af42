import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { toBuffer } from './messages.js';
import { seededRandom } from './random.js';
import { sleep, until } from './wait.js';

const MOST_BYTES = 2048;
/** The first byte of a Close frame. */
const CLOSE = 0x88;
const block = randomBytes(64 * 1024);

export interface EndedTunnel {
  readonly backend: string;
  readonly code: number;
  readonly reason: string;
  /** When the Close came. */
  readonly toldAtMs: number;
}

/** Tunnels to an echo, each with a message under way again and again; one that ends is opened again at once. */
export class TunnelLoad {
  readonly ended: EndedTunnel[] = [];
  /** Handshakes that failed, and echoes of other bytes. */
  readonly failed: string[] = [];
  messages = 0;
  readonly #url: string;
  readonly #open = new Map<WebSocket, string>();
  readonly #clients: Promise<unknown>;
  #over = false;

  /** @param pauseMs of each tunnel between an echo and its next message, on average */
  constructor(t: TestContext, url: string, tunnels: number, pauseMs: number) {
    this.#url = url;
    t.after(() => {
      for (const socket of this.#open.keys()) socket.terminate();
    });
    this.#clients = Promise.all(Array.from({ length: tunnels }, (_, index) => this.#client(index, pauseMs)));
  }

  /** How many are open, by their backend. */
  get open(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const backend of this.#open.values()) counts[backend] = (counts[backend] ?? 0) + 1;
    return counts;
  }

  async allOpen(count: number, withinMs = 10_000): Promise<void> {
    await until(
      () => this.#open.size === count,
      withinMs,
      () => `${this.#open.size} of ${count} tunnels are open; ${this.failed.slice(0, 3)}`,
    );
  }

  /** Closes all in good order. */
  async stop(): Promise<void> {
    this.#over = true;
    for (const socket of this.#open.keys()) socket.close(1000);
    await this.#clients;
  }

  async #client(index: number, pauseMs: number): Promise<void> {
    const random = seededRandom(index);
    await sleep(random() * pauseMs);
    while (!this.#over) {
      const socket = new WebSocket(this.#url, { perMessageDeflate: false });
      let backend = '';
      let toldAtMs = 0;
      socket.on('upgrade', (response) => {
        backend = String(response.headers['x-backend']);
        // Behind it `ws` tells of the end of the connection only.
        response.socket.on('data', (piece: Buffer) => {
          if (piece[0] === CLOSE) toldAtMs = performance.now();
        });
      });
      socket.on('close', (code, reason) => {
        if (this.#over || backend === '') return;
        this.ended.push({ backend, code, reason: reason.toString(), toldAtMs: toldAtMs || performance.now() });
      });
      try {
        await once(socket, 'open');
      } catch (error) {
        this.failed.push(`tunnel ${index}: ${error}`);
        await sleep(pauseMs);
        continue;
      }
      this.#open.set(socket, backend);
      // One that opened only now was not there for `stop` to close.
      if (this.#over) socket.close(1000);
      await this.#use(socket, index, () => sleep(2 * random() * pauseMs));
      this.#open.delete(socket);
    }
  }

  /** Sends and compares until it has ended. */
  async #use(socket: WebSocket, index: number, pause: () => Promise<void>): Promise<void> {
    const backend = this.#open.get(socket) ?? '';
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => resolve());
    });
    socket.on('error', () => {});
    let sent: Buffer = Buffer.alloc(0);
    const send = (): void => {
      if (socket.readyState !== WebSocket.OPEN) return;
      const from = (index * 977 + this.messages) % (block.length - MOST_BYTES);
      sent = block.subarray(from, from + 1 + ((index + this.messages) % MOST_BYTES));
      socket.send(sent);
    };
    socket.on('message', (payload) => {
      this.messages++;
      if (!toBuffer(payload).equals(sent)) this.failed.push(`tunnel ${index} at ${backend}: other bytes came back`);
      void pause().then(send);
    });
    send();
    await closed;
  }
}
