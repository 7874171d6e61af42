import type { Clock, Timer } from '../../src/exchange/clock.js';

interface Pending {
  readonly atMs: number;
  readonly run: () => void;
}

const FIRST_WALL_MS = Date.UTC(2026, 0, 1);

/** Time that stands still until it is advanced: no test waits for it. */
export class ManualClock implements Clock {
  readonly #pending = new Set<Pending>();
  #nowMs = 0;

  readonly nowMs = (): number => this.#nowMs;
  readonly wallMs = (): number => FIRST_WALL_MS + this.#nowMs;

  after(delayMs: number, run: () => void): Timer {
    const pending = { atMs: this.#nowMs + delayMs, run };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** Lets time pass: every timer that falls due runs at its own time, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(untilMs); next !== null; next = this.#next(untilMs)) {
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = untilMs;
  }

  /** Time goes on, and nothing runs: the machine sleeps. What fell due runs late, as soon as time is let pass. */
  sleep(ms: number): void {
    this.#nowMs += ms;
  }

  #next(untilMs: number): Pending | null {
    let first: Pending | null = null;
    for (const pending of this.#pending) {
      if (pending.atMs <= untilMs && (first === null || pending.atMs < first.atMs)) first = pending;
    }
    return first;
  }
}
