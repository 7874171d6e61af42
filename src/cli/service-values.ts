import type { Config } from '../config/config.js';
import { type Origins, originOf } from '../config/origins.js';
import { type ConfigPath, formatPath } from '../config/problem.js';
import type { ValueUnit } from '../config/value-unit.js';
import { REDACTED } from '../exchange/redact.js';
import type { Service } from '../service/service.js';
import type { PolicyValue } from './policy-values.js';

type Balancer = Config['services'][string]['load_balancer'];

/** Puts together the value of a key below a section of the service, or of the section itself where it is no map. */
type Say = (section: string, key: string | null, value: unknown, unit?: ValueUnit | null) => PolicyValue;

/** Every value of how a service treats its backends. What is turned off has one line, which says so. */
export function serviceValues(service: Service, config: Config, origins: Origins): PolicyValue[] {
  const balancer = config.services[service.traits.name]?.load_balancer;
  if (balancer === undefined) return [];
  const own: ConfigPath = ['services', service.traits.name];
  const written = (path: ConfigPath): boolean => origins.has(formatPath(path));
  const say: Say = (section, key, value, unit = null) => {
    const [beside, inside] = [
      [...own, section],
      [...own, 'load_balancer', section],
    ];
    const place = written(inside) ? inside : beside;
    const path = key === null ? place : [...place, key];
    const name = key === null ? section : `${section}.${key}`;
    return { name, value, unit, path: formatPath(path), origin: originOf(origins, path) };
  };
  return [
    say('retry', 'attempts', balancer.retry.attempts),
    say('retry', 'timeout', balancer.retry.timeout, 'ms'),
    ...passiveValues(balancer, service, say),
    ...checkValues(balancer, say),
    ...stickyValues(balancer, say),
    say('on_unhealthy', null, balancer.on_unhealthy),
    say('dns', 'refresh', balancer.dns.refresh, 'ms'),
  ];
}

/** A backend that stands alone is taken out only where that is written: its circuit says what holds. */
function passiveValues({ passive_health_check: passive }: Balancer, { backends }: Service, say: Say): PolicyValue[] {
  const failures = backends[0]?.traits.circuit.failures ?? passive.failures;
  const first = say('passive_health_check', 'failures', failures);
  if (failures === 0) return [first];
  return [
    first,
    say('passive_health_check', 'within', passive.within, 'ms'),
    say('passive_health_check', 'retry_after', passive.retry_after, 'ms'),
  ];
}

function checkValues({ health_check: check }: Balancer, say: Say): PolicyValue[] {
  const enabled = say('health_check', 'enabled', check !== null);
  if (check === null) return [enabled];
  // Written without `enabled`, the section itself turns them on.
  const on =
    enabled.origin.from === 'default' ? { ...enabled, origin: say('health_check', null, null).origin } : enabled;
  const statuses = check.expected_status.map(([least, most]) => (least === most ? `${least}` : `${least}-${most}`));
  return [
    on,
    say('health_check', 'type', check.type),
    say('health_check', 'interval', check.interval, 'ms'),
    say('health_check', 'timeout', check.timeout, 'ms'),
    ...(check.type === 'tcp' ? [] : [say('health_check', 'path', check.path)]),
    ...(check.type === 'http' ? [say('health_check', 'expected_status', statuses)] : []),
    say('health_check', 'healthy_threshold', check.healthy_threshold),
    say('health_check', 'unhealthy_threshold', check.unhealthy_threshold),
  ];
}

function stickyValues({ sticky }: Balancer, say: Say): PolicyValue[] {
  if (sticky === null) return [say('sticky', null, null)];
  return [
    say('sticky', 'cookie', sticky.cookie),
    say('sticky', 'ttl', sticky.ttl, 'ms'),
    say('sticky', 'secret', sticky.secret === null ? null : REDACTED),
  ];
}
