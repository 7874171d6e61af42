import { collectDefaultMetrics, Gauge, type Metric as PromMetric, Registry } from 'prom-client';
import { backendMetrics } from './backend-metrics.js';
import { EventLoopLag } from './event-loop-lag.js';
import type { Metric, MetricSources, Scrape } from './metric.js';
import { openFiles } from './open-files.js';
import { heldTotals, openTotals } from './open-totals.js';
import { processMetrics } from './process-metrics.js';
import { requestMetrics } from './request-metrics.js';
import { tunnelMetrics } from './tunnel-metrics.js';

/** Every metric of ours, in the order of `/metrics`. */
export const allMetrics: readonly Metric[] = [
  ...tunnelMetrics,
  ...requestMetrics,
  ...backendMetrics,
  ...processMetrics,
];

/**
 * They list every socket or file to count it, 30 ms a scrape with 5,000 tunnels. The first is made anew; the others say
 * what `toyou_client_connections` and `toyou_backend_connections` do.
 */
const UNWANTED = [
  'process_open_fds',
  ...['resources', 'handles', 'requests'].flatMap((what) => [`nodejs_active_${what}`, `nodejs_active_${what}_total`]),
];

/** Makes metrics of the plain numbers, when somebody asks. */
export class Metrics {
  readonly #sources: MetricSources;
  readonly #registry = new Registry();
  readonly #lag = new EventLoopLag();
  #scrape: Scrape | null = null;

  constructor(sources: MetricSources) {
    this.#sources = sources;
    for (const metric of allMetrics) this.#registry.registerMetric(asPromMetric(metric, () => this.#scrape));
    collectDefaultMetrics({ register: this.#registry });
    for (const name of UNWANTED) this.#registry.removeSingleMetric(name);
    if (openFiles() !== undefined) this.#registry.registerMetric(openFilesMetric());
    this.#lag.start();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Prometheus's text format. */
  async text(): Promise<string> {
    const { open, backends, ...sources } = this.#sources;
    const held = await heldTotals(open);
    // All of it in this turn: what ends in between would count among the open and among the ended.
    const now = { open: openTotals(open), backends: [...backends()], lag: this.#lag.take() };
    this.#scrape = { ...sources, ...now, held };
    return this.#registry.metrics();
  }

  stop(): void {
    this.#lag.stop();
    this.#registry.clear();
  }
}

function openFilesMetric(): PromMetric {
  return new Gauge({
    name: 'process_open_fds',
    help: 'Number of open file descriptors.',
    registers: [],
    collect() {
      this.set(openFiles() ?? 0);
    },
  });
}

/**
 * A metric as the registry asks for it. Its own classes count by themselves, label by label; ours are counted already,
 * and a histogram cannot be filled from outside.
 */
function asPromMetric(metric: Metric, scrape: () => Scrape | null): PromMetric {
  const { name, help, type } = metric;
  const get = async () => {
    const now = scrape();
    return { name, help, type, aggregator: 'sum', values: now === null ? [] : [...metric.samples(now)] };
  };
  return { name, help, type, get, reset: () => {} } as unknown as PromMetric;
}
