import type { Config, HostRuleConfig, RouteRuleConfig } from './config/config.js';
import { chainFor } from './config/middleware-chain.js';
import type { ClientLimits } from './connection/client-host.js';
import type { Middleware, MiddlewareType } from './exchange/middleware.js';
import type { Route, RoutePolicy } from './exchange/route.js';
import type { ForwarderHost } from './forwarder/forwarder-host.js';
import { trustIn } from './forwarder/trusted-proxies.js';
import { hiddenFileRule } from './router/hidden-files.js';
import { compileRewrite } from './router/path-rewrite.js';
import { Router } from './router/router.js';
import { Backend } from './service/backend.js';
import { strategies } from './service/balancing/strategies.js';
import { Pool } from './service/pool.js';
import { Service } from './service/service.js';
import type { State } from './state.js';

/** The handshake of a tunnel, all tries together. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
const RETRY = { attempts: 2, timeoutMs: 10_000 };

/** One configuration, ready to be used: immutable, swapped whole. */
export interface Revision {
  readonly router: Router<Route>;
  readonly limits: ClientLimits;
  readonly forwarder: ForwarderHost;
  readonly middlewares: readonly Middleware[];
  isHidden(matchPath: string): boolean;
  /** Whether connections of this peer begin with a PROXY header. */
  awaitsProxyHeader(peerAddress: string): boolean;
}

/**
 * Builds everything a configuration asks for, out of it and the state that stays.
 * @throws Error where a middleware cannot be made
 */
export function buildRevision(
  config: Config,
  state: State,
  middlewareTypes: ReadonlyMap<string, MiddlewareType>,
): Revision {
  const { advanced } = config;
  const isTrusted = trustIn(advanced.security.trusted_proxies);
  const instances = new Map<string, Middleware>();
  const chain = (host?: HostRuleConfig, route?: RouteRuleConfig): Middleware[] => {
    return chainFor(config, host, route).map(({ name, type, options }) => {
      const existing = instances.get(name);
      if (existing !== undefined) return existing;
      const made = makeMiddleware(name, type, options, state, middlewareTypes);
      instances.set(name, made);
      return made;
    });
  };
  const router = buildRouter(config, chain);
  return {
    router,
    limits: clientLimits(config),
    middlewares: [...instances.values()],
    isHidden: hiddenFileRule(advanced.security.deny_hidden_files),
    awaitsProxyHeader: (peerAddress) => advanced.proxy_protocol && isTrusted(peerAddress),
    forwarder: {
      ...state,
      services: buildServices(config, state),
      rules: {
        pseudonym: state.pseudonym,
        forwarded: advanced.forwarded,
        xRealIp: advanced.x_real_ip,
        expose: advanced.expose,
        isTrusted,
      },
      handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      nowMs: () => state.clock.nowMs(),
    },
  };
}

function makeMiddleware(
  name: string,
  type: string,
  options: unknown,
  state: State,
  types: ReadonlyMap<string, MiddlewareType>,
): Middleware {
  const made = types.get(type)?.create(name, options, state);
  if (made === undefined) throw new Error(`no middleware type "${type}"`);
  return made;
}

type ChainOf = (host?: HostRuleConfig, route?: RouteRuleConfig) => Middleware[];

function buildRouter(config: Config, chain: ChainOf): Router<Route> {
  const routeOf = (host: HostRuleConfig | undefined, rule: RouteRuleConfig): Route => ({
    ...ofChain(chain(host, rule)),
    name: `${host?.pattern ?? ''}${rule.pattern}`,
    serviceName: rule.target,
    methods: rule.methods === undefined ? null : new Set(rule.methods),
    rewrite: compileRewrite({ stripPrefix: rule.strip_prefix, ...(rule.rewrite && { rewrite: rule.rewrite }) }),
    policy: routePolicy(config, rule),
  });
  const pathRule = (host: HostRuleConfig | undefined, rule: RouteRuleConfig) => {
    const target = routeOf(host, rule);
    return { pattern: rule.pattern, methods: target.methods, target };
  };
  return new Router({
    hostRules: config.host_rules.map((host) => ({
      pattern: host.pattern,
      port: host.port,
      routes: host.route_rules.map((rule) => pathRule(host, rule)),
      target: host.target === undefined ? null : hostTarget(config, host, host.target, chain(host)),
    })),
    topLevel: config.route_rules.map((rule) => pathRule(undefined, rule)),
  });
}

function hostTarget(config: Config, host: HostRuleConfig, serviceName: string, chain: Middleware[]): Route {
  const policy = routePolicy(config);
  return { ...ofChain(chain), name: host.pattern, serviceName, methods: null, rewrite: null, policy };
}

function ofChain(middlewares: readonly Middleware[]): Pick<Route, 'middlewares' | 'ownedRequestFields'> {
  return { middlewares, ownedRequestFields: new Set(middlewares.flatMap((one) => one.ownedRequestFields ?? [])) };
}

function routePolicy(config: Config, rule?: RouteRuleConfig): RoutePolicy {
  const { timeout } = config.advanced;
  return {
    readTimeoutMs: rule?.timeout.read_timeout ?? timeout.read_timeout,
    writeTimeoutMs: rule?.timeout.write_timeout ?? timeout.write_timeout,
    dialTimeoutMs: rule?.timeout.dial_timeout ?? timeout.dial_timeout,
    sseIdleTimeoutMs: rule?.timeout.sse_idle_timeout ?? timeout.sse_idle_timeout,
    encodedSlash: rule?.encoded_slash ?? 'allow',
    halfClose: rule?.half_close ?? 'close',
    sseRetry: rule?.sse_retry ?? null,
  };
}

function clientLimits(config: Config): ClientLimits {
  const { security, timeout } = config.advanced;
  return {
    head: { maxHeadBytes: security.max_header_size, maxHeaders: security.max_headers, maxLineBytes: 8192 },
    maxBodyBytes: security.max_body_size,
    headerTimeoutMs: timeout.header_timeout,
    keepaliveTimeoutMs: timeout.keepalive_timeout,
    readTimeoutMs: timeout.read_timeout,
    writeTimeoutMs: timeout.write_timeout,
  };
}

function buildServices(config: Config, state: State): Map<string, Service> {
  const { connection_pool: pool } = config.advanced;
  const limits = { maxIdleConnections: pool.max_idle_connections, idleTimeoutMs: pool.idle_timeout };
  const services = new Map<string, Service>();
  for (const [name, service] of Object.entries(config.services)) {
    const { strategy, backends } = service.load_balancer;
    const policy = strategies.get(strategy);
    if (policy === undefined) throw new Error(`no strategy "${strategy}"`);
    const built = backends.map(({ url, host, port, authority, active, weight }) => {
      const traits = { url, address: { host, port }, authority, active, weight };
      return new Backend(traits, new Pool(traits.address, state, limits));
    });
    for (const backend of built) state.backends.set(`${name} ${backend.url}`, backend);
    const proxyHost = service.proxy_host ?? null;
    const traits = { name, proxyHost, retry: RETRY, maxActiveConnections: pool.max_active_connections };
    services.set(name, new Service(traits, built, policy(), state.counters));
  }
  return services;
}
