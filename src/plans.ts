import { isIP } from 'node:net';
import type { BackendConfig, Config, ServiceConfig } from './config/config.js';
import type { TunnelSettings } from './exchange/tunnel-policy.js';
import { tlsClientFor } from './secrecy.js';
import { Backend, type BackendTraits } from './service/backend.js';
import { strategies } from './service/balancing/strategies.js';
import { type CircuitTraits, NEVER_OPENS } from './service/health/circuit.js';
import type { HealthCheckTraits } from './service/health/probe.js';
import { Pool, type PoolLimits } from './service/pool.js';
import { RoomQueue } from './service/room-queue.js';
import { Service, type ServiceTraits } from './service/service.js';
import type { PlannedBackend, ServicePlan } from './service/service-state.js';
import { Sticky } from './service/sticky.js';
import type { State } from './state.js';

/** Everything a configuration says of services, made of the state that stays, which is not changed. */
export function planServices(config: Config, state: State): Map<string, ServicePlan> {
  const plans = new Map<string, ServicePlan>();
  for (const [name, service] of Object.entries(config.services)) {
    const { strategy } = service.load_balancer;
    const before = state.serviceState.plan(name);
    const policy = before?.strategy === strategy ? before.policy : strategies.get(strategy)?.(state.random);
    if (policy === undefined) throw new Error(`no strategy "${strategy}"`);
    const rooms = before?.rooms ?? new RoomQueue(state.counters);
    const backends = planBackends(name, config, state);
    const all = backends.map(({ backend }) => backend);
    const built = new Service(serviceTraits(name, service, state), all, policy, state.counters, rooms);
    const healthCheck = healthCheckOf(service);
    plans.set(name, {
      service: built,
      rooms,
      strategy,
      policy,
      poolLimits: poolLimitsOf(config),
      healthCheck,
      backends,
    });
  }
  return plans;
}

/**
 * The backends of a service: one for each address of each that is written, under its service, what it was written as
 * and its address. One that is written twice is two: it has two turns.
 */
export function planBackends(name: string, config: Config, state: State): readonly PlannedBackend[] {
  const service = config.services[name];
  if (service === undefined) return [];
  const seen = new Map<string, number>();
  const places = service.load_balancer.backends.flatMap((backend) => {
    const { basePath, host, port, socketPath, tls } = backend;
    const place = `${name} ${tls ? 'tls ' : ''}${socketPath === null ? `${host} ${port}` : `unix ${socketPath}`}${basePath}`;
    const count = (seen.get(place) ?? 0) + 1;
    seen.set(place, count);
    const written = count === 1 ? place : `${place} ${count}`;
    return addressesOf(backend, state).map((address) => ({ backend, written, ...address }));
  });
  const circuit = circuitOf(service, places.length);
  return places.map(({ backend, written, host, others, resolved }) => {
    const key = resolved ? `${written} at ${host}` : written;
    const before = state.serviceState.backend(key);
    const tls = tlsClientFor(backend, service.tls, before?.address.tls ?? null);
    const { authority, basePath, port, socketPath: path, url, active, weight, max_tunnels: maxTunnels } = backend;
    const maxExchanges = config.advanced.connection_pool.max_active_connections;
    const address = { host, port, path, others, tls };
    const limits = { active, weight, maxExchanges, maxTunnels };
    const traits = { url, written, resolved, address, authority, basePath, ...limits, circuit };
    return { backend: before ?? newBackend(key, name, traits, config, state), traits };
  });
}

interface BackendAddress {
  readonly host: string;
  readonly others: readonly string[];
  /** False: its name, because nobody has resolved that yet, or because it has none. */
  readonly resolved: boolean;
}

function addressesOf({ host, socketPath }: BackendConfig, { names }: State): readonly BackendAddress[] {
  const answer = socketPath === null && isIP(host) === 0 ? names.answerOf(host) : null;
  if (answer === null) return [{ host, others: [], resolved: false }];
  return answer.map((address) => ({ ...address, resolved: true }));
}

function newBackend(key: string, serviceName: string, traits: BackendTraits, config: Config, state: State): Backend {
  const pool = new Pool(traits.address, state, { ...poolLimitsOf(config), prewarm: 0 });
  const { changed } = state.serviceState;
  return new Backend(key, traits, { serviceName, pool, nowMs: state.nowMs, changed });
}

function poolLimitsOf({ advanced }: Config): PoolLimits {
  const { idle_timeout: idleTimeoutMs, max_idle_connections: maxIdleConnections, prewarm } = advanced.connection_pool;
  return { idleTimeoutMs, maxIdleConnections, prewarm };
}

/** Whoever stands alone is taken out only where that was written: there is nobody to go to instead. */
function circuitOf({ load_balancer }: ServiceConfig, backends: number): CircuitTraits {
  const { failures, retry_after: retryAfterMs, within: withinMs, written } = load_balancer.passive_health_check;
  return backends > 1 || written ? { failures, withinMs, retryAfterMs } : NEVER_OPENS;
}

function serviceTraits(name: string, service: ServiceConfig, state: State): ServiceTraits {
  const { on_unhealthy: onUnhealthy, retry, sticky } = service.load_balancer;
  const secret = sticky?.secret ?? state.stickySecret;
  return {
    name,
    proxyHost: service.proxy_host ?? null,
    retry: { attempts: retry.attempts, timeoutMs: retry.timeout },
    tunnelSettings: tunnelSettingsOf(service),
    sticky: sticky && new Sticky({ cookie: sticky.cookie, ttlMs: sticky.ttl, secret, serviceName: name }),
    onUnhealthy,
    numbers: state.serviceState.plan(name)?.service.traits.numbers ?? { retries: 0 },
  };
}

function healthCheckOf({ load_balancer, proxy_host }: ServiceConfig): HealthCheckTraits | null {
  const check = load_balancer.health_check;
  return (
    check && {
      type: check.type,
      intervalMs: check.interval,
      timeoutMs: check.timeout,
      path: check.path,
      healthyThreshold: check.healthy_threshold,
      unhealthyThreshold: check.unhealthy_threshold,
      expectedStatus: check.expected_status,
      // `backend` stands for that of the backend's url.
      host: proxy_host === undefined || proxy_host === 'backend' ? null : proxy_host,
    }
  );
}

function tunnelSettingsOf(service: ServiceConfig): TunnelSettings {
  const { ping_interval: pingIntervalMs, read_timeout: readTimeoutMs, write_timeout: writeTimeoutMs } = service;
  return { pingIntervalMs, readTimeoutMs, writeTimeoutMs };
}

/** Each name that backends have, with how often it is to be resolved, in milliseconds: the least that is written. */
export function namesIn({ services }: Config): Map<string, number> {
  const names = new Map<string, number>();
  for (const { load_balancer } of Object.values(services)) {
    const { refresh } = load_balancer.dns;
    for (const { host, socketPath } of load_balancer.backends) {
      if (socketPath === null) names.set(host, leastRefresh(names.get(host), refresh));
    }
  }
  return names;
}

/** Whether some of its backends are written by a host name. */
export function hasNames(service: string, { services }: Config): boolean {
  const backends = services[service]?.load_balancer.backends ?? [];
  return backends.some(({ host, socketPath }) => socketPath === null && isIP(host) === 0);
}

/** 0 is once, which is the longest. */
function leastRefresh(before: number | undefined, refreshMs: number): number {
  if (before === undefined || before === 0) return refreshMs;
  return refreshMs === 0 ? before : Math.min(before, refreshMs);
}

/** The services that have a backend of this name. */
export function servicesWith(host: string, { services }: Config): string[] {
  const all = Object.entries(services);
  return all
    .filter(([, { load_balancer }]) => load_balancer.backends.some((one) => one.host === host))
    .map(([name]) => name);
}
