import type { Deadlines } from '../channel/deadlines.js';
import type { Exchange } from '../exchange/exchange.js';
import { ProxyError } from '../exchange/proxy-error.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import type { Backend } from '../service/backend.js';
import type { Lease } from '../service/lease.js';
import type { RoomWaiter } from '../service/room-queue.js';
import type { BackendWish, Service } from '../service/service.js';
import type { ForwarderHost } from './forwarder-host.js';

export interface AttemptsListener {
  /** There is a lease. @param first false after a backend failed: nothing old is trusted then */
  leased(lease: Lease, first: boolean): void;
  /** All backends are full: `leased` follows when one has room. */
  waitingForRoom(): void;
  attemptsFailed(error: ProxyError): void;
}

/** The backends that one exchange is tried on, one after the other, each under a lease. */
export class Attempts implements RoomWaiter, BackendWish {
  lease: Lease | null = null;
  tried: Set<Backend> | null = null;
  /** The backend that the client's cookie names. */
  readonly preferred: Backend | null;
  /** Of a WebSocket handshake; else null. */
  readonly tunnelPolicy: TunnelPolicy | null;
  readonly #exchange: Exchange;
  readonly #service: Service;
  readonly #deadlines: Deadlines;
  readonly #listener: AttemptsListener;
  readonly #startedAtMs: number;
  readonly #nowMs: () => number;
  /** When the head went to the present backend, on the exact clock. */
  #sentAtMs = 0;

  constructor(exchange: Exchange, service: Service, host: ForwarderHost, listener: AttemptsListener) {
    this.#exchange = exchange;
    this.#service = service;
    this.#deadlines = host.deadlines;
    this.#listener = listener;
    this.#nowMs = host.nowMs;
    this.#startedAtMs = exchange.handshakeStartedAtMs ?? host.deadlines.nowMs;
    const websocket = exchange.kind === 'websocket';
    const { sticky } = service.traits;
    this.preferred = sticky?.preferred(exchange.request.head.headers.getAll('cookie'), service.backends) ?? null;
    this.tunnelPolicy = websocket ? host.tunnelPolicy(exchange.tunnelSettings, service) : null;
  }

  get forTunnel(): boolean {
    return this.tunnelPolicy !== null;
  }

  get clientAddress(): string {
    return this.#exchange.client.address;
  }

  /** When a WebSocket handshake must have come to its 101, on the coarse clock; null: never, or there is none. */
  get handshakeEndsAtMs(): number | null {
    const limitMs = this.tunnelPolicy?.handshakeTimeoutMs ?? 0;
    return limitMs === 0 ? null : this.#startedAtMs + limitMs;
  }

  /** Leases a backend, or waits for one. @param lastError what is told where none is left to try */
  begin(lastError: ProxyError | null = null): void {
    const lease = this.#service.acquire(this);
    if (lease === 'full') {
      this.#listener.waitingForRoom();
      this.#service.wait(this);
    } else {
      this.#leased(lease, lastError);
    }
  }

  roomMade(): boolean {
    const lease = this.#service.acquire(this);
    if (lease === 'full') return false;
    this.#service.stopWaiting(this);
    this.#leased(lease, null);
    return lease !== 'none';
  }

  /** While it waits: nobody tells that the time of a backend that was taken out is over, and its trial due. */
  lookForRoom(): void {
    if (this.#service.hasRoom(this)) this.roomMade();
  }

  /** Goes on with the next available backend, within the retry policy; false where that allows no more. */
  next(error: ProxyError): boolean {
    const { lease } = this;
    const { attempts, timeoutMs } = this.#service.traits.retry;
    const limitMs = this.tunnelPolicy?.handshakeTimeoutMs ?? timeoutMs;
    const late = limitMs > 0 && this.#deadlines.nowMs - this.#startedAtMs >= limitMs;
    if (lease === null || late) return false;
    this.tried ??= new Set();
    this.tried.add(lease.backend);
    if (this.tried.size >= attempts) return false;
    this.failed(error);
    lease.release();
    this.lease = null;
    this.begin(error);
    return true;
  }

  sent(): void {
    this.#sentAtMs = this.#nowMs();
  }

  /** The head of the final response is here. */
  answered(): void {
    this.lease?.backend.latency.add(this.#nowMs() - this.#sentAtMs);
  }

  /** The present backend did what it was asked. */
  succeeded(): void {
    this.lease?.succeeded();
    this.#note(null);
  }

  /** The exchange ends, or goes on elsewhere, because of this. Not held against a backend that is not to blame. */
  failed(error: ProxyError): void {
    const blamed = error.traits.side === 'backend';
    if (blamed && error.code !== 'stream-idle-timeout') this.lease?.failed(error);
    this.#note(blamed ? error : null);
  }

  /** Has the client come back to the present backend, where its service wants that and its cookie does not say so. */
  keepClient(headers: HeaderList): void {
    const { sticky } = this.#service.traits;
    if (sticky === null || this.lease === null || this.lease.backend === this.preferred) return;
    headers.append('Set-Cookie', sticky.setCookie(this.lease.backend, this.#exchange.request.scheme === 'https'));
  }

  /** Idempotent. */
  release(): void {
    this.#service.stopWaiting(this);
    this.lease?.release();
    this.lease = null;
  }

  #note(error: ProxyError | null): void {
    if (this.lease !== null) this.#exchange.tries.push({ backend: this.lease.backend.url, error });
  }

  #leased(lease: Lease | 'none', lastError: ProxyError | null): void {
    if (lease === 'none') {
      this.#listener.attemptsFailed(lastError ?? new ProxyError('no-backend', `service ${this.#service.traits.name}`));
      return;
    }
    this.lease = lease;
    if (this.tried !== null) this.#service.traits.numbers.retries++;
    this.#listener.leased(lease, this.tried === null);
  }
}
