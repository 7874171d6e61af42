import type { BodyFraming } from '../protocol/http1/body-framing.js';
import { HeaderList } from '../protocol/http1/header-list.js';
import type { RequestHead } from '../protocol/http1/request-head.js';
import type { RequestFacts } from '../protocol/http1/request-rules.js';
import type { UpgradeOffer } from '../protocol/websocket/handshake.js';
import type { RequestBody } from './body.js';
import { transformedFraming } from './body-transform.js';
import type { ClientTls } from './client-tls.js';
import type { Expiry } from './expiry.js';
import { LocalBody } from './local-body.js';
import type { Middleware } from './middleware.js';
import type { Outcome, Try } from './outcome.js';
import { problemResponse } from './problem.js';
import { ProxyError } from './proxy-error.js';
import { reasonPhrase } from './reason-phrase.js';
import type { MutableResponseHead } from './response-head.js';
import type { ResponseWatcher, ResponseWriter } from './response-writer.js';
import type { Route } from './route.js';
import { defaultTunnelPolicy, type TunnelSettings } from './tunnel-policy.js';

export type ExchangeKind = 'http' | 'sse' | 'websocket';

/** Who asks. `address` is the real client's, behind trusted proxies too; `peerAddress` is who connected to us. */
export interface ExchangeClient {
  address: string;
  /** True where the peer is one of `trusted_proxies`. */
  trusted: boolean;
  readonly peerAddress: string;
  readonly port: number;
  /** Of the client's connection to us; null or not there: plain. */
  readonly tls?: ClientTls | null;
}

/** What the client sent, read-only. */
export interface ExchangeRequest {
  readonly head: RequestHead;
  readonly facts: RequestFacts;
  readonly body: RequestBody;
  /** Of the client's connection. */
  readonly scheme: 'http' | 'https';
  /** The port of the listener. */
  readonly listenerPort: number;
}

/** What will be sent to the backend: middlewares may change it. */
export interface BackendRequest {
  method: string;
  /** Path and query as they go on the wire. */
  target: string;
  headers: HeaderList;
}

/** A response of our own: from a middleware, or for a failure. */
export interface LocalResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** What the pipeline does at the turns of an exchange. */
export interface ExchangePhases {
  /** Runs the response phase, then `then`. Not `then` where the exchange ended meanwhile. */
  response(exchange: Exchange, head: MutableResponseHead, then: () => void): void;
  ended(exchange: Exchange, outcome: Outcome): void;
}

const noBytes = Buffer.alloc(0);

/** One client request on its way, up to its end. */
export class Exchange implements ResponseWatcher {
  /** Unique; every log line of the exchange and `X-Request-Id` carry it, as it is: of letters, digits and `_.:+/=@-`. */
  id: string;
  kind: ExchangeKind;
  readonly client: ExchangeClient;
  readonly request: ExchangeRequest;
  /** The client's side. Middlewares use `respond` and `inform` instead. */
  readonly writer: ResponseWriter;
  /** On the process's growing clock, in milliseconds. */
  readonly startedAtMs: number;
  route: Route | null = null;
  serviceName: string | null = null;
  backendRequest: BackendRequest;
  /** What the client offered in its WebSocket handshake, once that was judged. */
  upgradeOffer: UpgradeOffer | null = null;
  /** Its connections were handed to a tunnel. */
  tunnelOpened = false;
  /** What a middleware says of the tunnel's policy. */
  tunnelSettings: TunnelSettings | null = null;
  /** When its WebSocket handshake was let in, on the coarse clock; null: it has none. Counted as a tunnel from then on. */
  handshakeStartedAtMs: number | null = null;
  /** The number of the Revision it began with; 0: of none. */
  revision = 0;
  /** Set by whoever authenticates. */
  user: string | null = null;
  /** Set by the same: a tunnel ends then. Null: never. */
  expiry: Expiry | null = null;
  /** How many of the route's middlewares have run their request phase. */
  middlewaresRun = 0;
  readonly tries: Try[] = [];
  /** Events of an event stream that were relayed. */
  events = 0;
  /** The status that was sent; 0 before. */
  status = 0;
  answer: LocalResponse | null = null;
  /** True after a response phase threw: the 500 that says so does not go through it again. */
  responsePhaseFailed = false;
  /** Gives back what the exchange holds at a backend. Called when it ends, however it does. */
  release: (() => void) | null = null;
  outcome: Outcome | null = null;

  readonly #phases: ExchangePhases;
  readonly #nowMs: () => number;
  #sendTurn = 0;
  /** Of each middleware that keeps something: itself, and behind it what it keeps. */
  #states: unknown[] | null = null;

  constructor(
    id: string,
    client: ExchangeClient,
    request: ExchangeRequest,
    writer: ResponseWriter,
    phases: ExchangePhases,
    nowMs: () => number,
  ) {
    this.id = id;
    this.client = client;
    this.request = request;
    this.writer = writer;
    this.#phases = phases;
    this.#nowMs = nowMs;
    this.startedAtMs = nowMs();
    this.kind = kindOf(request);
    const target = request.facts.target;
    this.backendRequest = { method: request.head.method, target: target.rawPath + target.query, headers: emptyHeaders };
    writer.watch(this);
  }

  /** True once a response was begun, though it may wait in its phase. */
  get answered(): boolean {
    return this.#sendTurn > 0;
  }

  get ended(): boolean {
    return this.outcome !== null;
  }

  /**
   * Sends the request to this service instead of the route's. Before the request phase has ended.
   * @returns false, and changes nothing, where there is no such service
   */
  useService(name: string): boolean {
    if (this.route?.services.has(name) !== true) return false;
    this.serviceName = name;
    return true;
  }

  /** From `onRequest`: answers the request here and stops the chain. @throws RangeError for a status not of 200 to 599 */
  respond(
    status: number,
    headers: Iterable<readonly [string, string]> = [],
    body: string | Buffer = noBytes,
  ): LocalResponse {
    if (!Number.isInteger(status) || status < 200 || status > 599) throw new RangeError(`${status} is no final status`);
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.answer = { status, headers: new HeaderList(headers), body: bytes };
    return this.answer;
  }

  /** Tells the client something before the response (1xx other than 101); HTTP/1.0 clients are not told. */
  inform(status: number, headers: Iterable<readonly [string, string]> = []): void {
    if (this.ended || this.writer.headSent) return;
    this.writer.writeInformational({
      status,
      reason: reasonPhrase(status),
      minorVersion: 1,
      headers: new HeaderList(headers),
    });
  }

  /** What a middleware keeps about this exchange, made at first use. */
  stateOf<State>(middleware: Middleware, initial: () => State): State {
    const states = this.#states;
    if (states !== null) {
      for (let index = 0; index < states.length; index += 2) {
        if (states[index] === middleware) return states[index + 1] as State;
      }
    }
    const state = initial();
    this.keep(middleware, state);
    return state;
  }

  /** Has {@link stateOf} return this, from a middleware that has kept nothing yet. */
  keep(middleware: Middleware, state: unknown): void {
    // One that is pushed into an empty array has it grow to room for seventeen.
    if (this.#states === null) this.#states = [middleware, state];
    else this.#states.push(middleware, state);
  }

  /** Runs the response phase, writes the head, then calls `then`, which writes the body: framed as it is told. */
  sendHead(head: MutableResponseHead, framing: BodyFraming, then: (framing: BodyFraming) => void): void {
    // A failure while a response waits in its phase takes its place: what was to be sent before is not sent any more.
    const turn = ++this.#sendTurn;
    this.#phases.response(this, head, () => {
      if (this.ended || turn !== this.#sendTurn) return;
      this.status = head.status;
      const sent = head.transforms === undefined ? framing : transformedFraming(head, framing, this);
      this.writer.writeHead(head, sent);
      then(sent);
      this.writer.flush();
    });
  }

  /** Answers with a response of our own and ends the exchange, successfully or with `error`. */
  sendLocal(response: LocalResponse, error: ProxyError | null = null): void {
    const head: MutableResponseHead = {
      status: response.status,
      reason: reasonPhrase(response.status),
      headers: response.headers,
    };
    const bytes = response.body;
    const bodyless = response.status === 204 || response.status === 304;
    const framing: BodyFraming = bodyless ? { kind: 'none' } : { kind: 'length', bytes: bytes.length };
    if (!bodyless) head.headers.set('Content-Length', String(bytes.length));
    this.sendHead(head, framing, (sent) => {
      const bodyWanted = !bodyless && this.request.head.method !== 'HEAD';
      if (bodyWanted && head.transforms !== undefined) {
        new LocalBody(this, head.transforms, sent, error).start(bytes);
        return;
      }
      if (bodyWanted && bytes.length > 0) this.writer.writeBody(bytes, 0, bytes.length);
      this.writer.endBody();
      this.finish(error);
    });
  }

  /** Ends the exchange with a failure: a response that says so where one can still be sent, else a cut connection. */
  fail(error: ProxyError): void {
    if (this.ended) return;
    if (error.traits.status === 499) {
      this.status = this.status === 0 ? 499 : this.status;
      this.finish(error);
      this.writer.abort();
      return;
    }
    if (this.writer.headSent) {
      this.finish(error);
      this.writer.abort();
      return;
    }
    this.sendLocal(problemResponse(error, this.id, this.request.head.headers.get('accept')), error);
  }

  /** Ends the exchange: once, later calls do nothing. */
  finish(error: ProxyError | null): void {
    if (this.outcome !== null) return;
    this.outcome = {
      status: this.status,
      error,
      durationMs: this.#nowMs() - this.startedAtMs,
      requestBytes: this.request.body.bytesSeen,
      responseBytes: this.writer.bytesWritten,
      events: this.events,
      tries: this.tries,
    };
    this.release?.();
    this.#phases.ended(this, this.outcome);
  }

  onClientWritable(): void {}

  /** While middlewares are awaited; behind them the forwarder keeps the time. */
  sweep(nowMs: number): void {
    const startedAtMs = this.handshakeStartedAtMs;
    if (startedAtMs === null || this.answered) return;
    const limitMs = this.tunnelSettings?.handshakeTimeoutMs ?? defaultTunnelPolicy.handshakeTimeoutMs;
    if (limitMs === 0 || nowMs - startedAtMs < limitMs) return;
    this.fail(new ProxyError('handshake-timeout', `a middleware took ${limitMs / 1000} s`));
  }

  onClientLost(error: ProxyError): void {
    this.fail(error);
  }
}

const EVENT_STREAM = 'text/event-stream';
const emptyHeaders = new HeaderList();

function kindOf(request: ExchangeRequest): ExchangeKind {
  if (request.facts.upgradeWebSocket) return 'websocket';
  const accept = request.head.headers.getKnown('accept');
  if (accept === undefined || accept.length < EVENT_STREAM.length) return 'http';
  return accept.toLowerCase().includes(EVENT_STREAM) ? 'sse' : 'http';
}
