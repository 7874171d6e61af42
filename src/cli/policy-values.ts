import type { Config } from '../config/config.js';
import { type Origin, type Origins, originOf } from '../config/origins.js';
import { type ConfigPath, formatPath } from '../config/problem.js';
import { unitAt, type ValueUnit } from '../config/value-unit.js';
import { REDACTED } from '../exchange/redact.js';
import type { Route } from '../exchange/route.js';

/** A value that holds for a request, and what decided it. */
export interface PolicyValue {
  /** The key, below `advanced` or the rule. */
  readonly name: string;
  readonly value: unknown;
  readonly unit: ValueUnit | null;
  /** Where it stands, or would stand; null: no one place is its own. */
  readonly path: string | null;
  readonly origin: Origin;
}

/** Every value of the route's policy. @param rulePath of its route rule; null: the host's target, which has none */
export function routeValues(route: Route, rulePath: ConfigPath | null, origins: Origins): PolicyValue[] {
  const { policy } = route;
  const written = (...keys: string[]): ConfigPath | null => {
    const path = rulePath === null ? null : [...rulePath, ...keys];
    return path !== null && origins.has(formatPath(path)) ? path : null;
  };
  const timeout = (name: string, value: number): PolicyValue => {
    const path = written('timeout', name) ?? ['advanced', 'timeout', name];
    return { name, value, unit: 'ms', path: formatPath(path), origin: originOf(origins, path) };
  };
  const own = (name: string, value: unknown, unit: ValueUnit | null = null): PolicyValue => {
    const path = rulePath === null ? null : formatPath([...rulePath, name]);
    const origin = rulePath === null ? ({ from: 'default' } as const) : originOf(origins, [...rulePath, name]);
    return { name, value, unit, path, origin };
  };
  return [
    timeout('read_timeout', policy.readTimeoutMs),
    timeout('write_timeout', policy.writeTimeoutMs),
    timeout('dial_timeout', policy.dialTimeoutMs),
    timeout('sse_idle_timeout', policy.sseIdleTimeoutMs),
    own('encoded_slash', policy.encodedSlash),
    own('half_close', policy.halfClose),
    own('sse_retry', policy.sseRetry === null ? null : [policy.sseRetry.minMs, policy.sseRetry.maxMs], 'ms'),
  ];
}

/** Every value under `advanced`, but for those that {@link routeValues} has. Secrets are masked. */
export function advancedValues(advanced: Config['advanced'], origins: Origins): PolicyValue[] {
  const values: PolicyValue[] = [];
  const gather = (path: ConfigPath, value: unknown): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) gather([...path, key], inner);
      return;
    }
    const name = formatPath(path.slice(1));
    if (NOT_HERE.has(name)) return;
    const shown = SECRET.test(name) && value !== undefined ? REDACTED : (value ?? null);
    values.push({ name, value: shown, unit: unitAt(path), path: formatPath(path), origin: originOf(origins, path) });
  };
  gather(['advanced'], { max_connections: undefined, ...advanced });
  return values;
}

const NOT_HERE: ReadonlySet<string> = new Set([
  // Said of the listener.
  'port',
  'port_written',
  'bind',
  // Of the route.
  'timeout.read_timeout',
  'timeout.write_timeout',
  'timeout.dial_timeout',
  'timeout.sse_idle_timeout',
]);

const SECRET = /(?:token|secret|password|key)$/;
