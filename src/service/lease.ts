import type { Counters } from '../exchange/counters.js';
import type { ProxyError } from '../exchange/proxy-error.js';
import type { Backend } from './backend.js';

/** One unit of a backend's load, held by an exchange or its tunnel, released once. */
export class Lease {
  readonly backend: Backend;
  readonly #counters: Counters;
  readonly #roomMade: () => void;
  readonly #forTunnel: boolean;
  /** As the backend's circuit has it; 0 behind the first verdict. */
  #trial: number;
  #held: 'exchange' | 'tunnel' | null = 'exchange';

  /**
   * @param roomMade called when the backend has room for one more exchange
   * @param forTunnel of a WebSocket handshake: it takes a tunnel's place from its beginning
   */
  constructor(backend: Backend, counters: Counters, roomMade: () => void, forTunnel: boolean) {
    this.backend = backend;
    this.#counters = counters;
    this.#roomMade = roomMade;
    this.#forTunnel = forTunnel;
    this.#trial = backend.circuit.enter();
    backend.leases++;
    backend.exchanges++;
    if (forTunnel) backend.tunnels++;
    counters.leases++;
  }

  /** The exchange was upgraded: it is load still, but takes no exchange's place. */
  becomeTunnel(): void {
    if (this.#held !== 'exchange') return;
    this.#held = 'tunnel';
    this.backend.exchanges--;
    this.#roomMade();
  }

  /** The backend did what it was asked. */
  succeeded(): void {
    if (this.#trial === 0) return;
    this.backend.exchangeServed(this.#trial);
    this.#trial = 0;
  }

  /** The exchange failed, and the backend is to blame. */
  failed(error: ProxyError): void {
    this.backend.exchangeFailed(error.code, this.#trial);
    this.#trial = 0;
  }

  /** Idempotent. */
  release(): void {
    const held = this.#held;
    const { backend } = this;
    if (held === null) return;
    this.#held = null;
    backend.circuit.undecided(this.#trial);
    backend.leases--;
    this.#counters.leases--;
    if (this.#forTunnel) backend.tunnels--;
    if (held === 'exchange') backend.exchanges--;
    if (held === 'exchange' || this.#forTunnel) this.#roomMade();
  }
}
