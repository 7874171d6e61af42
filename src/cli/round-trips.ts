import type { WebSocket } from 'ws';

const STAMP_BYTES = 8;

/** Sends pings and measures until their pongs come. */
export class RoundTrips {
  /** In milliseconds, as they came. */
  readonly all: number[] = [];
  readonly #socket: WebSocket;
  readonly #intervalMs: number | undefined;
  readonly #sentAtMs = new Map<string, number>();
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param intervalMs between two pings; undefined: none is sent */
  constructor(socket: WebSocket, intervalMs: number | undefined, told: (roundTripMs: number) => void) {
    this.#socket = socket;
    this.#intervalMs = intervalMs;
    socket.on('pong', (payload) => {
      const key = payload.toString('hex');
      const sentAtMs = this.#sentAtMs.get(key);
      if (sentAtMs === undefined) return;
      // A peer may answer the latest of several only (RFC 6455 section 5.5.3).
      this.#sentAtMs.clear();
      const roundTripMs = performance.now() - sentAtMs;
      this.all.push(roundTripMs);
      told(roundTripMs);
    });
  }

  /** The first one goes at once. */
  start(): void {
    if (this.#intervalMs === undefined) return;
    this.#ping();
    this.#timer = setInterval(() => this.#ping(), this.#intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #ping(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const stamp = Buffer.alloc(STAMP_BYTES);
    stamp.writeUInt32BE(this.#sent, STAMP_BYTES - 4);
    this.#sent += 1;
    this.#sentAtMs.set(stamp.toString('hex'), performance.now());
    this.#socket.ping(stamp);
  }
}
