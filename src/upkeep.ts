import { FailedBackends } from './forwarder/failed-backend.js';
import { hasNames, namesIn, planBackends, servicesWith } from './plans.js';
import type { Revision } from './revision.js';
import { addressText } from './service/address-text.js';
import type { Backend, BackendNews } from './service/backend.js';
import type { ServicePlan } from './service/service-state.js';
import type { State } from './state.js';

interface UpkeepHost {
  readonly state: State;
  present(): Revision;
  /** Backends are gone without a reload: what is open on them follows `reload.removed`. */
  backendsRemoved(): void;
}

/** What keeps services up to date beside the path: active checks, names, and what follows where a backend failed. */
export class Upkeep {
  readonly #host: UpkeepHost;
  readonly #failed: FailedBackends;
  #running = false;

  constructor(host: UpkeepHost) {
    this.#host = host;
    const { clock, longLived, names, serviceState } = host.state;
    this.#failed = new FailedBackends(longLived, clock);
    serviceState.listener = (backend, news) => this.#backendChanged(backend, news);
    names.listener = this;
  }

  /** Nothing is asked of anybody before it. */
  start(): void {
    const { state } = this.#host;
    this.#running = true;
    state.serviceState.start(state);
    this.follow(this.#host.present());
  }

  follow(revision: Revision): void {
    const { config } = revision;
    const { names, serviceState } = this.#host.state;
    serviceState.adopt(this.#presentPlans(revision));
    if (this.#running) names.follow(namesIn(config));
  }

  stop(): void {
    this.#running = false;
    const { names, serviceState } = this.#host.state;
    names.stop();
    serviceState.stop();
  }

  // ── names ──

  /** A name may have got another answer since the plans were made: a reload waits for its ports. */
  #presentPlans({ config, servicePlans }: Revision): ReadonlyMap<string, ServicePlan> {
    const plans = new Map(servicePlans);
    for (const [name, plan] of servicePlans) {
      if (!hasNames(name, config)) continue;
      const backends = planBackends(name, config, this.#host.state);
      plan.service.useBackends(backends.map(({ backend }) => backend));
      plans.set(name, { ...plan, backends });
    }
    return plans;
  }

  changed(name: string): void {
    const { state } = this.#host;
    const { config } = this.#host.present();
    for (const service of servicesWith(name, config)) {
      state.serviceState.useBackends(service, planBackends(service, config, state));
    }
    const addresses = (state.names.answerOf(name) ?? []).map(({ host }) => host);
    state.log.write('info', 'backend addresses changed', { name, addresses });
    this.#host.backendsRemoved();
  }

  lookupFailed(name: string, reason: string): void {
    const known = this.#host.state.names.answerOf(name)?.length ?? 0;
    this.#host.state.log.write('warn', 'backend name not resolved', { name, reason, addresses_kept: known });
  }

  lookupRecovered(name: string): void {
    this.#host.state.log.write('info', 'backend name resolved again', { name });
  }

  // ── backends ──

  #backendChanged(backend: Backend, { became, reason }: BackendNews): void {
    const { events, serviceState } = this.#host.state;
    const { serviceName: service, url } = backend;
    const address = addressText(backend.address);
    events.backendChanged?.({ service, backend: url, address, became, reason });
    const failed = became === 'unhealthy' || became === 'taken-out' || (became === 'changed' && !backend.active);
    const how = serviceState.plan(service)?.service.traits.onUnhealthy ?? 'keep';
    if (failed) this.#failed.end(backend, how);
    else this.#failed.changed(backend);
  }
}
