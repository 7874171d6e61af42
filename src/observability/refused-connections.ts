import type { Clock } from '../exchange/clock.js';
import type { Log } from '../exchange/log.js';

const WINDOW_MS = 1000;

/** Warns of connections beyond `max_connections`: at once, then at most once a second, with how many. */
export class RefusedConnections {
  readonly #log: Log;
  readonly #clock: Clock;
  /** By listener port, while its second runs: how many were not told yet. */
  readonly #untold = new Map<number, number>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  add(listenerPort: number, limit: number): void {
    const untold = this.#untold.get(listenerPort);
    if (untold !== undefined) {
      this.#untold.set(listenerPort, untold + 1);
      return;
    }
    this.#warn(listenerPort, limit, 1);
  }

  #warn(listenerPort: number, limit: number, refused: number): void {
    this.#untold.set(listenerPort, 0);
    this.#log.write('warn', 'connections refused', { listener_port: listenerPort, max_connections: limit, refused });
    this.#clock.after(WINDOW_MS, () => {
      const untold = this.#untold.get(listenerPort) ?? 0;
      this.#untold.delete(listenerPort);
      if (untold > 0) this.#warn(listenerPort, limit, untold);
    });
  }
}
