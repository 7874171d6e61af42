import type { Config } from '../../../src/config/config.js';
import { configOf } from '../config-of.js';
import type { SeededRandom } from './random.js';

/** A name that backends are written under in some scenarios; others are written by their addresses. */
export const NAME = 'pool.test';
export const NAMED_HOSTS = ['192.0.2.21', '192.0.2.22', '192.0.2.23'] as const;
const WRITTEN_HOSTS = ['192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14', '192.0.2.15'] as const;

const strategies = [
  ...(['round_robin', 'weighted_round_robin', 'least_connections', 'ip_hash', 'random', 'power_of_two'] as const),
];

/** What stays the same in all configurations of a scenario. */
export interface ServiceSetting {
  /** Hosts of urls: addresses, and maybe the name. */
  readonly hosts: readonly string[];
  readonly dialTimeoutMs: number;
}

export function drawSetting(random: SeededRandom): ServiceSetting {
  const named = random.chance(0.4);
  const written = WRITTEN_HOSTS.slice(0, random.integer(named ? 1 : 2, named ? 3 : 5));
  return { hosts: named ? [...written, NAME] : written, dialTimeoutMs: random.pick([500, 1000, 3000]) };
}

/** @param calm every backend is there and wanted, and there is room for all */
export function drawConfig(random: SeededRandom, setting: ServiceSetting, calm: boolean): Config {
  const hosts = calm ? setting.hosts : setting.hosts.filter(() => random.chance(0.85));
  const backends = (hosts.length === 0 ? setting.hosts.slice(0, 1) : hosts).map((host) => ({
    url: `http://${host}:80`,
    weight: !calm && random.chance(0.08) ? 0 : random.integer(1, 4),
    active: calm || random.chance(0.92),
    max_tunnels: calm || random.chance(0.5) ? 0 : random.integer(1, 2),
  }));
  const maxIdle = random.pick([1, 2, 100]);
  const keys = {
    services: { app: { load_balancer: { strategy: random.pick(strategies), backends, ...drawPolicies(random) } } },
    host_rules: [{ pattern: '*', target: 'app' }],
    advanced: {
      port: 0,
      bind: '127.0.0.1',
      timeout: { dial_timeout: `${setting.dialTimeoutMs}ms`, read_timeout: '2s', write_timeout: '2s' },
      connection_pool: {
        max_active_connections: calm || random.chance(0.3) ? 1000 : random.integer(1, 3),
        max_idle_connections: maxIdle,
        prewarm: random.chance(0.3) ? Math.min(maxIdle, random.integer(1, 2)) : 0,
        idle_timeout: random.pick(['1s', '90s']),
      },
      reload: { removed: random.pick(['drain', 'keep']) },
    },
  };
  return configOf(JSON.stringify(keys));
}

function drawPolicies(random: SeededRandom): Record<string, unknown> {
  const type = random.pick(['http', 'tcp', 'websocket'] as const);
  return {
    retry: { attempts: random.integer(1, 4), timeout: random.pick(['0s', '2s', '10s']) },
    on_unhealthy: random.pick(['keep', 'drain', 'close']),
    dns: { refresh: random.pick(['500ms', '2s', '30s']) },
    ...(random.chance(0.8) && {
      passive_health_check: {
        failures: random.pick([0, 1, 1, 2, 3]),
        within: random.pick(['1s', '30s']),
        retry_after: random.pick(['200ms', '1s', '2s']),
      },
    }),
    ...(random.chance(0.5) && {
      health_check: {
        type,
        interval: random.pick(['300ms', '1s', '3s']),
        timeout: random.pick(['200ms', '1s']),
        healthy_threshold: random.integer(1, 3),
        unhealthy_threshold: random.integer(1, 3),
      },
    }),
    ...(random.chance(0.5) && { sticky: { cookie: 'at', secret: 'the-same-in-every-run' } }),
  };
}
