import type { Random, Timer } from '../../exchange/clock.js';
import { type HealthCheckTraits, type ProbeHost, type ProbeResult, type ProbeTarget, probe } from './probe.js';

/** Each interval is longer or shorter by up to so much of it: what was begun together drifts apart. */
const JITTER = 0.1;

export interface HealthCheckHost extends ProbeHost {
  readonly random: Random;
}

/** Probes one backend again and again, one probe at a time. */
export class ProbeSchedule<Target extends ProbeTarget> {
  /** Read when a probe begins. */
  target: Target;
  readonly #check: HealthCheckTraits;
  readonly #host: HealthCheckHost;
  readonly #probed: (target: Target, result: ProbeResult) => void;
  #timer: Timer | null;
  #giveUp: (() => void) | null = null;
  #stopped = false;

  /** @param firstDelayMs from now to the first probe @param probed told of each result */
  constructor(
    target: Target,
    check: HealthCheckTraits,
    host: HealthCheckHost,
    firstDelayMs: number,
    probed: (target: Target, result: ProbeResult) => void,
  ) {
    this.target = target;
    this.#check = check;
    this.#host = host;
    this.#probed = probed;
    this.#timer = host.clock.after(firstDelayMs, () => this.#run());
  }

  /** Ends the probe under way, too. Idempotent; nothing is told after it. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#giveUp?.();
    this.#timer = null;
    this.#giveUp = null;
  }

  #run(): void {
    this.#timer = null;
    const { target } = this;
    const startedAtMs = this.#host.clock.nowMs();
    this.#giveUp = probe(target, this.#check, this.#host, (result) => {
      this.#giveUp = null;
      if (result !== null) this.#probed(target, result);
      // Whoever was told may have stopped us.
      if (!this.#stopped) this.#runAgain(startedAtMs);
    });
  }

  #runAgain(startedAtMs: number): void {
    const { clock, random } = this.#host;
    const intervalMs = this.#check.intervalMs * (1 - JITTER + 2 * JITTER * random());
    this.#timer = clock.after(Math.max(0, startedAtMs + intervalMs - clock.nowMs()), () => this.#run());
  }
}
