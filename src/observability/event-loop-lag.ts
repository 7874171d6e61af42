import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** How often it looks; what it measures is this and the lag. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

/** How much later than it should the event loop came round, since somebody asked last; in seconds. */
export class EventLoopLag {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#delays.enable();
  }

  stop(): void {
    this.#delays.disable();
  }

  take(): Readonly<Record<'mean' | 'p99' | 'max', number>> {
    const delays = this.#delays;
    const seen = delays.count > 0;
    const lag = (delay: number): number => (seen ? Math.max(0, delay / NANOSECONDS - RESOLUTION_MS / 1000) : 0);
    const taken = { mean: lag(delays.mean), p99: lag(delays.percentile(99)), max: lag(delays.max) };
    delays.reset();
    return taken;
  }
}
