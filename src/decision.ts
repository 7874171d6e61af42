import { refuseAnnouncedBody } from './connection/announced-body.js';
import type { RequestBody } from './exchange/body.js';
import { Exchange, type ExchangeKind } from './exchange/exchange.js';
import { type Phase, ProxyError } from './exchange/proxy-error.js';
import type { ResponseWriter } from './exchange/response-writer.js';
import type { Route } from './exchange/route.js';
import type { TunnelPolicy } from './exchange/tunnel-policy.js';
import { decide } from './pipeline.js';
import type { BodyFraming } from './protocol/http1/body-framing.js';
import { parseRequestHead, type RequestHead } from './protocol/http1/request-head.js';
import { judgeRequestHead, type RequestFacts } from './protocol/http1/request-rules.js';
import type { Revision } from './revision.js';
import type { RouteTrace, TracedRule } from './router/route-trace.js';
import type { Service } from './service/service.js';

export type { RouteTrace, TracedRule };

/** A request that nobody sends. */
export interface AskedRequest {
  /** Its head as it would stand on the wire, with its empty line. */
  readonly head: Buffer;
  readonly listenerPort: number;
  readonly scheme: 'http' | 'https';
}

/** What would become of a request. What lies behind a refusal is null. */
export interface Decision {
  readonly head: RequestHead | null;
  readonly facts: RequestFacts | null;
  readonly kind: ExchangeKind;
  readonly trace: RouteTrace | null;
  readonly route: Route | null;
  readonly service: Service | null;
  /** Path and query as the backend would get them. */
  readonly target: string | null;
  /** What a tunnel would be held to; null: it would be none. */
  readonly tunnelPolicy: TunnelPolicy | null;
  /** Why it would be refused; null: it goes to a backend, unless a middleware answers or a limit is reached. */
  readonly error: ProxyError | null;
}

/**
 * Asks what a running proxy asks, in its order: the reader of heads, the router, the route, those middlewares that can
 * judge without doing anything, the service.
 */
export function decideOn(request: AskedRequest, revision: Revision): Decision {
  const { services } = revision.forwarder;
  const nothing = { head: null, facts: null, kind: 'http', trace: null, route: null, service: null } as const;
  let read: { head: RequestHead; facts: RequestFacts };
  try {
    read = readHead(request.head, revision);
  } catch (error) {
    return { ...nothing, target: null, tunnelPolicy: null, error: ProxyError.fromProtocol(error) };
  }
  const exchange = exchangeFor(read.head, read.facts, request);
  const { kind } = exchange;
  const error = refusalOf(exchange, revision);
  const { facts, head } = read;
  // What is refused before the router is asked has no route.
  const routed = exchange.route !== null || error?.code === 'no-route';
  const service = services.get(exchange.serviceName ?? '') ?? null;
  const pastTheTarget = error === null || PAST_THE_TARGET.has(error.traits.phase);
  const isTunnel = kind === 'websocket' && pastTheTarget && service !== null;
  const trace = () => revision.router.trace(request.listenerPort, facts.host, facts.target.matchPath, head.method);
  return {
    head,
    facts,
    kind,
    trace: routed ? trace() : null,
    route: exchange.route,
    service,
    target: pastTheTarget ? exchange.backendRequest.target : null,
    tunnelPolicy: isTunnel ? revision.forwarder.tunnelPolicy(exchange.tunnelSettings, service) : null,
    error,
  };
}

/** Refusals of these phases come when the target at the backend is known. */
const PAST_THE_TARGET: ReadonlySet<Phase> = new Set(['middleware', 'connect']);

function readHead(bytes: Buffer, revision: Revision): { head: RequestHead; facts: RequestFacts } {
  const head = parseRequestHead(bytes, 0, bytes.length, revision.limits.head);
  const facts = judgeRequestHead(head, revision.forwarder.rules.pseudonym);
  const tooLarge = refuseAnnouncedBody(facts.framing, revision.limits.maxBodyBytes);
  if (tooLarge !== null) throw tooLarge;
  return { head, facts };
}

function refusalOf(exchange: Exchange, revision: Revision): ProxyError | null {
  try {
    decide(exchange, revision);
  } catch (error) {
    return ProxyError.fromProtocol(error);
  }
  const refused = judgedBy(exchange);
  if (refused !== null) return refused;
  const service = revision.forwarder.services.get(exchange.serviceName ?? '');
  return service?.backends.some(({ available }) => available) ? null : new ProxyError('no-backend');
}

/** The first refusal counts; those behind it are asked too, for what they say of a tunnel. */
function judgedBy(exchange: Exchange): ProxyError | null {
  let first: ProxyError | null = null;
  for (const middleware of exchange.route?.middlewares ?? []) {
    try {
      middleware.judge?.(exchange);
    } catch (error) {
      first ??= error instanceof ProxyError ? error : new ProxyError('middleware-failed', String(error), error);
    }
  }
  return first;
}

function exchangeFor(head: RequestHead, facts: RequestFacts, { listenerPort, scheme }: AskedRequest): Exchange {
  const client = { address: '', trusted: false, peerAddress: '', port: 0 };
  const request = { head, facts, body: noBodyYet(facts.framing), scheme, listenerPort };
  const phases = { response: () => {}, ended: () => {} };
  return new Exchange('', client, request, new UnwrittenResponse(), phases, () => 0);
}

function noBodyYet(framing: BodyFraming): RequestBody {
  const nothing = () => {};
  return { framing, complete: true, bytesSeen: 0, start: nothing, pause: nothing, resume: nothing, limit: nothing };
}

/** There is nobody to answer. */
class UnwrittenResponse implements ResponseWriter {
  readonly queuedBytes = 0;
  readonly congested = false;
  readonly http11 = true;
  readonly headSent = false;
  readonly bytesWritten = 0;

  watch(): void {}

  writeInformational(): void {}

  writeHead(): void {}

  writeBody(): boolean {
    return true;
  }

  writeBodyText(): boolean {
    return true;
  }

  flush(): void {}

  endBody(): void {}

  abort(): void {}
}
