import type { Counters } from '../exchange/counters.js';
import type { Histogram } from '../exchange/histogram.js';
import type { OpenConnection } from '../exchange/open-connection.js';
import type { BackendTotal } from '../exchange/service-view.js';
import type { TunnelNumbers } from '../exchange/tunnel-numbers.js';
import type { EventLoopLag } from './event-loop-lag.js';
import type { heldTotals, OpenTotals } from './open-totals.js';
import type { RequestNumbers } from './request-numbers.js';

/** Where the numbers are. All of them are plain fields that go on whether anybody asks or not. */
export interface MetricSources {
  readonly counters: Counters;
  readonly requests: RequestNumbers;
  readonly tunnels: Iterable<TunnelNumbers>;
  /** Tunnels and event streams. */
  readonly open: Iterable<OpenConnection>;
  /** Reloads by their result. */
  readonly reloads: Iterable<readonly [string, number]>;
  /** The number of the Revision that serves. */
  revision(): number;
  /** By service and url. */
  backends(): Iterable<BackendTotal>;
}

/** The same for one scrape: what must be added up is added up once. */
export interface Scrape extends Omit<MetricSources, 'open' | 'backends'> {
  readonly backends: readonly BackendTotal[];
  readonly open: OpenTotals;
  readonly held: Awaited<ReturnType<typeof heldTotals>>;
  readonly lag: ReturnType<EventLoopLag['take']>;
}

export type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  /** Where it is not the metric's own: the lines of a histogram. */
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** One metric: the array of all of them is what `/metrics` says. */
export interface Metric {
  readonly name: `toyou_${string}`;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  samples(scrape: Scrape): Iterable<Sample>;
}

/** The lines of a histogram, each bucket with all that lies below it. */
export function* histogramSamples(name: string, histogram: Histogram, labels: Labels): Generator<Sample, void> {
  let below = 0;
  for (const [index, bound] of histogram.bounds.entries()) {
    below += histogram.buckets[index] ?? 0;
    yield { metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: below };
  }
  yield { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: histogram.count };
  yield { metricName: `${name}_sum`, labels, value: histogram.sum };
  yield { metricName: `${name}_count`, labels, value: histogram.count };
}
