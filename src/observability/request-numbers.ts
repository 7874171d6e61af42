import type { ProxyEvents, Refusal } from '../exchange/events.js';
import type { Exchange } from '../exchange/exchange.js';
import { Histogram, LATENCY_BOUNDS } from '../exchange/histogram.js';
import type { Outcome } from '../exchange/outcome.js';
import { ByRoute } from './by-route.js';

/** Methods with a label of their own; a client may send any word. */
export const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other'] as const;

const OTHER_METHOD = KNOWN_METHODS.length - 1;
/** Above any status. */
const STATUSES = 1000;
const SWITCHING_PROTOCOLS = 101;

/** What all requests of a route and service have counted together. Only grows. */
export class RouteNumbers {
  readonly route: string;
  readonly service: string;
  /** How many ended, by method and status in one number. */
  readonly #ended = new Map<number, number>();
  /** From the request's first byte to its end, in seconds; tunnels and event streams apart. */
  readonly seconds = new Histogram(LATENCY_BOUNDS);
  /** Events of event streams that have ended. */
  streamEvents = 0;
  /** Tries after the first. */
  retries = 0;

  constructor(route: string, service: string) {
    this.route = route;
    this.service = service;
  }

  ended(method: string, status: number): void {
    const known = KNOWN_METHODS.indexOf(method as (typeof KNOWN_METHODS)[number]);
    const key = (known === -1 ? OTHER_METHOD : known) * STATUSES + status;
    this.#ended.set(key, (this.#ended.get(key) ?? 0) + 1);
  }

  *requests(): Generator<{ readonly method: string; readonly status: number; readonly count: number }, void> {
    for (const [key, count] of this.#ended) {
      yield { method: KNOWN_METHODS[Math.floor(key / STATUSES)] ?? 'other', status: key % STATUSES, count };
    }
  }
}

/** Tries that failed for one reason at one backend. */
export interface BackendFailures {
  readonly service: string;
  readonly backend: string;
  readonly code: string;
  count: number;
}

/** Counts requests: a wing that keeps plain numbers, which are made metrics of when somebody asks. */
export class RequestNumbers implements ProxyEvents, Iterable<RouteNumbers> {
  readonly #routes = new ByRoute((route, service) => new RouteNumbers(route, service));
  readonly #failures = new Map<string, BackendFailures>();
  /** Requests that never were an exchange, by error code. */
  readonly refused = new Map<string, number>();
  connectionsRefused = 0;
  /** TLS connections that never came to their first request. */
  handshakesFailed = 0;

  [Symbol.iterator](): Generator<RouteNumbers, void> {
    return this.#routes[Symbol.iterator]();
  }

  get failures(): Iterable<BackendFailures> {
    return this.#failures.values();
  }

  requestRefused({ error }: Refusal): void {
    this.refused.set(error.code, (this.refused.get(error.code) ?? 0) + 1);
  }

  /** A tunnel's exchange ends with it, which may be in a month: as a request it ends here. */
  tunnelOpened(exchange: Exchange): void {
    this.#count(exchange, SWITCHING_PROTOCOLS, exchange);
  }

  exchangeEnded(exchange: Exchange, outcome: Outcome): void {
    if (exchange.kind === 'websocket' && outcome.status === SWITCHING_PROTOCOLS) return;
    const numbers = this.#count(exchange, outcome.status, outcome);
    if (exchange.kind === 'sse') numbers.streamEvents += outcome.events;
    else numbers.seconds.observe(outcome.durationMs / 1000);
  }

  tunnelClosed(): void {}

  connectionRefused(): void {
    this.connectionsRefused++;
  }

  handshakeFailed(): void {
    this.handshakesFailed++;
  }

  #count(exchange: Exchange, status: number, { tries }: Pick<Outcome, 'tries'>): RouteNumbers {
    const numbers = this.#routes.of(exchange.route?.name ?? '', exchange.serviceName ?? '');
    numbers.ended(exchange.request.head.method, status);
    if (tries.length > 1) numbers.retries += tries.length - 1;
    for (const { backend, error } of tries) if (error !== null) this.#failed(numbers.service, backend, error.code);
    return numbers;
  }

  #failed(service: string, backend: string, code: string): void {
    const key = `${code} ${backend} ${service}`;
    const failures = this.#failures.get(key);
    if (failures === undefined) this.#failures.set(key, { service, backend, code, count: 1 });
    else failures.count++;
  }
}
