import type { Address } from '../channel/dialer.js';
import type { Pool } from './pool.js';

/** A backend as the configuration has it. */
export interface BackendTraits {
  readonly url: string;
  readonly address: Address;
  readonly authority: string;
  readonly active: boolean;
  readonly weight: number;
  /** Exchanges at a time, tunnels apart; 0: no limit. */
  readonly maxExchanges: number;
}

/** One address of a service. Lives in the process's state: a reload keeps it, and changes it in place. */
export class Backend {
  /** Its service and its address: what its state is kept by. */
  readonly key: string;
  /** As written in the configuration: the label in logs and metrics. */
  url: string;
  address: Address;
  /** `host[:port]` as a Host field has it. */
  authority: string;
  readonly pool: Pool;
  /** False: no new work. */
  active: boolean;
  /** 0: no new work. */
  weight: number;
  maxExchanges: number;
  /** Open exchanges and tunnels. */
  leases = 0;
  /** Open exchanges that are no tunnels. */
  exchanges = 0;

  constructor(key: string, traits: BackendTraits, pool: Pool) {
    this.key = key;
    this.url = traits.url;
    this.address = traits.address;
    this.authority = traits.authority;
    this.active = traits.active;
    this.weight = traits.weight;
    this.maxExchanges = traits.maxExchanges;
    this.pool = pool;
  }

  /**
   * What the configuration says of it now. Host and port stay: others are another backend. How TLS is spoken to it may
   * change, for connections from now on.
   */
  follow({ url, address, authority, active, weight, maxExchanges }: BackendTraits): void {
    if (address.tls !== this.address.tls) this.pool.useAddress(address);
    this.address = address;
    this.url = url;
    this.authority = authority;
    this.active = active;
    this.weight = weight;
    this.maxExchanges = maxExchanges;
  }

  /** May be chosen now, as far as is known. */
  get available(): boolean {
    return this.active && this.weight > 0;
  }

  /** For one more exchange. */
  get hasRoom(): boolean {
    return this.maxExchanges === 0 || this.exchanges < this.maxExchanges;
  }
}
