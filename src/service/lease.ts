import type { Counters } from '../exchange/counters.js';
import type { Backend } from './backend.js';

/** One unit of a backend's load, held by an exchange or its tunnel, released once. */
export class Lease {
  readonly backend: Backend;
  readonly #counters: Counters;
  readonly #roomMade: () => void;
  #held: 'exchange' | 'tunnel' | null = 'exchange';

  /** @param roomMade called when the backend has room for one more exchange */
  constructor(backend: Backend, counters: Counters, roomMade: () => void) {
    this.backend = backend;
    this.#counters = counters;
    this.#roomMade = roomMade;
    backend.leases++;
    backend.exchanges++;
    counters.leases++;
  }

  /** The exchange was upgraded: it is load still, but takes no exchange's place. */
  becomeTunnel(): void {
    if (this.#held !== 'exchange') return;
    this.#held = 'tunnel';
    this.backend.exchanges--;
    this.#roomMade();
  }

  /** Idempotent. */
  release(): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    this.backend.leases--;
    this.#counters.leases--;
    if (held === 'tunnel') return;
    this.backend.exchanges--;
    this.#roomMade();
  }
}
