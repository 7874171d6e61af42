import type { Counters } from '../exchange/counters.js';
import type { Backend } from './backend.js';
import type { BalancingPolicy } from './balancing/policy.js';
import { Lease } from './lease.js';

/** How often and for how long other backends are tried after one that failed. */
export interface RetryPolicy {
  /** Backends tried, the first included. */
  readonly attempts: number;
  readonly timeoutMs: number;
}

export interface ServiceTraits {
  readonly name: string;
  /** The Host sent to its backends; null: the client's; `backend`: that of the backend's url. */
  readonly proxyHost: string | null;
  readonly retry: RetryPolicy;
  /** Exchanges per backend, tunnels apart; 0: no limit. */
  readonly maxActiveConnections: number;
}

/** Somebody who waits until a backend has room. */
export interface RoomWaiter {
  /** True where it took the room; false where it is none for it: it waits on, in its place, unless it stopped. */
  roomMade(): boolean;
}

/** A named group of equivalent backends under one policy. */
export class Service {
  readonly traits: ServiceTraits;
  readonly backends: readonly Backend[];
  readonly #policy: BalancingPolicy;
  readonly #counters: Counters;
  readonly #waiters = new Set<RoomWaiter>();

  constructor(traits: ServiceTraits, backends: readonly Backend[], policy: BalancingPolicy, counters: Counters) {
    this.traits = traits;
    this.backends = backends;
    this.#policy = policy;
    this.#counters = counters;
  }

  /**
   * A lease on a backend that the policy picks; `full` where all that may be chosen have no room, `none` where none
   * may be chosen.
   * @param tried backends that failed this exchange already
   */
  acquire(tried: ReadonlySet<Backend> | null): Lease | 'full' | 'none' {
    const limit = this.traits.maxActiveConnections;
    let full = false;
    const candidates: Backend[] = [];
    for (const backend of this.backends) {
      if (!backend.available || tried?.has(backend)) continue;
      if (limit > 0 && backend.exchanges >= limit) full = true;
      else candidates.push(backend);
    }
    if (candidates.length === 0) return full ? 'full' : 'none';
    return new Lease(this.#policy.pick(candidates), this.#counters, this.#roomMade);
  }

  /** `waiter` is told when there may be room, until it stops waiting: first come, first told. */
  wait(waiter: RoomWaiter): void {
    this.#waiters.add(waiter);
    this.#counters.waiting++;
  }

  /** Idempotent. */
  stopWaiting(waiter: RoomWaiter): void {
    if (this.#waiters.delete(waiter)) this.#counters.waiting--;
  }

  readonly #roomMade = (): void => {
    // Not from within a release: whoever releases has not finished.
    if (this.#waiters.size > 0) process.nextTick(tellNextWaiter, this);
  };

  /** Tells the waiters until one takes the room: it may be at a backend that has failed the first ones. */
  tellNextWaiter(): void {
    for (const waiter of this.#waiters) if (waiter.roomMade()) return;
  }
}

function tellNextWaiter(service: Service): void {
  service.tellNextWaiter();
}
