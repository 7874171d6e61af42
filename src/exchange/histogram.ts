/** Counts values by size, in plain numbers that somebody else makes a metric of. */
export class Histogram {
  /** Upper bounds, each included, in rising order; what is above the last is counted in `count` alone. */
  readonly bounds: readonly number[];
  /** How many values lay within each bound and above the one before it. */
  readonly buckets: Float64Array;
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.buckets = new Float64Array(bounds.length);
  }

  /** @param times how often this value came */
  observe(value: number, times = 1): void {
    this.sum += value * times;
    this.count += times;
    const { bounds } = this;
    for (let index = 0; index < bounds.length; index++) {
      if (value <= (bounds[index] as number)) {
        (this.buckets[index] as number) += times;
        return;
      }
    }
  }
}

/** In seconds, from half a millisecond to a minute. */
export const LATENCY_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
/** In seconds, from a second to a day. */
export const LIFETIME_BOUNDS = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600];
/** In bytes, from 64 B to 16 MiB. */
export const SIZE_BOUNDS = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];
