import { type Channel, type ChannelOwner, noOwner } from '../channel/channel.js';
import type { Sweepable } from '../channel/deadlines.js';
import { LingeringClose } from '../channel/lingering-close.js';
import { WriteProgress } from '../channel/write-progress.js';
import { Exchange, type ExchangeClient } from '../exchange/exchange.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { OFF_ROSTER } from '../exchange/roster.js';
import type { BodyFraming } from '../protocol/http1/body-framing.js';
import type { RequestHead } from '../protocol/http1/request-head.js';
import type { RequestFacts } from '../protocol/http1/request-rules.js';
import { refuseAnnouncedBody } from './announced-body.js';
import { type BodyFeed, BodyReader } from './body-reader.js';
import type { ClientEndpoint, ClientHost } from './client-host.js';
import { ClientResponse, type ResponseConnection, type UpgradedSide } from './client-response.js';
import { refusalText } from './refusal.js';
import { RequestReader } from './request-reader.js';

const NO_BYTES = Buffer.alloc(0);
/** What a client may send ahead of its response while it is watched for leaving. */
const MAX_AHEAD_BYTES = 64 * 1024;
/** Pipelined requests that are begun before others get their turn. */
const MAX_REQUESTS_PER_TURN = 64;

/**
 * Reads requests from a client, one at a time and in order, and writes their responses. What the client sends ahead
 * of its response stays with the channel.
 */
export class ClientConnection implements ChannelOwner, Sweepable, BodyFeed, ResponseConnection {
  sweepPlace = OFF_ROSTER;
  openPlace = OFF_ROSTER;
  readonly channel: Channel;
  readonly #host: ClientHost;
  readonly #endpoint: ClientEndpoint;
  readonly #closed: () => void;
  readonly #reader: RequestReader;
  readonly #writeProgress = new WriteProgress();
  #exchange: Exchange | null = null;
  #response: ClientResponse | null = null;
  #body: BodyReader | null = null;
  /** What is being taken from right now: a body that starts inside `handle` finds its first bytes here. */
  #view: Buffer = NO_BYTES;
  #at = 0;
  #to = 0;
  #deadlineMs: number;
  #lastReadMs: number;
  #keepAlive = true;
  #requests = 0;
  #over = false;

  /** @param closed called once, when the channel is closed, whoever owned it last */
  constructor(channel: Channel, endpoint: ClientEndpoint, host: ClientHost, closed: () => void) {
    this.channel = channel;
    this.#endpoint = endpoint;
    this.#host = host;
    this.#closed = closed;
    this.#reader = new RequestReader(host);
    this.#lastReadMs = host.deadlines.nowMs;
    this.#deadlineMs = this.#lastReadMs + host.limits.headerTimeoutMs;
    host.deadlines.add(this);
    channel.readAheadBytes = MAX_AHEAD_BYTES;
    channel.owner = this;
    channel.resume();
  }

  get listenerPort(): number {
    return this.#endpoint.listenerPort;
  }

  /** True between two requests. */
  get idle(): boolean {
    return this.#exchange === null && !this.#reader.started && !this.#over;
  }

  /** Ends the connection where nothing is in flight on it; else after the response that is. */
  drain(): void {
    this.#keepAlive = false;
    if (this.idle) this.#linger();
  }

  /** Ends it now: what can still be answered is answered with 503. */
  cut(): void {
    const error = new ProxyError('drained', 'still open at the end of drain_timeout');
    if (this.#exchange !== null && !this.#over) this.#response?.watcher?.onClientLost(error);
    else this.channel.destroy();
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    this.#view = bytes;
    this.#at = from;
    this.#to = to;
    this.#lastReadMs = this.#host.deadlines.nowMs;
    let begun = 0;
    while (this.#at < this.#to && !this.#over) {
      if (this.#exchange === null) {
        // The next request waits until the client takes the responses it has: else they would pile up here.
        if (this.channel.congested || this.#restsAfter(++begun)) break;
        this.#readHead();
      } else {
        const before = this.#at;
        this.#takeBody();
        // Nobody takes the body yet, or the next request waits for this one's response.
        if (this.#at === before && this.#exchange !== null) break;
      }
    }
    const taken = this.#at - from;
    this.#view = NO_BYTES;
    this.#at = 0;
    this.#to = 0;
    return taken;
  }

  onEnd(): void {
    const body = this.#body;
    if (this.#exchange === null) {
      this.#linger();
    } else if (body !== null && !body.complete) {
      this.#lost(new ProxyError('client-gone', 'the client ended the connection inside its request'));
    } else if (this.#exchange.route?.policy.halfClose === 'allow' && this.#exchange.kind !== 'websocket') {
      this.#keepAlive = false;
    } else {
      this.#lost(new ProxyError('client-gone', 'the client ended the connection'));
    }
  }

  onEndAhead(): void {
    // Requests that wait behind this one are not served either: as far as we know, nobody is there for them.
    if (this.#exchange !== null && this.#exchange.route?.policy.halfClose !== 'allow') this.onEnd();
  }

  onWritable(): void {
    if (this.#exchange === null && !this.#over) this.channel.resume();
    this.#response?.watcher?.onClientWritable();
  }

  onWriteFailed(): void {
    this.#lost(new ProxyError('client-gone', 'the client takes nothing any more'));
  }

  onClose(error: Error | null): void {
    this.#lost(new ProxyError('client-gone', error?.message ?? 'the connection was closed'));
    this.#finish();
    this.#closed();
  }

  sweep(nowMs: number): void {
    if (this.#exchange === null) {
      this.#sweepIdle(nowMs);
      return;
    }
    const limits = this.#exchange.route?.policy ?? this.#host.limits;
    const stalledMs = this.#writeProgress.stalledMs(this.channel, nowMs);
    if (limits.writeTimeoutMs > 0 && stalledMs >= limits.writeTimeoutMs) {
      this.#lost(new ProxyError('client-write-timeout', `nothing taken for ${limits.writeTimeoutMs / 1000} s`));
      return;
    }
    const silent = limits.readTimeoutMs > 0 && nowMs - this.#lastReadMs >= limits.readTimeoutMs;
    if (silent && this.#body?.wanted) {
      this.#body.fail(new ProxyError('request-timeout', `silent for ${limits.readTimeoutMs / 1000} s`));
      return;
    }
    this.#response?.watcher?.sweep(nowMs);
  }

  #sweepIdle(nowMs: number): void {
    const { writeTimeoutMs, keepaliveTimeoutMs } = this.#host.limits;
    const stalledMs = this.#writeProgress.stalledMs(this.channel, nowMs);
    if (this.channel.queuedBytes > 0) {
      // A response is on its way still: the time between two requests has not begun.
      this.#deadlineMs = Math.max(this.#deadlineMs, nowMs + keepaliveTimeoutMs);
      if (writeTimeoutMs > 0 && stalledMs >= writeTimeoutMs) this.channel.destroy(true);
    } else if (nowMs >= this.#deadlineMs) {
      if (this.#reader.started) this.#refuse(new ProxyError('header-timeout'));
      else this.#linger();
    }
  }

  pullBody(): void {
    this.#lastReadMs = this.#host.deadlines.nowMs;
    if (this.#at < this.#to) this.#takeBody();
    if (!this.#over) this.channel.resume();
  }

  holdBody(): void {
    this.channel.pause();
  }

  keepsOpen(framing: BodyFraming): boolean {
    // A response before the request was read whole: what follows on this connection could be read two ways.
    if (framing.kind === 'until-close' || this.#host.draining || this.#body?.complete !== true) this.#keepAlive = false;
    return this.#keepAlive;
  }

  responseDone(): void {
    const persistent = this.#keepAlive && this.#body?.complete === true && !this.#host.draining;
    this.#body?.abandon();
    this.#exchange = null;
    this.#response = null;
    this.#body = null;
    if (!persistent) {
      this.#linger();
      return;
    }
    this.#deadlineMs = this.#host.deadlines.nowMs + this.#host.limits.keepaliveTimeoutMs;
    this.channel.resume();
  }

  responseAborted(): void {
    this.#finish();
    this.channel.owner = new AbortedOwner(this.#closed);
    this.channel.destroy(true);
  }

  handOver(): UpgradedSide {
    this.#finish();
    // Not paused: the tunnel begins before a chunk can come, and each pause costs two system calls.
    this.channel.owner = noOwner;
    return { channel: this.channel, closed: this.#closed };
  }

  #readHead(): void {
    const wasStarted = this.#reader.started;
    let facts: RequestFacts | null;
    try {
      facts = this.#reader.read(this.#view, this.#at, this.#to);
    } catch (error) {
      this.#refuse(ProxyError.fromProtocol(error), this.#reader.head);
      return;
    }
    this.#at = this.#reader.stoppedAt;
    if (facts !== null && this.#reader.head !== null) {
      this.#begin(this.#reader.head, facts);
    } else if (!wasStarted && this.#reader.started && this.#requests > 0) {
      // The first head of a connection has its time from accept.
      this.#deadlineMs = this.#host.deadlines.nowMs + this.#host.limits.headerTimeoutMs;
    }
  }

  #begin(head: RequestHead, facts: RequestFacts): void {
    const { limits } = this.#host;
    const { framing } = facts;
    const tooLarge = refuseAnnouncedBody(framing, limits.maxBodyBytes);
    if (tooLarge !== null) {
      this.#refuse(tooLarge, head);
      return;
    }
    this.#requests++;
    const http11 = head.minorVersion === 1;
    const persistent = http11 ? !facts.connection.close : facts.connection.keepAlive;
    // Behind a refused upgrade may stand what was meant for a tunnel: it must not be read as a request.
    this.#keepAlive = this.#keepAlive && persistent && !facts.upgradeWebSocket;
    const body = new BodyReader(framing, this, 'client', limits.maxBodyBytes);
    const response = new ClientResponse(this, http11);
    this.#body = body;
    this.#response = response;
    const { peerAddress, peerPort, listenerPort, scheme, handshake } = this.#endpoint;
    const tls = handshake?.tls ?? null;
    const client: ExchangeClient = { address: peerAddress, trusted: false, peerAddress, port: peerPort, tls };
    const request = { head, facts, body, scheme, listenerPort };
    const exchange = new Exchange(this.#host.newId(), client, request, response, this.#host, this.#host.nowMs);
    this.#exchange = exchange;
    this.#host.handle(exchange);
  }

  /** True where a client that pipelines had its share of this turn. */
  #restsAfter(begun: number): boolean {
    if (begun <= MAX_REQUESTS_PER_TURN) return false;
    // The response before it asked for more: without this the rest would be told again at once.
    this.channel.pause();
    this.#host.nextTurn(() => {
      if (!this.#over) this.channel.resume();
    });
    return true;
  }

  #takeBody(): void {
    const body = this.#body;
    if (body !== null) this.#at = body.take(this.#view, this.#at, this.#to);
  }

  /** Answers what is no proper request, and ends the connection: where the next one begins nobody can know. */
  #refuse(error: ProxyError, head: RequestHead | null = null): void {
    const id = this.#host.newId();
    this.#at = this.#to;
    this.channel.writeText(refusalText(error, id, head));
    const { peerAddress, peerPort, listenerPort } = this.#endpoint;
    const { status } = error.traits;
    this.#host.requestRefused({ id, peerAddress, port: peerPort, listenerPort, error, status });
    this.#linger();
  }

  #lost(error: ProxyError): void {
    if (this.#over) return;
    const watcher = this.#response?.watcher;
    if (this.#exchange === null || watcher === null || watcher === undefined) {
      this.#finish();
      this.channel.destroy();
      return;
    }
    this.#body?.abandon();
    watcher.onClientLost(error);
  }

  #linger(): void {
    if (this.#over) return;
    this.#finish();
    new LingeringClose(this.channel, this.#host.deadlines, this.#closed);
  }

  /** This connection reads and writes no more; the channel may have another owner after it. */
  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#host.deadlines.delete(this);
    this.#response?.close();
    // A tunnel lives on for hours behind this object: it must not keep the request with it.
    this.#exchange = null;
    this.#response = null;
    this.#body = null;
    this.#reader.reset();
  }
}

/** Of a channel that is being reset: waits for its close alone. */
class AbortedOwner implements ChannelOwner {
  readonly onChunk = noOwner.onChunk;
  readonly onEnd = noOwner.onEnd;
  readonly onWritable = noOwner.onWritable;
  readonly onWriteFailed = noOwner.onWriteFailed;
  readonly onClose: () => void;

  constructor(closed: () => void) {
    this.onClose = closed;
  }
}
