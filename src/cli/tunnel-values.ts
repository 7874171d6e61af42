import type { Config } from '../config/config.js';
import type { NamedMiddleware } from '../config/middleware-chain.js';
import { type Origin, type Origins, originOf } from '../config/origins.js';
import { type ConfigPath, formatPath } from '../config/problem.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import { checksOrigin, type WebsocketOptions } from '../middleware/websocket-options.js';
import { middlewarePlace } from './middleware-place.js';
import type { PolicyValue } from './policy-values.js';

export interface TunnelValuesParts {
  readonly config: Config;
  readonly origins: Origins;
  readonly chain: readonly NamedMiddleware[];
  readonly serviceName: string;
  readonly policy: TunnelPolicy;
}

/** A `websocket` middleware of the chain, and where its options stand. */
interface Speaker {
  readonly name: string;
  readonly options: WebsocketOptions;
  readonly path: ConfigPath;
}

/** Every value that a tunnel is held to, and every rule of the middlewares by which its handshake is judged. */
export function tunnelValues(parts: TunnelValuesParts): PolicyValue[] {
  const speakers = speakersOf(parts);
  return [...policyValues(parts, speakers), ...speakers.flatMap((speaker) => ruleValues(speaker, parts.origins))];
}

function speakersOf({ config, origins, chain }: TunnelValuesParts): Speaker[] {
  return chain.flatMap(({ name, instance }) => {
    if (instance?.type !== 'websocket') return [];
    const place = middlewarePlace(config, name);
    // A type that a rule names without an entry has only what the environment says.
    const holder = origins.has(formatPath(place)) ? place : ['environment_middlewares', 0];
    return [{ name, options: instance.options as WebsocketOptions, path: [...holder, 'config'] }];
  });
}

const OF_SERVICE: ReadonlySet<string> = new Set(['ping_interval', 'read_timeout', 'write_timeout']);
const ALIASES: Readonly<Record<string, string>> = { pong_timeout: 'pong_wait', write_timeout: 'write_wait' };

function policyValues({ origins, serviceName, policy }: TunnelValuesParts, speakers: readonly Speaker[]) {
  const written = (path: ConfigPath): boolean => origins.has(formatPath(path));
  /** The last one that says it, then the service. @param said the option that has the others count too */
  const decided = (option: string, said = option): { path: ConfigPath | null; origin: Origin } => {
    const keys = (name: string) => [name, ...(ALIASES[name] === undefined ? [] : [ALIASES[name]])];
    for (const { path } of speakers.toReversed()) {
      if (!keys(said).some((key) => written([...path, key]))) continue;
      const key = keys(option).find((one) => written([...path, one])) ?? option;
      return { path: [...path, key], origin: originOf(origins, [...path, key]) };
    }
    const ofService = ['services', serviceName, option];
    if (OF_SERVICE.has(option)) return { path: ofService, origin: originOf(origins, ofService) };
    return { path: null, origin: { from: 'default' } };
  };
  const value = (option: string, shown: unknown, unit: PolicyValue['unit'] = null, said = option): PolicyValue => {
    const { path, origin } = decided(option, said);
    return { name: `websocket.${option}`, value: shown, unit, path: path && formatPath(path), origin };
  };
  const { messageRate: rate } = policy;
  const ofRate = 'enable_rate_limit';
  return [
    value('ping_interval', policy.pingIntervalMs, 'ms'),
    value('pong_timeout', policy.pongTimeoutMs, 'ms'),
    value('read_timeout', policy.readTimeoutMs, 'ms'),
    value('write_timeout', policy.writeTimeoutMs, 'ms'),
    value('idle_timeout', policy.idleTimeoutMs, 'ms'),
    value('max_lifetime', policy.maxLifetimeMs, 'ms'),
    value('handshake_timeout', policy.handshakeTimeoutMs, 'ms'),
    value('close_timeout', policy.closeTimeoutMs, 'ms'),
    value('drain_code', policy.drainCode),
    value('bad_gateway_code', policy.badGatewayCode),
    value('max_message_size', policy.maxMessageBytes, 'bytes'),
    value(ofRate, rate !== null),
    value('max_messages_per_minute', rate?.perMinute ?? null, null, ofRate),
    value('burst', rate?.burst ?? null, null, ofRate),
    value('rate_limit_mode', rate?.mode ?? null, null, ofRate),
    value('log_messages', policy.logMessages),
  ];
}

/** What each of them judges for itself. */
function ruleValues({ name, options, path }: Speaker, origins: Origins): PolicyValue[] {
  const rules: [option: keyof WebsocketOptions & string, value: unknown][] = [
    ['path_patterns', options.path_patterns],
    ['enable_origin_check', checksOrigin(options)],
    ['allowed_origins', options.allowed_origins],
    ['allow_missing_origin', options.allow_missing_origin],
    ['subprotocols', options.subprotocols],
    ['max_connections', options.max_connections],
    ['max_connections_per_client', options.max_connections_per_client],
    ['per_client', options.per_client],
  ];
  return rules.map(([option, value]) => {
    const at = [...path, option];
    return { name: `${name}.${option}`, value, unit: null, path: formatPath(at), origin: originOf(origins, at) };
  });
}
