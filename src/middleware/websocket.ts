import type { Exchange } from '../exchange/exchange.js';
import type { Middleware, MiddlewareHost, MiddlewareType } from '../exchange/middleware.js';
import { ProxyError } from '../exchange/proxy-error.js';
import type { TunnelSettings } from '../exchange/tunnel-policy.js';
import { compilePathPattern, pathPatternMatches } from '../pattern/path-pattern.js';
import { compileOriginCheck } from './origin-check.js';
import { narrowOffer } from './subprotocol-offer.js';
import { TunnelPlaces } from './tunnel-places.js';
import { websocketDoubts } from './websocket-doubts.js';
import {
  checksOrigin,
  clientKey,
  tunnelSettingsOf,
  type WebsocketOptions,
  websocketOptionsSchema,
} from './websocket-options.js';

/** Says who may open a tunnel, and what it is held to. Other requests pass untouched. */
export const websocket: MiddlewareType<WebsocketOptions> = {
  type: 'websocket',
  optionsSchema: websocketOptionsSchema,
  doubts: websocketDoubts,
  userOption: (options) => (options.per_client === 'user' ? 'per_client' : null),
  create: (name, options, host) => new WebsocketMiddleware(name, options, host),
};

class WebsocketMiddleware implements Middleware {
  readonly name: string;
  readonly #mayUpgrade: (path: string) => boolean;
  readonly #checkOrigin: ((exchange: Exchange) => void) | null;
  readonly #subprotocols: ReadonlySet<string> | null;
  readonly #places: TunnelPlaces;
  readonly #settings: TunnelSettings;
  /** By what those before say: one record for all tunnels, so that they share their policy too. */
  readonly #merged = new WeakMap<TunnelSettings, TunnelSettings>();

  constructor(name: string, options: WebsocketOptions, host: MiddlewareHost) {
    this.name = name;
    const paths = options.path_patterns.map(compilePathPattern);
    this.#mayUpgrade = (path) => paths.length === 0 || paths.some((pattern) => pathPatternMatches(pattern, path));
    const origins = { allowed: options.allowed_origins, allowMissing: options.allow_missing_origin };
    this.#checkOrigin = checksOrigin(options) ? compileOriginCheck(origins) : null;
    this.#subprotocols = options.subprotocols.length === 0 ? null : new Set(options.subprotocols);
    const { max_connections: maxTunnels, max_connections_per_client: maxPerClient } = options;
    this.#places = new TunnelPlaces(name, { maxTunnels, maxPerClient, clientKey: clientKey(options) }, host);
    this.#settings = tunnelSettingsOf(options);
  }

  judge(exchange: Exchange): void {
    if (exchange.kind !== 'websocket') return;
    exchange.tunnelSettings = this.#over(exchange.tunnelSettings);
    const { matchPath } = exchange.request.facts.target;
    if (!this.#mayUpgrade(matchPath)) throw new ProxyError('upgrade-path', `${this.name}: none of path_patterns`);
    this.#checkOrigin?.(exchange);
    if (this.#subprotocols !== null) narrowOffer(exchange, this.#subprotocols);
  }

  onRequest(exchange: Exchange): void {
    if (exchange.kind !== 'websocket') return;
    this.judge(exchange);
    const client = this.#places.take(exchange);
    exchange.stateOf(this, () => client);
  }

  onEnd(exchange: Exchange): void {
    const client = exchange.stateOf<string | null>(this, () => null);
    if (client !== null) this.#places.giveBack(client);
  }

  /** What stands nearer to the route goes before what is global. */
  #over(before: TunnelSettings | null): TunnelSettings {
    if (before === null) return this.#settings;
    let merged = this.#merged.get(before);
    if (merged === undefined) {
      const own = Object.entries(this.#settings).filter(([, value]) => value !== undefined);
      merged = { ...before, ...Object.fromEntries(own) };
      this.#merged.set(before, merged);
    }
    return merged;
  }
}
