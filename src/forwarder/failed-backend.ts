import type { Clock } from '../exchange/clock.js';
import { evenly } from '../exchange/evenly.js';
import type { Backend } from '../service/backend.js';
import type { LongLivedRoster } from './long-lived.js';

/** Over so long what is open on a backend that failed is ended under `on_unhealthy: drain`. */
const DRAIN_MS = 30_000;

/** Why: for the log. */
const FAILED = 'its backend failed or was deactivated';

/** Ends what is open on backends that fail, each as its service says. */
export class FailedBackends {
  readonly #longLived: LongLivedRoster;
  readonly #clock: Clock;
  /** Those whose tunnels are being ended just now. */
  readonly #draining = new Set<Backend>();

  constructor(longLived: LongLivedRoster, clock: Clock) {
    this.#longLived = longLived;
    this.#clock = clock;
  }

  /** @param how `on_unhealthy` of its service */
  end(backend: Backend, how: 'keep' | 'drain' | 'close'): void {
    if (how === 'keep' || this.#draining.has(backend)) return;
    const open = [...this.#longLived].filter((one) => one.backend === backend).toReversed();
    this.#draining.add(backend);
    evenly(
      open,
      how === 'close' ? 0 : DRAIN_MS,
      this.#clock,
      (one) => {
        // One that came back meanwhile keeps what it still has.
        if (this.#longLived.has(one) && (how === 'close' || !isWell(backend))) one.drain(FAILED);
      },
      () => {
        this.#draining.delete(backend);
        return false;
      },
    );
  }
}

/** A trial that is due makes no backend well. */
function isWell({ active, circuit, health }: Backend): boolean {
  return active && health.healthy && circuit.state === 'closed';
}
