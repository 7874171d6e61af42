import type { Exchange } from '../exchange/exchange.js';
import type { MiddlewareHost } from '../exchange/middleware.js';
import { ProxyError } from '../exchange/proxy-error.js';

export interface PlaceLimits {
  /** Of the instance; 0: no limit. */
  readonly maxTunnels: number;
  /** Of one client; 0: no limit. */
  readonly maxPerClient: number;
  /** What tells the client apart; undefined: its address does. */
  readonly clientKey: (exchange: Exchange) => string | undefined;
}

/** What share of the limit is told of. */
const WARN_AT = 0.8;
/** Told anew only after it fell below this: else one that hovers there is told of again and again. */
const CALM_AT = 0.7;

/** How many tunnels one instance lets be, handshakes included. */
export class TunnelPlaces {
  readonly #instance: string;
  readonly #limits: PlaceLimits;
  readonly #host: MiddlewareHost;
  #warned = false;

  constructor(instance: string, limits: PlaceLimits, host: MiddlewareHost) {
    this.#instance = instance;
    this.#limits = limits;
    this.#host = host;
  }

  /**
   * Takes a place. One is taken without limits too: a reload may bring some.
   * @returns who has it: for {@link giveBack}
   * @throws ProxyError `instance-limit` or `client-limit`
   */
  take(exchange: Exchange): string {
    const { tunnelCounts } = this.#host;
    const { maxTunnels, maxPerClient } = this.#limits;
    const all = tunnelCounts.ofInstance(this.#instance);
    if (maxTunnels > 0 && all >= maxTunnels) {
      throw new ProxyError('instance-limit', `${this.#instance}: max_connections is ${maxTunnels}`);
    }
    const client = this.#limits.clientKey(exchange) ?? exchange.client.address;
    if (maxPerClient > 0 && tunnelCounts.ofClient(this.#instance, client) >= maxPerClient) {
      throw new ProxyError('client-limit', `${this.#instance}: max_connections_per_client is ${maxPerClient}`);
    }
    tunnelCounts.add(this.#instance, client);
    this.#warnAt(all + 1);
    return client;
  }

  giveBack(client: string): void {
    this.#host.tunnelCounts.remove(this.#instance, client);
    if (!this.#warned) return;
    this.#warned = this.#host.tunnelCounts.ofInstance(this.#instance) >= this.#limits.maxTunnels * CALM_AT;
  }

  #warnAt(tunnels: number): void {
    const { maxTunnels } = this.#limits;
    if (maxTunnels === 0 || this.#warned || tunnels < maxTunnels * WARN_AT) return;
    this.#warned = true;
    const fields = { middleware: this.#instance, tunnels, max_connections: maxTunnels };
    this.#host.log.write('warn', 'tunnels near max_connections', fields);
  }
}
