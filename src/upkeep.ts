import { FailedBackends } from './forwarder/failed-backend.js';
import { type LongLived, REMOVED } from './forwarder/long-lived.js';
import { namesIn, planBackends, planBackendsAnew, servicesWith } from './plans.js';
import type { Revision } from './revision.js';
import { addressText } from './service/address-text.js';
import type { Backend, BackendNews } from './service/backend.js';
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

  follow({ config, servicePlans, nameChanges }: Revision): void {
    const { state } = this.#host;
    const { names, serviceState } = state;
    // Between the building of a Revision and now ports were opened: an answer may have come, and is not told again.
    const plans = names.changes === nameChanges ? servicePlans : planBackendsAnew(servicePlans, config, state);
    serviceState.adopt(plans);
    if (this.#running) names.follow(namesIn(config));
  }

  stop(): void {
    this.#running = false;
    const { names, serviceState } = this.#host.state;
    names.stop();
    serviceState.stop();
  }

  /** Why what opens only now is not to stay: what it is on was removed, or has failed; null: it is to stay. */
  unwanted(one: LongLived): string | null {
    const { backend } = one;
    const { config, keeps } = this.#host.present();
    if (config.advanced.reload.removed === 'drain' && !keeps(one)) return REMOVED;
    return backend === null ? null : this.#failed.unwanted(backend, this.#onUnhealthy(backend));
  }

  // ── names ──

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
    const { events } = this.#host.state;
    const { serviceName: service, url } = backend;
    const address = addressText(backend.address);
    events.backendChanged?.({ service, backend: url, address, became, reason });
    const failed = became === 'unhealthy' || became === 'taken-out' || (became === 'changed' && !backend.active);
    if (failed) this.#failed.end(backend, this.#onUnhealthy(backend));
    else this.#failed.changed(backend);
  }

  #onUnhealthy({ serviceName }: Backend): 'keep' | 'drain' | 'close' {
    return this.#host.state.serviceState.plan(serviceName)?.service.traits.onUnhealthy ?? 'keep';
  }
}
