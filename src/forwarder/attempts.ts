import type { Deadlines } from '../channel/deadlines.js';
import type { Exchange } from '../exchange/exchange.js';
import { ProxyError } from '../exchange/proxy-error.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
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
  /** Of a WebSocket handshake; else null. */
  readonly tunnelPolicy: TunnelPolicy | null;
  readonly #exchange: Exchange;
  readonly #service: Service;
  readonly #deadlines: Deadlines;
  readonly #listener: AttemptsListener;
  readonly #startedAtMs: number;

  constructor(exchange: Exchange, service: Service, host: ForwarderHost, listener: AttemptsListener) {
    this.#exchange = exchange;
    this.#service = service;
    this.#deadlines = host.deadlines;
    this.#listener = listener;
    this.#startedAtMs = exchange.handshakeStartedAtMs ?? host.deadlines.nowMs;
    const websocket = exchange.kind === 'websocket';
    this.tunnelPolicy = websocket ? host.tunnelPolicy(exchange.tunnelSettings, service) : null;
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
    this.record(error);
    lease.release();
    this.lease = null;
    this.begin(error);
    return true;
  }

  /** Notes on the exchange how the present backend did. */
  record(error: ProxyError | null): void {
    if (this.lease !== null) this.#exchange.tries.push({ backend: this.lease.backend.url, error });
  }

  /** Idempotent. */
  release(): void {
    this.#service.stopWaiting(this);
    this.lease?.release();
    this.lease = null;
  }

  #leased(lease: Lease | 'none', lastError: ProxyError | null): void {
    if (lease === 'none') {
      this.#listener.attemptsFailed(lastError ?? new ProxyError('no-backend', `service ${this.#service.traits.name}`));
      return;
    }
    this.lease = lease;
    this.#listener.leased(lease, this.tried === null);
  }
}
