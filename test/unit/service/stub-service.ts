import { Counters } from '../../../src/exchange/counters.js';
import { Backend, type BackendNews, type BackendTraits } from '../../../src/service/backend.js';
import { RoundRobin } from '../../../src/service/balancing/round-robin.js';
import { NEVER_OPENS } from '../../../src/service/health/circuit.js';
import type { RoomWaiter } from '../../../src/service/room-queue.js';
import { type BackendWish, Service, type ServiceTraits } from '../../../src/service/service.js';
import { PoolStand } from './pool-stand.js';

/** What a stub backend is told by, beside its traits. */
interface StubSurroundings {
  nowMs?: () => number;
  changed?: (backend: Backend, news: BackendNews) => void;
}

/** A backend that nobody connects to. */
export function backend(name: string, traits: Partial<BackendTraits> & StubSurroundings = {}): Backend {
  const { nowMs = () => 0, changed = () => {}, ...given } = traits;
  const all: BackendTraits = {
    url: `http://${name}.example:80`,
    written: name,
    resolved: false,
    address: { host: `${name}.example`, port: 80 },
    authority: `${name}.example`,
    basePath: '',
    active: true,
    weight: 1,
    maxExchanges: 0,
    maxTunnels: 0,
    circuit: NEVER_OPENS,
    ...given,
  };
  return new Backend(name, all, { serviceName: 'api', pool: new PoolStand().pool, nowMs, changed });
}

export type StubTraits = Partial<ServiceTraits> & { readonly maxActiveConnections?: number };

export function service(backends: readonly Backend[], { maxActiveConnections, ...traits }: StubTraits = {}) {
  if (maxActiveConnections !== undefined) {
    for (const one of backends) one.follow({ ...one.traits, maxExchanges: maxActiveConnections }, null);
  }
  const counters = new Counters();
  const all: ServiceTraits = {
    name: 'api',
    proxyHost: null,
    retry: { attempts: 3, timeoutMs: 5_000 },
    tunnelSettings: {},
    sticky: null,
    onUnhealthy: 'keep',
    numbers: { retries: 0 },
    ...traits,
  };
  return { counters, service: new Service(all, backends, new RoundRobin(), counters) };
}

/** Waits for room, and says each time what it does with it. */
export class CountingWaiter implements RoomWaiter {
  told = 0;
  readonly #answer: () => boolean;

  constructor(answer: () => boolean) {
    this.#answer = answer;
  }

  roomMade(): boolean {
    this.told++;
    return this.#answer();
  }
}

/** A wish for any backend but those. */
export function wish(tried: ReadonlySet<Backend> | null = null, more: Partial<BackendWish> = {}): BackendWish {
  return { clientAddress: '203.0.113.7', forTunnel: false, preferred: null, tried, ...more };
}
