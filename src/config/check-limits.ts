import type { Config } from './config.js';
import type { ConfigPath, Finding } from './problem.js';
import { entriesOf, fieldOf } from './raw-value.js';
import { formatSize, KIB } from './schema-size.js';

/** Values that are accepted and hardly meant: limits that look too low, and keys that have no effect. */
export function checkLimits(config: Config, value: unknown): Finding[] {
  return [
    ...lowLimits(config),
    ...goKeys(value),
    ...idleServices(config),
    ...repeated(config),
    ...weights(config),
    ...unheard(config),
  ];
}

/** Below these, ordinary clients are refused or cut off. Milliseconds, bytes, or a plain number. */
function lowLimits({ advanced, services }: Config): Finding[] {
  const { timeout, security, buffer_size: buffers, connection_pool: pool } = advanced;
  const limits: [ConfigPath, number | undefined, number, (limit: number) => string][] = [
    [['timeout', 'read_timeout'], timeout.read_timeout, 1000, showMs],
    [['timeout', 'write_timeout'], timeout.write_timeout, 1000, showMs],
    [['timeout', 'dial_timeout'], timeout.dial_timeout, 100, showMs],
    [['timeout', 'header_timeout'], timeout.header_timeout, 1000, showMs],
    [['timeout', 'keepalive_timeout'], timeout.keepalive_timeout, 1000, showMs],
    [['timeout', 'sse_idle_timeout'], timeout.sse_idle_timeout, 10_000, showMs],
    [['security', 'max_header_size'], security.max_header_size, 4 * KIB, formatSize],
    [['security', 'max_headers'], security.max_headers, 20, String],
    [['security', 'max_body_size'], security.max_body_size, KIB, formatSize],
    [['buffer_size', 'read_buffer'], buffers.read_buffer, 16 * KIB, formatSize],
    [['buffer_size', 'write_buffer'], buffers.write_buffer, 16 * KIB, formatSize],
    [['connection_pool', 'max_active_connections'], pool.max_active_connections, 10, String],
    [['max_connections'], advanced.max_connections, 10, String],
    [['max_tunnels'], advanced.max_tunnels, 10, String],
  ];
  return [
    ...limits.flatMap(([path, ...limit]) => whereLow(['advanced', ...path], ...limit)),
    ...Object.entries(services).flatMap(([name, { ping_interval, read_timeout, write_timeout }]) => [
      ...whereLow(['services', name, 'ping_interval'], ping_interval, 5000, showMs),
      ...whereLow(['services', name, 'read_timeout'], read_timeout, 1000, showMs),
      ...whereLow(['services', name, 'write_timeout'], write_timeout, 1000, showMs),
    ]),
  ];
}

/** 0 is not low: where it is accepted it means that there is no limit. */
function whereLow(
  path: ConfigPath,
  limit: number | undefined,
  least: number,
  show: (limit: number) => string,
): Finding[] {
  if (limit === undefined || limit === 0 || limit >= least) return [];
  const message = `${show(limit)} looks too low: under ${show(least)} ordinary clients suffer`;
  return [{ path, at: 'value', message }];
}

function showMs(ms: number): string {
  return ms >= 1000 ? `${ms / 1000}s` : `${ms}ms`;
}

function goKeys(value: unknown): Finding[] {
  return entriesOf(fieldOf(fieldOf(value, 'advanced'), 'concurrency')).map(([key]) => ({
    path: ['advanced', 'concurrency', key],
    at: 'key',
    message: 'means nothing on Node and is ignored',
  }));
}

function idleServices(config: Config): Finding[] {
  return Object.entries(config.services).flatMap(([name, { load_balancer }]): Finding[] => {
    if (load_balancer.backends.some(({ active, weight }) => active && weight > 0)) return [];
    const message = 'no backend of this service takes work: each is inactive or has weight 0';
    return [{ path: ['services', name], at: 'key', message }];
  });
}

/** One that stands twice is two backends of one address: two turns, and load and health by themselves. */
function repeated(config: Config): Finding[] {
  return Object.entries(config.services).flatMap(([name, { load_balancer }]): Finding[] => {
    const seen = new Set<string>();
    const again = load_balancer.backends.find(({ tls, host, port, socketPath, basePath }) => {
      const address = `${socketPath ?? `${tls} ${host} ${port}`}:${basePath}`;
      return seen.has(address) || !seen.add(address);
    });
    if (again === undefined) return [];
    const { socketPath, authority, basePath } = again;
    const label = socketPath === null ? authority + basePath : `unix:${socketPath}${basePath && `:${basePath}`}`;
    return [{ path: ['services', name], at: 'key', message: `${label} stands more than once among its backends` }];
  });
}

/** PROXY headers are taken from trusted proxies only. */
function unheard({ advanced }: Config): Finding[] {
  if (!advanced.proxy_protocol || advanced.security.trusted_proxies.length > 0) return [];
  const message = 'has no effect: no peer is in `security.trusted_proxies`';
  return [{ path: ['advanced', 'proxy_protocol'], at: 'value', message }];
}

function weights(config: Config): Finding[] {
  return Object.entries(config.services).flatMap(([name, { load_balancer }]) =>
    load_balancer.strategy !== 'round_robin'
      ? []
      : load_balancer.backends.flatMap(({ weight }, index): Finding[] => {
          const path = ['services', name, 'load_balancer', 'backends', index, 'weight'];
          const message = `weight ${weight} has no effect under round_robin`;
          return weight > 1 ? [{ path, at: 'value', message }] : [];
        }),
  );
}
