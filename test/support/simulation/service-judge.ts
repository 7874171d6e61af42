import type { BackendChange } from '../../../src/exchange/backend-change.js';
import type { Clock } from '../../../src/exchange/clock.js';
import type { Exchange } from '../../../src/exchange/exchange.js';
import type { Outcome } from '../../../src/exchange/outcome.js';
import type { ErrorCode } from '../../../src/exchange/proxy-error.js';
import type { BackendOrder } from '../../../src/exchange/service-view.js';
import { addressText } from '../../../src/service/address-text.js';
import type { Backend, BackendOverride } from '../../../src/service/backend.js';
import type { Lease } from '../../../src/service/lease.js';
import type { RoomWaiter } from '../../../src/service/room-queue.js';
import type { BackendWish, Service } from '../../../src/service/service.js';
import { BackendModel } from './backend-model.js';

/** The coarse clock sees a time so much late. */
const COARSE_MS = 600;
const neverSent: ReadonlySet<ErrorCode> = new Set(['connect-refused', 'connect-failed', 'connect-timeout']);
const repeated: ReadonlySet<ErrorCode> = new Set(['backend-gone', 'response-timeout', 'backend-write-timeout']);

interface Waiting {
  readonly service: Service;
  readonly sinceMs: number;
  /** Since when it need not have waited. */
  idleSinceMs: number | null;
}

/** Follows every choice of a backend and everything that is told of backends, and says what should have been otherwise. */
export class ServiceJudge {
  readonly faults: string[] = [];
  /** How often somebody had to wait for room. */
  waits = 0;
  /** Requests of whose response a byte was sent by somebody. */
  readonly begun: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #dialTimeoutMs: number;
  readonly #models = new Map<Backend, BackendModel>();
  /** By service and address, the present one. */
  readonly #present = new Map<string, BackendModel>();
  readonly #overrides = new Map<string, BackendOverride>();
  readonly #waiting = new Map<RoomWaiter, Waiting>();
  /** The last choice for each client. */
  readonly #choices = new Map<string, { readonly service: Service; readonly wish: BackendWish }>();
  /** By client: the host of the backend whose cookie it has. */
  readonly #cookies = new Map<string, string | null>();
  /** When a trial began for the last time. */
  #triedAtMs = Number.NEGATIVE_INFINITY;
  readonly #ended = new Set<Exchange>();

  constructor(clock: Clock, dialTimeoutMs: number, begun: ReadonlySet<string>) {
    this.#clock = clock;
    this.#dialTimeoutMs = dialTimeoutMs;
    this.begun = begun;
  }

  /** Of backends that are there, or were. */
  get present(): Iterable<BackendModel> {
    return this.#present.values();
  }

  /** @param host of the backend whose cookie the client has; null: that cannot be told */
  cookieSet(clientAddress: string, host: string | null): void {
    this.#cookies.set(clientAddress, host);
  }

  modelOf(backend: Backend): BackendModel {
    const known = this.#models.get(backend);
    if (known !== undefined) return known;
    const model = new BackendModel(backend, this.#overrides);
    this.#models.set(backend, model);
    this.#present.set(`${backend.serviceName} ${addressText(backend.address)}`, model);
    return model;
  }

  chosen(service: Service, wish: BackendWish, choose: () => Lease | 'full' | 'none'): Lease | 'full' | 'none' {
    const now = this.#clock.nowMs();
    const { forTunnel, preferred, tried } = wish;
    const allowed = service.backends
      .map((backend) => this.modelOf(backend))
      .filter(({ backend }) => !tried?.has(backend));
    const available = allowed.filter((model) => model.available(now));
    const free = available.filter((model) => model.hasRoom(forTunnel));
    const choice = choose();
    const host = service.traits.sticky === null ? undefined : this.#cookies.get(wish.clientAddress);
    const own = service.backends.find(({ address }) => address.host === host);
    if (own !== undefined && preferred !== own) this.#fault(`the cookie of ${host} is not understood`);
    this.#choices.set(wish.clientAddress, { service, wish });
    if (typeof choice === 'string') {
      const expected = available.length > 0 ? 'full' : 'none';
      if (free.length > 0) this.#fault(`"${choice}" although ${urls(free)} may be chosen`);
      else if (choice !== expected) this.#fault(`"${choice}" instead of "${expected}"`);
      return choice;
    }
    const model = this.modelOf(choice.backend);
    if (!free.includes(model)) this.#fault(`${choice.backend.url} was picked, but only ${urls(free)} may be`);
    const kept = free.find(({ backend }) => backend === preferred);
    if (kept !== undefined && kept !== model)
      this.#fault(`${choice.backend.url} was picked, not ${kept.backend.url}, the client's`);
    if (model.outUntilMs !== null) this.#triedAtMs = now;
    model.leased(choice, forTunnel, now);
    return choice;
  }

  waitBegun(service: Service, waiter: RoomWaiter): void {
    this.waits++;
    this.#waiting.set(waiter, { service, sinceMs: this.#clock.nowMs(), idleSinceMs: null });
  }

  waitEnded(waiter: RoomWaiter): void {
    this.#waiting.delete(waiter);
  }

  backendChanged({ address, became, reason, service }: BackendChange): void {
    const model = this.#present.get(`${service} ${address}`);
    if (model === undefined) {
      this.#fault(`${address} became ${became}, and nobody knows it`);
      return;
    }
    const wrong = () => this.#fault(`${address} became ${became} (${reason}), which it was`);
    if (became === 'healthy' || became === 'unhealthy') {
      if (model.unhealthy === (became === 'unhealthy')) wrong();
      model.unhealthy = became === 'unhealthy';
    } else if (became === 'brought-back') {
      if (model.outUntilMs === null) wrong();
      model.outUntilMs = null;
      model.trial = null;
      model.trial = null;
    } else if (became === 'taken-out') {
      // Once more: by its trial.
      if (model.outUntilMs !== null && model.trial === null) wrong();
      const seconds = Number(/for ([\d.]+) s$/.exec(reason)?.[1]);
      model.outUntilMs = this.#clock.nowMs() + seconds * 1000;
      model.trial = null;
      model.trial = null;
    }
  }

  /** An operator says something of all addresses of a url, until null takes it back. */
  overridden(url: string, { active, weight }: BackendOrder): void {
    const before = this.#overrides.get(url) ?? { active: null, weight: null };
    this.#overrides.set(url, {
      active: active === undefined ? before.active : active,
      weight: weight === undefined ? before.weight : weight,
    });
  }

  exchangeEnded(exchange: Exchange, outcome: Outcome): void {
    if (this.#ended.has(exchange)) this.#fault(`${exchange.request.head.target} ended twice`);
    this.#ended.add(exchange);
    const choice = this.#choices.get(exchange.client.address);
    this.#choices.delete(exchange.client.address);
    const { error, tries } = outcome;
    if (error === null || choice === undefined || !this.#repeatable(exchange, error.code)) return;
    const { service, wish } = choice;
    const { retry } = service.traits;
    const now = this.#clock.nowMs();
    const late = !wish.forTunnel && retry.timeoutMs > 0 && now - exchange.startedAtMs >= retry.timeoutMs - COARSE_MS;
    if (tries.length >= retry.attempts || late) return;
    const left = service.backends
      .map((backend) => this.modelOf(backend))
      .filter((model) => !wish.tried?.has(model.backend) && model.available(now) && model.hasRoom(wish.forTunnel));
    if (left.length > 0)
      this.#fault(
        `${exchange.request.head.target} ended with ${error.code} after ${tries.length} tries, ${urls(left)} were left`,
      );
  }

  /** What has to hold between any two events. */
  look(): void {
    const now = this.#clock.nowMs();
    for (const model of this.#models.values()) {
      const miscounted = model.miscounted();
      if (miscounted !== '') this.#fault(miscounted);
    }
    for (const [waiter, waiting] of this.#waiting) this.#lookAt(waiter as RoomWaiter & BackendWish, waiting, now);
  }

  #lookAt(wish: RoomWaiter & BackendWish, waiting: Waiting, now: number): void {
    if (now - waiting.sinceMs > this.#dialTimeoutMs + COARSE_MS) {
      this.#fault(`somebody waits for room since ${now - waiting.sinceMs} ms`);
      this.#waiting.delete(wish);
    }
    const free = waiting.service.backends
      .map((backend) => this.modelOf(backend))
      .filter((model) => !wish.tried?.has(model.backend) && model.available(now) && model.hasRoom(wish.forTunnel));
    if (free.length === 0) waiting.idleSinceMs = null;
    else waiting.idleSinceMs ??= now;
    // Of a trial nobody is told, when it is due: that is found by the coarse clock.
    // Nor of room elsewhere, where whoever was told of it has taken the trial.
    const told = now - this.#triedAtMs > COARSE_MS && free.some(({ outUntilMs }) => outUntilMs === null);
    const patienceMs = told ? 0 : COARSE_MS;
    if (waiting.idleSinceMs !== null && now - waiting.idleSinceMs >= patienceMs) {
      this.#fault(`somebody waits although ${urls(free)} may be chosen`);
      this.#waiting.delete(wish);
    }
  }

  #repeatable(exchange: Exchange, code: ErrorCode): boolean {
    const { method, target } = exchange.request.head;
    if (neverSent.has(code)) return true;
    const much = Number(exchange.request.head.headers.get('x-bytes')) > 65_536;
    return method !== 'POST' && !much && repeated.has(code) && !this.begun.has(target.slice(1));
  }

  #fault(text: string): void {
    this.faults.push(`at ${Math.round(this.#clock.nowMs())} ms: ${text}`);
  }
}

function urls(models: readonly BackendModel[]): string {
  return models.map(({ backend }) => addressText(backend.address)).join(', ') || 'none';
}
