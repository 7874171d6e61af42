import { formatSize, KIB } from '../config/schema-size.js';
import type { OptionDoubt } from '../exchange/middleware.js';
import { defaultTunnelPolicy } from '../exchange/tunnel-policy.js';
import { checksOrigin, type WebsocketOptions } from './websocket-options.js';

/** Where no key says it. */
const STANDARD_PING_MS = defaultTunnelPolicy.pingIntervalMs;

/** Options of a `websocket` middleware that are accepted and hardly meant. */
export function websocketDoubts(options: WebsocketOptions): OptionDoubt[] {
  return [...lowLimits(options), ...withoutEffect(options), ...contradictions(options)];
}

/** Below these, ordinary peers are cut off or kept busy. */
function lowLimits(options: WebsocketOptions): OptionDoubt[] {
  const limits: [option: keyof WebsocketOptions & string, least: number, show: (limit: number) => string][] = [
    ['ping_interval', 5000, showMs],
    ['pong_timeout', 1000, showMs],
    ['pong_wait', 1000, showMs],
    ['read_timeout', 1000, showMs],
    ['write_timeout', 1000, showMs],
    ['write_wait', 1000, showMs],
    ['idle_timeout', 10_000, showMs],
    ['max_lifetime', 60_000, showMs],
    ['handshake_timeout', 1000, showMs],
    ['close_timeout', 1000, showMs],
    ['max_message_size', KIB, formatSize],
    ['max_messages_per_minute', 10, String],
    ['max_connections', 10, String],
  ];
  return limits.flatMap(([option, least, show]) => {
    const limit = options[option];
    // 0 is not low: it means that there is no limit.
    if (typeof limit !== 'number' || limit === 0 || limit >= least) return [];
    return [{ option, message: `${show(limit)} looks too low: under ${show(least)} ordinary clients suffer` }];
  });
}

function withoutEffect(options: WebsocketOptions): OptionDoubt[] {
  const doubts: OptionDoubt[] = [];
  const idle = (option: string, why: string) => doubts.push({ option, message: `has no effect ${why}` });
  if (options.enable_rate_limit === undefined) {
    for (const option of ['max_messages_per_minute', 'burst', 'rate_limit_mode'] as const) {
      if (options[option] !== undefined) idle(option, 'without enable_rate_limit: true');
    }
  }
  if (options.ping_interval === 0) {
    for (const option of ['pong_timeout', 'pong_wait'] as const) {
      if (options[option] !== undefined) idle(option, 'with ping_interval: 0: nothing is pinged');
    }
  } else if (options.ping_interval !== undefined && options.read_timeout !== undefined) {
    if (pongOf(options) !== undefined)
      idle('read_timeout', 'beside ping_interval and pong_timeout: these say when a peer is dead');
  }
  const unchecked = !checksOrigin(options);
  if (unchecked && options.allowed_origins.length > 0) idle('allowed_origins', 'with enable_origin_check: false');
  if (unchecked && !options.allow_missing_origin) idle('allow_missing_origin', 'where Origin is not checked');
  if (options.per_client !== 'address' && options.max_connections_per_client === 0) {
    idle('per_client', 'without max_connections_per_client');
  }
  return doubts;
}

function contradictions(options: WebsocketOptions): OptionDoubt[] {
  const doubts: OptionDoubt[] = [];
  const { max_connections: all, max_connections_per_client: ofOne, allowed_origins: origins } = options;
  if (all > 0 && ofOne > all) {
    const message = `${ofOne} is more than max_connections (${all}): it is never reached`;
    doubts.push({ option: 'max_connections_per_client', message });
  }
  const { ping_interval: ping = STANDARD_PING_MS, read_timeout: silence } = options;
  if (silence !== undefined && silence > 0 && silence <= ping && ping > 0 && pongOf(options) === undefined) {
    const message = `${showMs(silence)} is no more than ping_interval (${showMs(ping)}): a pong has to come within 1s`;
    doubts.push({ option: 'read_timeout', message });
  }
  if (origins.includes('*') && origins.some((origin) => origin !== '*' && origin !== 'null')) {
    doubts.push({ option: 'allowed_origins', message: '"*" lets every page in: what else is listed has no effect' });
  }
  return doubts;
}

function pongOf(options: WebsocketOptions): number | undefined {
  return options.pong_timeout ?? options.pong_wait;
}

function showMs(ms: number): string {
  return ms >= 1000 ? `${ms / 1000}s` : `${ms}ms`;
}
