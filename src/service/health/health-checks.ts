import type { BackendHealth, HealthChange } from './backend-health.js';
import type { HealthCheckTraits, ProbeResult, ProbeTarget } from './probe.js';
import { type HealthCheckHost, ProbeSchedule } from './probe-schedule.js';

/** Within so long all that are unknown have been asked, where the interval is not shorter. */
const MAX_SPREAD_MS = 1000;
/** And one of them has been so soon: a service with one backend must not wait. */
const MAX_FIRST_DELAY_MS = 100;

/** A backend as it is probed: address, authority and base path are read when a probe begins. */
export interface ProbedBackend extends ProbeTarget {
  /** What its state is kept by. */
  readonly key: string;
  readonly health: BackendHealth;
}

export interface HealthListener<Backend extends ProbedBackend> {
  /** After every probe; `backend.health` has it already. @param change what the backend became by it */
  probed(backend: Backend, result: ProbeResult, change: HealthChange | null): void;
}

/** The active health checks of one service, for as long as its Revision is the present one. */
export class HealthChecks<Backend extends ProbedBackend> {
  readonly #check: HealthCheckTraits;
  readonly #host: HealthCheckHost;
  readonly #listener: HealthListener<Backend>;
  readonly #schedules = new Map<string, ProbeSchedule<Backend>>();
  #stopped = false;

  constructor(check: HealthCheckTraits, host: HealthCheckHost, listener: HealthListener<Backend>) {
    this.#check = check;
    this.#host = host;
    this.#listener = listener;
  }

  /** Probes exactly these from now on; who was probed before keeps its turn. Without effect once stopped. */
  follow(backends: readonly Backend[]): void {
    if (this.#stopped) return;
    const keys = new Set(backends.map(({ key }) => key));
    for (const [key, schedule] of this.#schedules) if (!keys.has(key)) this.#end(key, schedule);
    let firstOfUnknown = true;
    for (const backend of backends) {
      const schedule = this.#schedules.get(backend.key);
      if (schedule?.target.health === backend.health) {
        schedule.target = backend;
        continue;
      }
      schedule?.stop();
      this.#begin(backend, firstOfUnknown);
      if (!backend.health.known) firstOfUnknown = false;
    }
  }

  /** Idempotent. Probes under way end without a result. */
  stop(): void {
    this.#stopped = true;
    for (const [key, schedule] of this.#schedules) this.#end(key, schedule);
  }

  #begin(backend: Backend, firstOfUnknown: boolean): void {
    const { intervalMs } = this.#check;
    const spreadMs = firstOfUnknown ? MAX_FIRST_DELAY_MS : MAX_SPREAD_MS;
    // One that is known had its turn not long ago: a reload must not have all of them asked at once.
    const withinMs = backend.health.known ? intervalMs : Math.min(intervalMs, spreadMs);
    const delayMs = this.#host.random() * withinMs;
    const probed = (target: Backend, result: ProbeResult): void => this.#probed(target, result);
    this.#schedules.set(backend.key, new ProbeSchedule(backend, this.#check, this.#host, delayMs, probed));
  }

  #end(key: string, schedule: ProbeSchedule<Backend>): void {
    schedule.stop();
    this.#schedules.delete(key);
  }

  #probed(backend: Backend, result: ProbeResult): void {
    const change = backend.health.take(result, this.#check, this.#host.clock.wallMs());
    this.#listener.probed(backend, result, change);
  }
}
