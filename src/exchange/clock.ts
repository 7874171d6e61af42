import { performance } from 'node:perf_hooks';

/** Time as a parameter: the process uses the real one, the simulation its own. */
export interface Clock {
  /** Milliseconds that only grow, for deadlines and durations. */
  nowMs(): number;
  /** Milliseconds since 1970, for log lines. */
  wallMs(): number;
  /** Runs `run` once, `delayMs` from now. Never holds the process open. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  /** Idempotent. */
  cancel(): void;
}

export const systemClock: Clock = {
  // Imported: the global of this name is a getter, looked up at each call.
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** A number from 0 up to, but not including, 1. */
export type Random = () => number;
