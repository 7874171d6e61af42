import type { Config, ServiceConfig } from './config.js';
import type { ConfigPath, Finding } from './problem.js';
import { entriesOf, fieldOf } from './raw-value.js';
import { POLICY_KEYS } from './schema-service-policies.js';

/** Keys that stand in a service and in its `load_balancer` too. Works on values as read, whatever their types. */
export function checkPolicyPlaces(value: unknown): Finding[] {
  return entriesOf(fieldOf(value, 'services')).flatMap(([name, service]) => {
    const balancer = fieldOf(service, 'load_balancer');
    return POLICY_KEYS.flatMap((key): Finding[] => {
      if (fieldOf(service, key) === undefined || fieldOf(balancer, key) === undefined) return [];
      const message = `stands twice: as \`${key}\` of the service and as \`load_balancer.${key}\`; keep one of them`;
      return [{ path: ['services', name, key], at: 'key', message }];
    });
  });
}

/** What services say of their backends that is hardly meant. @param value the configuration as read */
export function checkServicePolicies(config: Config, value: unknown): Finding[] {
  return Object.entries(config.services).flatMap(([name, service]) => {
    const written = (key: (typeof POLICY_KEYS)[number]): WrittenSection => {
      const whole = fieldOf(fieldOf(value, 'services'), name);
      const own = fieldOf(whole, key);
      if (own !== undefined) return { path: ['services', name, key], section: own };
      return { path: ['services', name, 'load_balancer', key], section: fieldOf(fieldOf(whole, 'load_balancer'), key) };
    };
    const { health_check, sticky, dns } = service.load_balancer;
    return [
      ...probes(health_check, written('health_check')),
      ...cookies(sticky, written('sticky')),
      ...lookups(dns, written('dns')),
    ];
  });
}

/** Where a section stands, and what is in it. */
interface WrittenSection {
  readonly path: ConfigPath;
  readonly section: unknown;
}

type Policies = ServiceConfig['load_balancer'];

const LEAST_PROBE_INTERVAL_MS = 1000;
const LEAST_LOOKUP_INTERVAL_MS = 1000;
/** A secret that is shorter can be guessed. */
const LEAST_SECRET_CHARACTERS = 16;

function probes(check: Policies['health_check'], { path, section }: WrittenSection): Finding[] {
  if (check === null) return [];
  const { type, interval, timeout } = check;
  const unused = { http: [], tcp: ['path', 'expected_status'], websocket: ['expected_status'] }[type];
  const findings = unused
    .filter((key) => fieldOf(section, key) !== undefined)
    .map((key): Finding => ({ path: [...path, key], at: 'key', message: `has no effect on probes of type ${type}` }));
  if (interval < LEAST_PROBE_INTERVAL_MS) {
    const message = `${interval}ms looks too low: it is more than one probe a second of each backend`;
    findings.push({ path: [...path, 'interval'], at: 'value', message });
  }
  if (timeout > interval) {
    const key = fieldOf(section, 'timeout') === undefined ? 'interval' : 'timeout';
    const message = `\`timeout\` is longer than \`interval\`: a probe that takes long puts off the next one of its backend`;
    findings.push({ path: [...path, key], at: 'value', message });
  }
  return findings;
}

function cookies(sticky: Policies['sticky'], { path }: WrittenSection): Finding[] {
  if (sticky === null) return [];
  if (sticky.secret === null) {
    const message =
      'without a `secret` it ends with this process: cookies from before or of another mean nothing to it';
    return [{ path, at: 'key', message }];
  }
  if (sticky.secret.length >= LEAST_SECRET_CHARACTERS) return [];
  const message = `is short: with fewer than ${LEAST_SECRET_CHARACTERS} characters it can be guessed`;
  return [{ path: [...path, 'secret'], at: 'value', message }];
}

function lookups({ refresh }: Policies['dns'], { path }: WrittenSection): Finding[] {
  if (refresh === 0 || refresh >= LEAST_LOOKUP_INTERVAL_MS) return [];
  const message = `${refresh}ms looks too low: it is more than one look-up a second of each host name`;
  return [{ path: [...path, 'refresh'], at: 'value', message }];
}
