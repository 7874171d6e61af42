import type { Clock, Timer } from '../exchange/clock.js';
import { Roster } from '../exchange/roster.js';

/** How often everything that may run out of time is looked at, in milliseconds. */
export const SWEEP_PERIOD_MS = 250;

/** Something that may run out of time: compares its own fields with the time it is given. */
export interface Sweepable {
  /** For {@link Deadlines} alone; begins as OFF_ROSTER. */
  sweepPlace: number;
  /** @param nowMs the time of {@link Deadlines.nowMs} */
  sweep(nowMs: number): void;
}

/**
 * The one coarse timer of the process. Its time moves in steps of {@link SWEEP_PERIOD_MS} and never jumps: where a
 * sweep comes later than twice that (the machine slept, the loop was blocked), the lost time counts for nobody, and
 * nothing ends before what came meanwhile was read.
 */
export class Deadlines {
  /**
   * Coarse milliseconds that only grow: cheap enough to be read for every chunk. Whole ones: V8 keeps a number with a
   * fraction as an object of its own in each field, of which a tunnel has a dozen.
   */
  nowMs = 0;
  readonly #clock: Clock;
  readonly #entries = new Roster<'sweepPlace', Sweepable>('sweepPlace');
  #timer: Timer | null = null;
  #sweptAtMs = 0;
  /** The last sweep was late, and looked at nothing. */
  #passedOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sweptAtMs = clock.nowMs();
  }

  add(entry: Sweepable): void {
    this.#entries.add(entry);
    if (this.#timer === null) {
      this.#sweptAtMs = this.#clock.nowMs();
      this.#schedule();
    }
  }

  delete(entry: Sweepable): void {
    this.#entries.delete(entry);
  }

  /** How many entries are watched. */
  get size(): number {
    return this.#entries.size;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#entries.clear();
  }

  #schedule(): void {
    this.#timer = this.#clock.after(SWEEP_PERIOD_MS, () => this.#sweep());
  }

  #sweep(): void {
    const now = this.#clock.nowMs();
    const elapsedMs = Math.floor(now - this.#sweptAtMs);
    const late = elapsedMs > 2 * SWEEP_PERIOD_MS;
    this.nowMs += late ? SWEEP_PERIOD_MS : elapsedMs;
    // What is left of a millisecond counts with the next ones.
    this.#sweptAtMs = late ? now : this.#sweptAtMs + elapsedMs;
    // Timers run before sockets are read. Not twice on end: a loop that is always late has its deadlines, too.
    this.#passedOver = late && !this.#passedOver;
    if (!this.#passedOver) for (const entry of this.#entries) entry.sweep(this.nowMs);
    if (this.#entries.size > 0) this.#schedule();
    else this.#timer = null;
  }
}
