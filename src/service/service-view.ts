import type { BackendView, ConnectionCounts, ServiceView } from '../exchange/service-view.js';
import { addressText } from './address-text.js';
import type { Backend } from './backend.js';
import type { Service } from './service.js';

/** A service for operators. Builds fresh objects: for whoever asks, never in the path. @param strategy its name */
export function serviceView({ traits, backends }: Service, strategy: string): ServiceView {
  const { name, numbers, onUnhealthy } = traits;
  const views = [...idsOf(backends)].map(([id, backend]) => backendView(id, backend));
  return { name, strategy, retries: numbers.retries, on_unhealthy: onUnhealthy, backends: views };
}

/**
 * What an operator means by a word: the one backend with this id, else all that are written as this url. By their ids,
 * each with the place that its overrides are kept by: its own, or that of all addresses of what was written.
 */
export function backendsMeant(word: string, { backends }: Service): ReadonlyMap<string, string> {
  const ids = idsOf(backends);
  const one = ids.get(word);
  if (one !== undefined) return new Map([[word, one.key]]);
  const written = [...ids].filter(([, { url }]) => url === word);
  return new Map(written.map(([id, { traits }]) => [id, traits.written]));
}

export function connectionCounts({ exchanges, leases, pool }: Backend): ConnectionCounts {
  return { active: pool.open, idle: pool.idle, tunnels: leases - exchanges };
}

/** Each under its id, in their order. */
function idsOf(backends: readonly Backend[]): Map<string, Backend> {
  const ids = new Map<string, Backend>();
  const counts = new Map<string, number>();
  for (const backend of backends) {
    const address = addressText(backend.address);
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    ids.set(count === 1 ? address : `${address}#${count}`, backend);
  }
  return ids;
}

function backendView(id: string, backend: Backend): BackendView {
  const { active, available, circuit, exchanges, failures, health, latency, leases, traits, tunnels, weight } = backend;
  const { healthy, known, lastReason, checkedAtMs, changedAtMs } = health;
  return {
    id,
    url: traits.url,
    address: addressText(traits.address),
    active,
    weight,
    configured: { active: traits.active, weight: traits.weight },
    available,
    health: {
      state: known ? (healthy ? 'healthy' : 'unhealthy') : 'unknown',
      reason: lastReason,
      checked_at: isoTime(checkedAtMs),
      changed_at: isoTime(changedAtMs),
    },
    circuit: { state: circuit.state, retry_in_ms: Math.ceil(circuit.opensForMs) },
    leases,
    exchanges,
    tunnels,
    connections: connectionCounts(backend),
    latency_ms: latency.meanMs === null ? null : Math.round(latency.meanMs * 1000) / 1000,
    failures: Object.fromEntries(failures),
  };
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
