import type { Address } from '../channel/dialer.js';
import type { BackendChange } from '../exchange/backend-change.js';
import type { ErrorCode } from '../exchange/proxy-error.js';
import { BackendHealth } from './health/backend-health.js';
import { Circuit, type CircuitTraits } from './health/circuit.js';
import { Latency } from './latency.js';
import type { Pool } from './pool.js';

/** A backend as the configuration has it. */
export interface BackendTraits {
  /** As written in the configuration: the label in logs and metrics. */
  readonly url: string;
  /** The same for all addresses of a name: which of the service's written backends it is. */
  readonly written: string;
  /** False: it is dialled by its name, which nobody has resolved yet, or it has none. */
  readonly resolved: boolean;
  readonly address: Address;
  /** `host[:port]` as a Host field has it. */
  readonly authority: string;
  /** What stands before the path of each request; empty: nothing. */
  readonly basePath: string;
  readonly active: boolean;
  readonly weight: number;
  /** Exchanges at a time, tunnels apart; 0: no limit. */
  readonly maxExchanges: number;
  /** Tunnels at a time, handshakes included; 0: no limit. */
  readonly maxTunnels: number;
  readonly circuit: CircuitTraits;
}

/** What an operator says of a backend instead of its configuration; null: the configuration holds. */
export interface BackendOverride {
  readonly active: boolean | null;
  readonly weight: number | null;
}

export type BackendNews = Pick<BackendChange, 'became' | 'reason'>;

/** What a backend needs of the process. */
export interface BackendParts {
  readonly serviceName: string;
  readonly pool: Pool;
  readonly nowMs: () => number;
  readonly changed: (backend: Backend, news: BackendNews) => void;
}

/** One address of a service. Lives in the process's state: a reload keeps it, and changes it in place. */
export class Backend {
  /** Its service and its address: what its state is kept by. */
  readonly key: string;
  readonly serviceName: string;
  readonly pool: Pool;
  /** By its active checks; healthy where there are none. */
  readonly health = new BackendHealth();
  /** By the traffic. */
  readonly circuit: Circuit;
  /** How long it takes to answer. */
  readonly latency = new Latency();
  /** Failures since the process began, by their code. */
  readonly failures = new Map<ErrorCode, number>();
  /** False: no new work. */
  active = true;
  /** 0: no new work. */
  weight = 1;
  /** Open exchanges and tunnels. */
  leases = 0;
  /** Open exchanges that are no tunnels. */
  exchanges = 0;
  /** Open tunnels and WebSocket handshakes. */
  tunnels = 0;
  #traits: BackendTraits;
  readonly #changed: BackendParts['changed'];

  constructor(key: string, traits: BackendTraits, { serviceName, pool, nowMs, changed }: BackendParts) {
    this.key = key;
    this.serviceName = serviceName;
    this.pool = pool;
    this.circuit = new Circuit(traits.circuit, nowMs);
    this.#changed = changed;
    this.#traits = traits;
    this.follow(traits, null);
  }

  get traits(): BackendTraits {
    return this.#traits;
  }

  get url(): string {
    return this.#traits.url;
  }

  get address(): Address {
    return this.#traits.address;
  }

  get authority(): string {
    return this.#traits.authority;
  }

  get basePath(): string {
    return this.#traits.basePath;
  }

  /**
   * What the configuration, and then an operator, says of it now. Host and port stay: others are another backend. How
   * TLS is spoken to it may change, for connections from now on.
   */
  follow(traits: BackendTraits, override: BackendOverride | null): void {
    this.pool.useAddress(traits.address);
    this.#traits = traits;
    this.active = override?.active ?? traits.active;
    this.weight = override?.weight ?? traits.weight;
    if (!this.circuit.follow(traits.circuit)) return;
    this.#changed(this, { became: 'brought-back', reason: 'its failures are not counted any more' });
  }

  /** May be chosen now, as far as is known. */
  get available(): boolean {
    return this.active && this.weight > 0 && this.health.healthy && this.circuit.allows;
  }

  /** For one more exchange. */
  hasRoom(forTunnel: boolean): boolean {
    const { maxExchanges, maxTunnels } = this.#traits;
    if (forTunnel && maxTunnels !== 0 && this.tunnels >= maxTunnels) return false;
    return maxExchanges === 0 || this.exchanges < maxExchanges;
  }

  /** An exchange was served by it. @param trial as {@link Circuit.enter} said */
  exchangeServed(trial: number): void {
    if (this.circuit.succeeded(trial)) this.#changed(this, { became: 'brought-back', reason: 'a request was served' });
  }

  /** An exchange failed because of it. @param trial likewise */
  exchangeFailed(code: ErrorCode, trial: number): void {
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    if (!this.circuit.failed(trial)) return;
    const seconds = this.circuit.opensForMs / 1000;
    const why = trial === 0 ? `${this.#traits.circuit.failures} failures, the last one ${code}` : `${code} once more`;
    this.#changed(this, { became: 'taken-out', reason: `${why}; for ${seconds} s` });
  }

  /** Its checks say that it is well: what the traffic said before is over. */
  bringBack(reason: string): void {
    if (this.circuit.close()) this.#changed(this, { became: 'brought-back', reason });
  }

  /** Tells that its checks changed their mind, or an operator did. */
  tell(news: BackendNews): void {
    this.#changed(this, news);
  }
}
