import type { Counters } from '../exchange/counters.js';
import type { TunnelSettings } from '../exchange/tunnel-policy.js';
import type { Backend } from './backend.js';
import type { BalancingPolicy } from './balancing/policy.js';
import { Lease } from './lease.js';
import { RoomQueue, type RoomWaiter } from './room-queue.js';

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
  /** What it says of its tunnels. */
  readonly tunnelSettings: TunnelSettings;
}

/** What somebody wants a backend for. */
export interface BackendWish {
  /** The real client's, behind trusted proxies too. */
  readonly clientAddress: string;
  /** Backends that failed it already. */
  readonly tried: ReadonlySet<Backend> | null;
}

/** A named group of equivalent backends under one policy. */
export class Service {
  readonly traits: ServiceTraits;
  readonly backends: readonly Backend[];
  readonly #only: Backend | null;
  readonly #policy: BalancingPolicy;
  readonly #counters: Counters;
  readonly #rooms: RoomQueue;

  /** @param rooms shared by all that were made for this name, one Revision after the other */
  constructor(
    traits: ServiceTraits,
    backends: readonly Backend[],
    policy: BalancingPolicy,
    counters: Counters,
    rooms = new RoomQueue(counters),
  ) {
    this.traits = traits;
    this.backends = backends;
    this.#only = backends.length === 1 ? (backends[0] ?? null) : null;
    this.#policy = policy;
    this.#counters = counters;
    this.#rooms = rooms;
  }

  /**
   * A lease on a backend that the policy picks; `full` where all that may be chosen have no room, `none` where none
   * may be chosen.
   */
  acquire(wish: BackendWish): Lease | 'full' | 'none' {
    const { tried } = wish;
    if (this.#only !== null) return this.#acquireOnly(this.#only, tried);
    let full = false;
    const candidates: Backend[] = [];
    for (const backend of this.backends) {
      if (!backend.available || tried?.has(backend)) continue;
      if (backend.hasRoom) candidates.push(backend);
      else full = true;
    }
    if (candidates.length === 0) return full ? 'full' : 'none';
    return new Lease(this.#policy.pick(candidates, wish.clientAddress), this.#counters, this.#rooms.roomMade);
  }

  /** The same where there is nothing to choose. */
  #acquireOnly(backend: Backend, tried: ReadonlySet<Backend> | null): Lease | 'full' | 'none' {
    if (!backend.available || tried?.has(backend)) return 'none';
    return backend.hasRoom ? new Lease(backend, this.#counters, this.#rooms.roomMade) : 'full';
  }

  /** `waiter` is told when there may be room, until it stops waiting: first come, first told. */
  wait(waiter: RoomWaiter): void {
    this.#rooms.add(waiter);
  }

  /** Idempotent. */
  stopWaiting(waiter: RoomWaiter): void {
    this.#rooms.delete(waiter);
  }
}
