import type { Clock } from '../exchange/clock.js';
import { evenly } from '../exchange/evenly.js';
import type { Backend } from '../service/backend.js';
import type { LongLived, LongLivedRoster } from './long-lived.js';

/** Over so long what is open on a backend that failed is ended under `on_unhealthy: drain`. */
const DRAIN_MS = 30_000;

/** Why: for the log. */
const FAILED = 'its backend failed or was deactivated';

/** One ending of what is open on a backend. */
interface Run {
  over: boolean;
}

/** Ends what is open on backends that fail, each as its service says. */
export class FailedBackends {
  readonly #longLived: LongLivedRoster;
  readonly #clock: Clock;
  /** Of backends whose tunnels are being ended just now. */
  readonly #draining = new Map<Backend, Run>();

  constructor(longLived: LongLivedRoster, clock: Clock) {
    this.#longLived = longLived;
    this.#clock = clock;
  }

  /** @param how `on_unhealthy` of its service */
  end(backend: Backend, how: 'keep' | 'drain' | 'close'): void {
    if (how === 'keep') return;
    const open = [...this.#longLived].filter((one) => one.backend === backend).toReversed();
    if (how === 'close') {
      this.#stop(backend);
      for (const one of open) one.drain(FAILED);
    } else if (!this.#draining.has(backend)) {
      this.#drain(backend, open);
    }
  }

  /** Why what opens there only now is not to stay; null: it is. @param how likewise */
  unwanted(backend: Backend, how: 'keep' | 'drain' | 'close'): string | null {
    return how === 'keep' || isWell(backend) ? null : FAILED;
  }

  /** It changed: one that is well again keeps what it still has. */
  changed(backend: Backend): void {
    if (isWell(backend)) this.#stop(backend);
  }

  #drain(backend: Backend, open: readonly LongLived[]): void {
    const run = { over: false };
    this.#draining.set(backend, run);
    const drain = (one: LongLived): void => {
      if (!run.over && this.#longLived.has(one)) one.drain(FAILED);
    };
    evenly(open, DRAIN_MS, this.#clock, drain, () => {
      if (!run.over) this.#stop(backend);
      return false;
    });
  }

  #stop(backend: Backend): void {
    const run = this.#draining.get(backend);
    if (run !== undefined) run.over = true;
    this.#draining.delete(backend);
  }
}

/** A trial that is due makes no backend well. */
function isWell({ active, circuit, health }: Backend): boolean {
  return active && health.healthy && circuit.state === 'closed';
}
