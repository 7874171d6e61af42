import type { Counters } from '../exchange/counters.js';
import type { TunnelSettings } from '../exchange/tunnel-policy.js';
import type { Backend } from './backend.js';
import type { BalancingPolicy } from './balancing/policy.js';
import { Lease } from './lease.js';
import { RoomQueue, type RoomWaiter } from './room-queue.js';
import type { Sticky } from './sticky.js';

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
  /** Keeps clients with their backend; null: nobody is kept. */
  readonly sticky: Sticky | null;
  /** What is open on a backend that failed or was deactivated: stays, is ended evenly over a time, or at once. */
  readonly onUnhealthy: 'keep' | 'drain' | 'close';
  readonly numbers: ServiceNumbers;
}

/** What is counted of a service since the process began. */
export interface ServiceNumbers {
  /** Tries at another backend, after one that failed. */
  retries: number;
}

/** What somebody wants a backend for. */
export interface BackendWish {
  /** The real client's, behind trusted proxies too. */
  readonly clientAddress: string;
  readonly forTunnel: boolean;
  /** The backend that a cookie names; null: any is as good. */
  readonly preferred: Backend | null;
  /** Backends that failed it already. */
  readonly tried: ReadonlySet<Backend> | null;
}

/** A named group of equivalent backends under one policy. */
export class Service {
  readonly traits: ServiceTraits;
  #backends: readonly Backend[];
  #only: Backend | null = null;
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
    this.#backends = backends;
    this.#policy = policy;
    this.#counters = counters;
    this.#rooms = rooms;
    this.useBackends(backends);
  }

  get backends(): readonly Backend[] {
    return this.#backends;
  }

  /** Others from now on: a name has other addresses. */
  useBackends(backends: readonly Backend[]): void {
    this.#backends = backends;
    this.#only = backends.length === 1 ? (backends[0] ?? null) : null;
  }

  /**
   * A lease on the preferred backend, else on one that the policy picks; `full` where all that may be chosen have no
   * room, `none` where none may be chosen.
   */
  acquire(wish: BackendWish): Lease | 'full' | 'none' {
    const { forTunnel, preferred, tried } = wish;
    const only = this.#only ?? preferred;
    if (only?.available && !tried?.has(only) && only.hasRoom(forTunnel)) return this.#lease(only, forTunnel);
    let full = false;
    const candidates: Backend[] = [];
    for (const backend of this.#backends) {
      if (!backend.available || tried?.has(backend)) continue;
      if (backend.hasRoom(forTunnel)) candidates.push(backend);
      else full = true;
    }
    if (candidates.length === 0) return full ? 'full' : 'none';
    return this.#lease(this.#policy.pick(candidates, wish.clientAddress), forTunnel);
  }

  /** Whether {@link acquire} would give a lease now. */
  hasRoom({ forTunnel, tried }: BackendWish): boolean {
    return this.#backends.some((one) => one.available && !tried?.has(one) && one.hasRoom(forTunnel));
  }

  #lease(backend: Backend, forTunnel: boolean): Lease {
    return new Lease(backend, this.#counters, this.#rooms.roomMade, forTunnel);
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
