import type net from 'node:net';
import type { TestContext } from 'node:test';
import { frameHeader } from './frames.js';
import { startHttpBackend } from './http-backend.js';
import type { ProxyProcess } from './proxy-process.js';
import { acceptUpgrade, openUpgraded } from './raw-upgrade.js';
import { inParallel, sleep } from './wait.js';

const MESSAGE_BYTES = 64 * 1024;
const message = Buffer.concat([frameHeader(MESSAGE_BYTES, false), Buffer.alloc(MESSAGE_BYTES, 7)]);

/** A backend that sends messages as fast as they are taken, and counts what it could hand over. */
export class FloodingBackend {
  url = '';
  /** Bytes written by it, of all its tunnels, the open ones and those that were. */
  writtenBytes = 0;
  readonly #sockets = new Set<net.Socket>();

  async start(t: TestContext): Promise<this> {
    const { server, url } = await startHttpBackend(t, (_request, response) => response.end());
    this.url = url;
    server.on('upgrade', (request, socket: net.Socket) => {
      acceptUpgrade(request, socket);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('drain', () => this.#flood(socket));
      // Its client says nothing: what comes is the proxy's Close.
      socket.on('data', () => socket.destroy());
      this.#flood(socket);
    });
    t.after(() => {
      for (const socket of this.#sockets) socket.destroy();
    });
    return this;
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** Waits until nobody has taken anything for half a second. */
  async stalled(): Promise<void> {
    for (let before = -1; before !== this.writtenBytes; ) {
      before = this.writtenBytes;
      await sleep(500);
    }
  }

  #flood(socket: net.Socket): void {
    let taken = true;
    while (taken && socket.writable) {
      taken = socket.write(message);
      this.writtenBytes += message.length;
    }
  }
}

/** So many tunnels whose clients never read. Their sockets, which the caller destroys. */
export async function openStalled(t: TestContext, proxy: ProxyProcess, path: string, count: number) {
  const sockets: net.Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await inParallel(count, 20, async () => {
    const socket = await openUpgraded(proxy.port, path);
    socket.pause();
    sockets.push(socket);
  });
  return sockets;
}
