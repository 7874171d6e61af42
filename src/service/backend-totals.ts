import type { BackendTotal } from '../exchange/service-view.js';
import type { Backend } from './backend.js';
import type { Service } from './service.js';
import { connectionCounts } from './service-view.js';

type Growing = { -readonly [Key in keyof BackendTotal]: BackendTotal[Key] };

/**
 * Adds up by service and url: first what the services have, then what was removed and has connections still.
 * @param all those of the services, and those that were removed
 */
export function backendTotals(services: Iterable<Service>, all: Iterable<Backend>): Iterable<BackendTotal> {
  const totals = new Map<string, Growing>();
  const totalOf = ({ serviceName: service, url }: Backend, healthy: number | null): Growing => {
    const key = `${url} ${service}`;
    const total = totals.get(key) ?? { service, url, healthy, active: 0, idle: 0, tunnels: 0 };
    totals.set(key, total);
    return total;
  };
  for (const { backends } of services) {
    for (const backend of backends) {
      const total = totalOf(backend, 0);
      if (backend.health.healthy && backend.circuit.state === 'closed') total.healthy = (total.healthy ?? 0) + 1;
    }
  }
  for (const backend of all) {
    const { active, idle, tunnels } = connectionCounts(backend);
    if (active + idle + tunnels === 0) continue;
    const total = totalOf(backend, null);
    total.active += active;
    total.idle += idle;
    total.tunnels += tunnels;
  }
  return totals.values();
}
