import { isDeepStrictEqual } from 'node:util';
import type { Backend } from '../backend.js';
import { HealthChecks } from './health-checks.js';
import type { HealthCheckTraits } from './probe.js';
import type { HealthCheckHost } from './probe-schedule.js';

/** A service whose backends are to be asked how they are. */
interface CheckedService {
  /** Null: they are not. */
  readonly healthCheck: HealthCheckTraits | null;
  readonly backends: readonly { readonly backend: Backend }[];
}

interface RunningChecks {
  readonly traits: HealthCheckTraits;
  readonly checks: HealthChecks<Backend>;
}

/** The active checks of all services of the present Revision. */
export class ServiceChecks {
  readonly #running = new Map<string, RunningChecks>();
  #host: HealthCheckHost | null = null;

  /** Before it nobody is asked anything: {@link follow} comes behind it. */
  start(host: HealthCheckHost): void {
    this.#host = host;
  }

  /** Checks that stay as they are go on in their turn: a reload has nobody asked more often. */
  follow(services: ReadonlyMap<string, CheckedService>): void {
    for (const [name, { traits, checks }] of this.#running) {
      if (isDeepStrictEqual(services.get(name)?.healthCheck, traits)) continue;
      checks.stop();
      this.#running.delete(name);
    }
    for (const [name, service] of services) this.#check(name, service);
  }

  stop(): void {
    this.follow(new Map());
    this.#host = null;
  }

  #check(name: string, { healthCheck, backends }: CheckedService): void {
    const all = backends.map(({ backend }) => backend);
    // Whoever was taken out by checks that are no more would never come back.
    if (healthCheck === null) for (const backend of all) forget(backend);
    else if (this.#host !== null) this.#runningOf(name, healthCheck, this.#host).follow(all);
  }

  #runningOf(name: string, traits: HealthCheckTraits, host: HealthCheckHost): HealthChecks<Backend> {
    const running = this.#running.get(name);
    if (running !== undefined) return running.checks;
    const checks = new HealthChecks<Backend>(traits, host, {
      probed(backend, result, change) {
        const reason = result.good ? 'its checks are good' : result.reason;
        if (change !== null) backend.tell({ became: change, reason });
        // Edge, not level: only checks that saw it fail can tell that it is well again.
        if (result.good && backend.health.goodInARow === traits.healthyThreshold) backend.bringBack(reason);
      },
    });
    this.#running.set(name, { traits, checks });
    return checks;
  }
}

function forget(backend: Backend): void {
  if (backend.health.forget()) backend.tell({ became: 'healthy', reason: 'it is not checked any more' });
}
