import { Counters } from '../../../src/exchange/counters.js';
import { Backend } from '../../../src/service/backend.js';
import { RoundRobin } from '../../../src/service/balancing/round-robin.js';
import type { RoomWaiter } from '../../../src/service/room-queue.js';
import { type BackendWish, Service, type ServiceTraits } from '../../../src/service/service.js';
import { PoolStand } from './pool-stand.js';

/** A backend that nobody connects to. */
export function backend(name: string, traits: { active?: boolean; weight?: number } = {}): Backend {
  const url = `http://${name}.example:80`;
  const address = { host: `${name}.example`, port: 80 };
  return new Backend(
    name,
    { url, address, authority: `${name}.example`, active: true, weight: 1, maxExchanges: 0, ...traits },
    new PoolStand().pool,
  );
}

export type StubTraits = Partial<ServiceTraits> & { readonly maxActiveConnections?: number };

export function service(backends: readonly Backend[], { maxActiveConnections = 0, ...traits }: StubTraits = {}) {
  for (const one of backends) one.maxExchanges = maxActiveConnections;
  const counters = new Counters();
  const all = {
    name: 'api',
    proxyHost: null,
    retry: { attempts: 3, timeoutMs: 5_000 },
    tunnelSettings: {},
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
export function wish(tried: ReadonlySet<Backend> | null = null, clientAddress = '203.0.113.7'): BackendWish {
  return { clientAddress, tried };
}
