import { WriteProgress } from '../channel/write-progress.js';
import type { BackendConnection, BackendUser } from '../connection/backend-connection.js';
import type { BodyReader } from '../connection/body-reader.js';
import type { Exchange } from '../exchange/exchange.js';
import { ProxyError } from '../exchange/proxy-error.js';
import type { ResponseWatcher } from '../exchange/response-writer.js';
import { OFF_ROSTER } from '../exchange/roster.js';
import type { RoutePolicy } from '../exchange/route.js';
import type { ResponseHead } from '../protocol/http1/response-head.js';
import type { Lease } from '../service/lease.js';
import type { Service } from '../service/service.js';
import { Attempts, type AttemptsListener } from './attempts.js';
import { backendHead } from './backend-headers.js';
import { clientHeadOf } from './client-head.js';
import type { ForwarderHost } from './forwarder-host.js';
import { Informational } from './informational.js';
import type { LongLived } from './long-lived.js';
import { openStream } from './open-stream.js';
import { type ForwardingStep, overdue } from './overdue.js';
import { endsTry, repetitionOf } from './repetition.js';
import { isIdempotent, RequestRelay } from './request-relay.js';
import { ResponseRelay, type ResponseRelayListener, retryField } from './response-relay.js';
import { openTunnel } from './upgrade.js';

/**
 * Has one exchange served by a backend:
 * 1. lease a backend of the service, or wait until one has room
 * 2. take an idle connection to it, or connect
 * 3. send the head, and the body behind it
 * 4. relay the response, or hand a verified upgrade to a tunnel
 * 5. give the connection and the lease back
 * What fails before the response began may be tried again: on a fresh connection, or on the next backend.
 */
export class Forwarding implements BackendUser, ResponseWatcher, AttemptsListener, ResponseRelayListener, LongLived {
  openPlace = OFF_ROSTER;
  readonly exchange: Exchange;
  readonly #host: ForwarderHost;
  readonly #policy: RoutePolicy;
  readonly #service: Service;
  readonly #attempts: Attempts;
  readonly #request: RequestRelay;
  readonly #informational: Informational;
  readonly #backendProgress = new WriteProgress();
  readonly #repeatable: boolean;
  #connection: BackendConnection | null = null;
  #step: ForwardingStep = 'leasing';
  #stepAtMs = 0;
  #fresh = false;
  #bodyStarted = false;
  #response: ResponseRelay | null = null;

  constructor(exchange: Exchange, policy: RoutePolicy, service: Service, host: ForwarderHost) {
    this.exchange = exchange;
    this.#policy = policy;
    this.#service = service;
    this.#host = host;
    this.#attempts = new Attempts(exchange, service, host, this);
    this.#repeatable = isIdempotent(exchange.backendRequest.method);
    this.#request = new RequestRelay(this.#repeatable, host.deadlines, (error) => this.#fail(error));
    this.#informational = new Informational(exchange);
  }

  get backend(): Lease['backend'] | null {
    return this.#attempts.lease?.backend ?? null;
  }

  start(): void {
    this.exchange.writer.watch(this);
    this.exchange.release = () => this.#end();
    this.#attempts.begin();
  }

  // ── 1. lease ──

  waitingForRoom(): void {
    this.#enter('waiting');
  }

  attemptsFailed(error: ProxyError): void {
    this.#fail(error);
  }

  // ── 2. connect ──

  leased(lease: Lease, first: boolean): void {
    this.#connect(lease, !first);
  }

  #connect(lease: Lease, fresh: boolean): void {
    const { pool } = lease.backend;
    const idle = fresh ? null : pool.takeIdle(this, this.#repeatable);
    this.#fresh = idle === null;
    if (idle !== null) {
      this.#connection = idle;
      this.#send(idle);
      return;
    }
    this.#enter('connecting');
    this.#connection = pool.connect(this);
  }

  backendConnected(): void {
    if (this.#connection !== null) this.#send(this.#connection);
  }

  // ── 3. send ──

  #send(connection: BackendConnection): void {
    const { channel } = connection;
    const { backend, exchange } = this;
    if (channel === null || backend === null) return;
    this.#enter('sent');
    connection.begin(exchange.backendRequest.method, exchange.kind === 'websocket');
    this.#attempts.sent();
    this.#request.begin(channel, backendHead(exchange, this.#service.traits.proxyHost, backend));
    if (!this.#bodyStarted) {
      this.#bodyStarted = true;
      exchange.request.body.start(this.#request);
    } else if (!exchange.request.body.complete) {
      exchange.request.body.resume();
    }
    this.#request.flush();
  }

  backendWritable(): void {
    this.exchange.request.body.resume();
  }

  backendWriteFailed(): void {
    this.#request.detach();
    this.exchange.request.body.resume();
  }

  // ── 4. relay ──

  informationalReceived(head: ResponseHead): void {
    this.#informational.received(head, this.#host.deadlines.nowMs);
  }

  responseReceived(head: ResponseHead, body: BodyReader): void {
    const exchange = this.exchange;
    this.#enter('responding');
    this.#attempts.answered();
    if (head.status === 101) {
      this.#upgrade(head);
      return;
    }
    const { clientHead, framing, isEventStream } = clientHeadOf(exchange, head, body, this.#host.rules);
    const relay = new ResponseRelay(exchange, body, framing, this);
    this.#response = relay;
    this.#attempts.keepClient(clientHead.headers);
    if (isEventStream) {
      // It may go on for hours: what is to be known of the backend is known.
      this.#attempts.lease?.succeeded();
      exchange.kind = 'sse';
      openStream(this, this.#connection, this.#host);
    } else if (exchange.kind === 'sse') {
      exchange.kind = 'http';
    }
    exchange.sendHead(clientHead, framing, (sent) => {
      if (clientHead.transforms !== undefined) relay.startTransformed(clientHead.transforms, sent);
      else relay.start(isEventStream && !clientHead.headers.hasKnown('content-encoding'));
    });
  }

  #upgrade(head: ResponseHead): void {
    const connection = this.#connection;
    const { lease, tunnelPolicy: policy } = this.#attempts;
    if (connection === null || lease === null || policy === null) return;
    openTunnel(this.exchange, head, { connection, lease, policy }, this.#host, {
      agreed: (headers) => this.#attempts.keepClient(headers),
      opened: () => {
        this.#attempts.succeeded();
        this.#attempts.lease = null;
        this.#connection = null;
        this.#end();
        // The tunnel keeps the exchange, not what brought it about.
        this.exchange.release = null;
      },
      refused: (error) => this.#fail(error),
    });
  }

  onClientWritable(): void {
    this.#response?.resume();
  }

  // ── 5. give back ──

  responseRelayed(): void {
    const connection = this.#connection;
    const backend = this.#attempts.lease?.backend;
    this.#attempts.succeeded();
    this.#connection = null;
    if (connection?.reusable && this.#request.complete && backend !== undefined) backend.pool.put(connection);
    else connection?.close();
    this.#end();
    this.exchange.writer.endBody();
    this.exchange.finish(null);
  }

  #end(): void {
    if (this.#step === 'over') return;
    this.#step = 'over';
    this.#host.longLived.delete(this);
    this.#request.detach();
    this.#response?.stop();
    this.#connection?.close();
    this.#connection = null;
    this.#attempts.release();
  }

  // ── what goes wrong ──

  backendFailed(error: ProxyError): void {
    const connection = this.#connection;
    this.#connection = null;
    this.#request.detach();
    if (this.#step === 'over' || connection === null) return;
    const repeatable = this.#repeatable && this.#request.repeatable && !connection.responseBegun;
    const { lease } = this.#attempts;
    // What comes of the body meanwhile stays with the client's connection: it would not be held for the next try.
    if (this.#bodyStarted) this.exchange.request.body.pause();
    const repetition = repetitionOf({ step: this.#step, code: error.code, repeatable, fresh: this.#fresh });
    if (repetition === 'same' && lease !== null) this.#connect(lease, true);
    else if (repetition === null || !this.#attempts.next(error)) this.#fail(error);
  }

  responseFailed(error: ProxyError): void {
    this.#fail(error);
  }

  onClientLost(error: ProxyError): void {
    this.#fail(error);
    // Also where another failure is still waiting to be told: the client is not there to hear it.
    this.exchange.fail(error);
  }

  #fail(error: ProxyError): void {
    if (this.#step === 'over') return;
    this.#attempts.failed(error);
    this.#end();
    this.exchange.fail(error);
  }

  // ── time ──

  #enter(step: ForwardingStep): void {
    this.#step = step;
    this.#stepAtMs = this.#host.deadlines.nowMs;
  }

  sweep(nowMs: number): void {
    const connection = this.#connection;
    if (this.#step === 'waiting' && this.#attempts.roomMade()) return;
    if (this.#step === 'sent') this.#informational.sweep(nowMs - this.#stepAtMs);
    const error = overdue(
      {
        step: this.#step,
        stepAtMs: this.#stepAtMs,
        handshakeEndsAtMs: this.#response === null ? this.#attempts.handshakeEndsAtMs : null,
        backendAtMs: connection?.activeAtMs ?? nowMs,
        informedAtMs: this.#informational.receivedAtMs,
        requestAtMs: this.#request.activeAtMs,
        responseWanted: this.#response?.wanted === true,
        eventStream: this.exchange.kind === 'sse',
        stalledMs: connection?.channel ? this.#backendProgress.stalledMs(connection.channel, nowMs) : 0,
      },
      this.#policy,
      nowMs,
    );
    if (error === null) return;
    if (endsTry(this.#step, error.code)) {
      connection?.close();
      this.backendFailed(error);
    } else if (error.code === 'stream-idle-timeout') this.#endStream(error);
    else this.#fail(error);
  }

  /** Ends an event stream that was silent too long: politely where no event is half through. */
  #endStream(error: ProxyError): void {
    this.#response?.endAtBoundary('', () => this.#streamEnded(error));
    this.#fail(error);
  }

  drain(): void {
    this.#response?.endAtBoundary(retryField(this.#policy.sseRetry, this.#host.random), () => this.#streamEnded(null));
  }

  cut(): void {
    this.#fail(new ProxyError('drained', 'still open at the end of drain_timeout'));
  }

  #streamEnded(error: ProxyError | null): void {
    this.#end();
    this.exchange.writer.endBody();
    this.exchange.finish(error);
  }
}
