import type { AdminHost } from './admin/admin-host.js';
import { AdminListener } from './admin/admin-listener.js';
import type { Clock } from './exchange/clock.js';
import type { Counters } from './exchange/counters.js';
import { type ProxyEvents, tellBoth } from './exchange/events.js';
import type { Log } from './exchange/log.js';
import type { BackendOrder, BackendView, ServiceView } from './exchange/service-view.js';
import type { TunnelNumbersTable } from './exchange/tunnel-numbers.js';
import { createCoreLog } from './observability/core-log.js';
import type { Metrics } from './observability/metrics.js';
import { ReloadNumbers } from './observability/reload-numbers.js';
import { RequestNumbers } from './observability/request-numbers.js';
import { backendTotals } from './service/backend-totals.js';
import type { Service } from './service/service.js';
import type { ServiceState } from './service/service-state.js';
import { backendsMeant, serviceView } from './service/service-view.js';
import { Tracker } from './tracker/tracker.js';

/** Plain numbers that only grow: what metrics are made of. */
export interface Numbers {
  readonly requests: RequestNumbers;
  readonly tunnels: TunnelNumbersTable;
  readonly reloads: ReloadNumbers;
}

/** The process, as far as the wings look at it or are asked to change it. */
export interface WingsHost extends Pick<AdminHost, 'reload' | 'drain'> {
  readonly counters: Counters;
  readonly serviceState: ServiceState;
  listening(): boolean;
  draining(): boolean;
  /** The number of the Revision that serves. */
  revision(): number;
  /** Of that Revision. */
  services(): Iterable<Service>;
}

interface WingsParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly tunnels: TunnelNumbersTable;
  /** Somebody else who is told. */
  readonly events: ProxyEvents | undefined;
  readonly host: WingsHost;
}

/** What stands beside the path: told by events, and never asked in it. */
export class Wings {
  readonly tracker: Tracker;
  readonly numbers: Numbers;
  readonly events: ProxyEvents;
  readonly admin: AdminListener;
  readonly #host: WingsHost;
  #metrics: Promise<Metrics> | null = null;

  constructor({ log, clock, tunnels, events, host }: WingsParts) {
    this.#host = host;
    this.tracker = new Tracker(clock);
    this.numbers = { requests: new RequestNumbers(), tunnels, reloads: new ReloadNumbers() };
    const told = [
      createCoreLog(log, clock),
      this.tracker,
      this.numbers.requests,
      ...(events === undefined ? [] : [events]),
    ];
    this.events = told.reduce((first, second) => tellBoth(first, second));
    this.admin = new AdminListener({
      tracker: this.tracker,
      log,
      unready: () => this.#unready(),
      metrics: () => this.metrics(),
      services: () => this.services(),
      changeBackends: (...order) => this.changeBackends(...order),
      reload: (dryRun) => host.reload(dryRun),
      drain: () => host.drain(),
    });
  }

  /** In Prometheus's text format. */
  async metrics(): Promise<string> {
    this.#metrics ??= this.#makeMetrics();
    return (await this.#metrics).text();
  }

  /** Those of the configuration that serves, as they are right now. */
  services(): readonly ServiceView[] {
    return [...this.#host.services()].map((service) => this.#view(service));
  }

  /**
   * Says something of a backend instead of the configuration, until null takes that back; survives reloads.
   * @param word its id, or a url as written: all its addresses
   * @returns those that were meant, as they are then; empty: there are none; null: there is no such service
   */
  changeBackends(name: string, word: string, order: BackendOrder): readonly BackendView[] | null {
    const { serviceState } = this.#host;
    const service = [...this.#host.services()].find(({ traits }) => traits.name === name);
    if (service === undefined) return null;
    const meant = backendsMeant(word, service);
    for (const place of new Set(meant.values())) serviceState.override(place, order);
    return this.#view(service).backends.filter(({ id }) => meant.has(id));
  }

  close(): void {
    this.admin.close();
    void this.#metrics?.then((metrics) => metrics.stop());
    this.#metrics = null;
  }

  /** Loaded when somebody asks for the first time. */
  async #makeMetrics(): Promise<Metrics> {
    const { Metrics } = await import('./observability/metrics.js');
    const { counters, serviceState, revision } = this.#host;
    const backends = () => backendTotals(this.#host.services(), serviceState);
    return new Metrics({ ...this.numbers, counters, open: this.tracker, revision, backends });
  }

  #view(service: Service): ServiceView {
    return serviceView(service, this.#host.serviceState.plan(service.traits.name)?.strategy ?? '');
  }

  #unready(): string[] {
    const host = this.#host;
    if (host.draining()) return ['draining'];
    if (!host.listening()) return ['the listeners are not open'];
    return [...host.services()]
      .filter(({ backends }) => !backends.some(({ available }) => available))
      .map(({ traits }) => `service ${traits.name} has no backend that is available`);
  }
}
