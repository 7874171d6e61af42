import { type Channel, type ChannelOwner, noOwner } from '../channel/channel.js';
import type { Deadlines } from '../channel/deadlines.js';
import type { Address, Dialer, DialFailure, DialListener } from '../channel/dialer.js';
import type { Counters } from '../exchange/counters.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { HeadCollector } from '../protocol/http1/head-collector.js';
import {
  hasDoubtfulEnd,
  keepAliveTimeoutSeconds,
  keepsAlive,
  responseFraming,
} from '../protocol/http1/response-framing.js';
import { parseResponseHead, type ResponseHead } from '../protocol/http1/response-head.js';
import { type BodyFeed, BodyReader } from './body-reader.js';
import { dialError } from './dial-error.js';

/** Heads of responses: an own limit, not the clients' (http.md). */
const responseHeadLimits = { maxHeadBytes: 64 * 1024, maxHeaders: 1000, maxLineBytes: 64 * 1024 };
const NO_BYTES = Buffer.alloc(0);

/** What backend connections need of the process around them. */
export interface BackendHost {
  readonly dialer: Dialer;
  readonly deadlines: Deadlines;
  readonly counters: Counters;
}

/** Whoever uses a backend connection right now. */
export interface BackendUser {
  backendConnected(): void;
  /** Connecting failed, the connection was lost, or the response is broken. The connection is closed. */
  backendFailed(error: ProxyError): void;
  /** A 1xx other than 101. */
  informationalReceived(head: ResponseHead): void;
  /** The final head, or a 101 to an upgrade. The body waits for `startBody`. */
  responseReceived(head: ResponseHead, body: BodyReader): void;
  backendWritable(): void;
  /** The backend takes no bytes any more; its response may still come. */
  backendWriteFailed(): void;
}

/** One connection to a backend: sends heads and bodies as told, reads responses, one at a time. */
export class BackendConnection implements ChannelOwner, BodyFeed, DialListener {
  channel: Channel | null = null;
  user: BackendUser | null;
  /** Responses that were read whole on this connection: above 0 it comes from the pool. */
  served = 0;
  /** True once a byte of the present response was seen. */
  responseBegun = false;
  /** The time, on the coarse clock, of the last byte from the backend or the last use. */
  activeAtMs: number;
  /** For how long it may idle by the backend's own word, in milliseconds; null: no word. */
  keepAliveMs: number | null = null;
  /** True where the last response had no body but spoke of one: it may still come. */
  doubtful = false;
  closed = false;
  /** How TLS is spoken on it. */
  readonly tls: Address['tls'];
  readonly #host: BackendHost;
  readonly #collector = new HeadCollector(responseHeadLimits, 'response');
  #cancelDial: () => void;
  #method = '';
  #upgrade = false;
  #body: BodyReader | null = null;
  #reusable = false;
  /** A 101 came: what follows is not HTTP. */
  #upgraded = false;
  #view: Buffer = NO_BYTES;
  #at = 0;
  #to = 0;
  #onClosed: () => void;

  /** Begins to connect. @param onClosed called once, when the connection is over or was given away */
  constructor(address: Address, host: BackendHost, user: BackendUser, onClosed: () => void) {
    this.#host = host;
    this.tls = address.tls;
    this.user = user;
    this.#onClosed = onClosed;
    this.activeAtMs = host.deadlines.nowMs;
    host.counters.backendConnections++;
    this.#cancelDial = host.dialer(address, this);
  }

  dialConnected(channel: Channel): void {
    this.channel = channel;
    channel.owner = this;
    this.activeAtMs = this.#host.deadlines.nowMs;
    channel.resume();
    this.user?.backendConnected();
  }

  dialFailed(error: DialFailure): void {
    this.#fail(dialError(error));
  }

  /** Makes ready for one request and its response; its head and body are written to `channel`. */
  begin(method: string, upgrade: boolean): void {
    this.#method = method;
    this.#upgrade = upgrade;
    this.#body = null;
    this.#reusable = false;
    this.responseBegun = false;
    this.activeAtMs = this.#host.deadlines.nowMs;
  }

  /** True where the response was read whole and the backend keeps the connection open. */
  get reusable(): boolean {
    const body = this.#body;
    const whole = body?.complete === true && body.leftoverBytes === 0;
    const channel = this.channel;
    // Bytes that wait are of the last request: the next one would wait behind them.
    const free = channel?.writable === true && channel.queuedBytes === 0;
    return this.#reusable && whole && !this.closed && free;
  }

  /** The user is done with it and another may follow. */
  release(): void {
    this.user = null;
    this.served++;
    this.#body = null;
    this.activeAtMs = this.#host.deadlines.nowMs;
    this.channel?.resume();
  }

  /** Closes at once. Nothing is told to the user. */
  close(): void {
    this.user = null;
    this.#body?.abandon();
    this.#end();
  }

  /** Gives the channel to a tunnel; null where it has closed meanwhile. */
  handOver(): Channel | null {
    const { channel } = this;
    if (this.closed || channel === null || channel.closed) return null;
    this.user = null;
    this.channel = null;
    // Not paused: the tunnel begins before another chunk can come.
    channel.owner = noOwner;
    this.#end();
    return channel;
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    if (this.#upgraded) return 0; // for the tunnel
    this.activeAtMs = this.#host.deadlines.nowMs;
    if (this.user === null || this.#body?.complete === true) {
      // What follows a complete response, or comes unasked, belongs to nobody (response queue poisoning).
      if (this.user === null) this.close();
      else this.#reusable = false;
      return to - from;
    }
    this.#view = bytes;
    this.#at = from;
    this.#to = to;
    while (this.#at < this.#to && this.user !== null && this.channel !== null) {
      const before = this.#at;
      if (this.#body === null) this.#readHead();
      else this.#takeBody();
      if (this.#at === before) break;
    }
    const taken = this.#at - from;
    this.#view = NO_BYTES;
    this.#at = 0;
    this.#to = 0;
    return taken;
  }

  onEnd(): void {
    if (this.user === null) {
      this.close();
      return;
    }
    this.#reusable = false;
    const gone = new ProxyError('backend-gone', 'the backend ended the connection');
    if (this.#body === null || this.#upgraded) this.#fail(gone);
    else this.#body.connectionEnded(gone);
  }

  onWritable(): void {
    this.user?.backendWritable();
  }

  onWriteFailed(): void {
    if (this.user === null) this.close();
    else this.user.backendWriteFailed();
  }

  onClose(error: Error | null): void {
    if (this.closed) return;
    const gone = new ProxyError('backend-gone', error?.message ?? 'the connection was closed', error ?? undefined);
    const body = this.#body;
    this.#reusable = false;
    if (body?.complete === true && !this.#upgraded) {
      // The response is here whole, whatever its user is still waiting for.
      this.#end();
      return;
    }
    if (this.user !== null && body !== null) body.fail(gone);
    this.#fail(gone);
  }

  pullBody(): void {
    this.activeAtMs = this.#host.deadlines.nowMs;
    if (this.#at < this.#to) this.#takeBody();
    this.channel?.resume();
  }

  holdBody(): void {
    this.channel?.pause();
  }

  #readHead(): void {
    this.responseBegun = true;
    try {
      const end = this.#collector.collect(this.#view, this.#at, this.#to);
      if (end < 0) {
        this.#at = this.#to;
        return;
      }
      const { headBytes, headStart, headEnd } = this.#collector;
      this.#at = end;
      const head = parseResponseHead(headBytes, headStart, headEnd, responseHeadLimits);
      this.#collector.reset();
      this.#headReceived(head);
    } catch (error) {
      const fault = ProxyError.fromProtocol(error);
      this.#at = this.#to;
      this.#fail(new ProxyError('bad-response', `${fault.code}: ${fault.message}`, fault));
    }
  }

  #headReceived(head: ResponseHead): void {
    // Framing fields have to make sense in a 1xx too: other parsers look at them.
    const framing = responseFraming(head, this.#method);
    if (head.status < 200 && !(head.status === 101 && this.#upgrade)) {
      if (head.status === 101) throw new ProxyError('bad-response', 'a 101 that nobody asked for');
      this.user?.informationalReceived(head);
      return;
    }
    this.#upgraded = head.status === 101;
    this.#reusable = keepsAlive(head, framing) && !this.#upgraded;
    this.doubtful = hasDoubtfulEnd(head, this.#method, framing);
    const seconds = keepAliveTimeoutSeconds(head.headers);
    this.keepAliveMs = seconds === null ? null : seconds * 1000;
    const body = new BodyReader(framing, this, 'backend');
    this.#body = body;
    if (body.complete && this.#at < this.#to) this.#reusable = false;
    this.user?.responseReceived(head, body);
  }

  #takeBody(): void {
    const body = this.#body;
    if (body === null) return;
    this.#at = body.take(this.#view, this.#at, this.#to);
  }

  #fail(error: ProxyError): void {
    const user = this.user;
    this.user = null;
    this.#body?.abandon();
    this.#end();
    user?.backendFailed(error);
  }

  #end(): void {
    if (this.closed) return;
    this.closed = true;
    this.#host.counters.backendConnections--;
    this.#cancelDial();
    if (this.channel !== null && !this.channel.closed) this.channel.destroy();
    this.#onClosed();
  }
}
