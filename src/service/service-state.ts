import type { Backend, BackendTraits } from './backend.js';
import type { BalancingPolicy } from './balancing/policy.js';
import type { PoolLimits } from './pool.js';
import type { RoomQueue } from './room-queue.js';
import type { Service } from './service.js';

/** What a backend whose configuration is gone keeps: nothing idles. */
const NOTHING: PoolLimits = { maxIdleConnections: 0, idleTimeoutMs: 0, prewarm: 0 };

/** A service as one Revision has it, made of what there was, and new where there was nothing. */
export interface ServicePlan {
  readonly service: Service;
  readonly rooms: RoomQueue;
  readonly strategy: string;
  readonly policy: BalancingPolicy;
  readonly poolLimits: PoolLimits;
  readonly backends: readonly { readonly key: string; readonly backend: Backend; readonly traits: BackendTraits }[];
}

/** What of services outlives the Revisions: backends with their pools and leases, who waits, whose turn it is. */
export class ServiceState implements Iterable<Backend> {
  readonly #backends = new Map<string, Backend>();
  #plans: ReadonlyMap<string, ServicePlan> = new Map();

  /** One that is there, or was removed and is still in use. */
  backend(key: string): Backend | undefined {
    return this.#backends.get(key);
  }

  /** Of this name, as the present Revision has it. */
  plan(serviceName: string): ServicePlan | undefined {
    return this.#plans.get(serviceName);
  }

  /** Goes over to the services of another Revision. Backends that are in it no more finish what they have. */
  adopt(plans: ReadonlyMap<string, ServicePlan>): void {
    const kept = new Set<string>();
    for (const { backends, poolLimits } of plans.values()) {
      for (const { key, backend, traits } of backends) {
        kept.add(key);
        this.#backends.set(key, backend);
        backend.follow(traits);
        backend.pool.follow(poolLimits);
      }
    }
    for (const [key, backend] of this.#backends) {
      if (kept.has(key)) continue;
      backend.pool.follow(NOTHING);
      // With leases it is found again where a reload brings it back: its load counts on.
      if (backend.leases === 0) this.#backends.delete(key);
    }
    this.#plans = plans;
    // A higher limit or a backend that came back makes room, also for those who wait for the Service of before.
    for (const { rooms } of plans.values()) if (!rooms.empty) process.nextTick(tellAll, rooms);
  }

  [Symbol.iterator](): Iterator<Backend> {
    return this.#backends.values();
  }
}

function tellAll(rooms: RoomQueue): void {
  rooms.tellAll();
}
