import type { Backend, BackendNews, BackendOverride, BackendTraits } from './backend.js';
import type { BalancingPolicy } from './balancing/policy.js';
import type { HealthCheckTraits } from './health/probe.js';
import type { HealthCheckHost } from './health/probe-schedule.js';
import { ServiceChecks } from './health/service-checks.js';
import { Overrides } from './overrides.js';
import type { PoolLimits } from './pool.js';
import type { RoomQueue } from './room-queue.js';
import type { Service } from './service.js';

/** What a backend whose configuration is gone keeps: nothing idles. */
const NOTHING: PoolLimits = { maxIdleConnections: 0, idleTimeoutMs: 0, prewarm: 0 };

/** One that is there or is new, and what the configuration says of it. */
export interface PlannedBackend {
  readonly backend: Backend;
  readonly traits: BackendTraits;
}

/** A service as one Revision has it, made of what there was, and new where there was nothing. */
export interface ServicePlan {
  readonly service: Service;
  readonly rooms: RoomQueue;
  readonly strategy: string;
  readonly policy: BalancingPolicy;
  readonly poolLimits: PoolLimits;
  /** Null: nobody asks its backends how they are. */
  readonly healthCheck: HealthCheckTraits | null;
  readonly backends: readonly PlannedBackend[];
}

/** What of services outlives the Revisions: backends with all that is known of them, who waits, whose turn it is. */
export class ServiceState implements Iterable<Backend> {
  /** Told each time a backend changes, behind the change. */
  listener: (backend: Backend, news: BackendNews) => void = () => {};
  readonly #backends = new Map<string, Backend>();
  readonly #overrides = new Overrides();
  readonly #checks = new ServiceChecks();
  /** Connections are kept ready. */
  #warm = false;
  #plans: ReadonlyMap<string, ServicePlan> = new Map();

  /** One that is there, or was removed and is still in use. */
  backend(key: string): Backend | undefined {
    return this.#backends.get(key);
  }

  /** Of this name, as the present Revision has it. */
  plan(serviceName: string): ServicePlan | undefined {
    return this.#plans.get(serviceName);
  }

  /** From now on backends are asked how they are, and connections are kept ready; with the next {@link adopt}. */
  start(host: HealthCheckHost): void {
    this.#checks.start(host);
    this.#warm = true;
  }

  /** Nothing is asked any more, nothing idles. */
  stop(): void {
    this.#checks.stop();
    this.#warm = false;
    for (const { pool } of this.#backends.values()) {
      pool.warm(false);
      pool.closeIdle();
    }
  }

  /** Goes over to the services of another Revision. Backends that are in it no more finish what they have. */
  adopt(plans: ReadonlyMap<string, ServicePlan>): void {
    this.#plans = plans;
    const switched = [...plans.values()].flatMap((plan) => this.#take(plan));
    this.#settle();
    for (const backend of switched) {
      this.changed(backend, { became: 'changed', reason: `the configuration says active ${backend.active}` });
    }
  }

  /** Goes over to other backends of one service: a name of it has other addresses. */
  useBackends(serviceName: string, backends: readonly PlannedBackend[]): void {
    const before = this.#plans.get(serviceName);
    if (before === undefined) return;
    const plan = { ...before, backends };
    this.#plans = new Map(this.#plans).set(serviceName, plan);
    plan.service.useBackends(backends.map(({ backend }) => backend));
    this.#take(plan);
    this.#settle();
  }

  /**
   * An operator changes what the configuration says of some backends. Survives reloads.
   * @param place the key of one, or what several were written as
   */
  override(place: string, change: Partial<BackendOverride>): void {
    this.#overrides.change(place, change);
    for (const backend of this.#backends.values()) {
      const { active, key, traits, weight } = backend;
      if (key !== place && traits.written !== place) continue;
      backend.follow(traits, this.#overrides.of(backend, traits.written));
      if (backend.active === active && backend.weight === weight) continue;
      const reason = `an operator set active ${backend.active}, weight ${backend.weight}`;
      this.changed(backend, { became: 'changed', reason });
    }
  }

  readonly changed = (backend: Backend, news: BackendNews): void => {
    const rooms = this.#plans.get(backend.serviceName)?.rooms;
    backend.pool.warm(this.#warm && backend.available);
    if (backend.available && rooms?.empty === false) process.nextTick(tellAll, rooms);
    this.listener(backend, news);
  };

  [Symbol.iterator](): Iterator<Backend> {
    return this.#backends.values();
  }

  /** Returns those that were there already, and were active or are now, but not both. */
  #take({ backends, poolLimits, rooms }: ServicePlan): Backend[] {
    const switched: Backend[] = [];
    for (const { backend, traits } of backends) {
      const wasActive = this.#backends.get(backend.key) === backend ? backend.active : null;
      this.#backends.set(backend.key, backend);
      backend.follow(traits, this.#overrides.of(backend, traits.written));
      backend.pool.follow(poolLimits);
      backend.pool.warm(this.#warm && backend.available);
      if (wasActive !== null && backend.active !== wasActive) switched.push(backend);
    }
    // A higher limit or a backend that came back makes room, also for those who wait for the Service of before.
    if (!rooms.empty) process.nextTick(tellAll, rooms);
    return switched;
  }

  #settle(): void {
    const kept = new Set([...this.#plans.values()].flatMap(({ backends }) => backends.map(({ backend }) => backend)));
    for (const [key, backend] of this.#backends) {
      if (kept.has(backend)) continue;
      backend.pool.follow(NOTHING);
      backend.pool.warm(false);
      // With leases it is found again where a reload brings it back: its load counts on.
      if (backend.leases === 0) this.#backends.delete(key);
    }
    this.#checks.follow(this.#plans);
  }
}

function tellAll(rooms: RoomQueue): void {
  rooms.tellAll();
}
