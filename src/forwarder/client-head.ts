import type { BodyReader } from '../connection/body-reader.js';
import { isEventStream } from '../exchange/event-stream.js';
import type { Exchange } from '../exchange/exchange.js';
import type { MutableResponseHead } from '../exchange/response-head.js';
import { type BodyFraming, UNTIL_CLOSE } from '../protocol/http1/body-framing.js';
import type { ResponseHead } from '../protocol/http1/response-head.js';
import { endToEndHeaders } from './client-headers.js';
import type { ForwardingRules } from './forwarder-host.js';

export interface ClientHead {
  readonly clientHead: MutableResponseHead;
  /** How the body goes to the client: as it came, or until close where the client knows no chunks. */
  readonly framing: BodyFraming;
  readonly isEventStream: boolean;
}

/** The head that the client gets for a backend's. */
export function clientHeadOf(
  exchange: Exchange,
  head: ResponseHead,
  body: BodyReader,
  rules: ForwardingRules,
): ClientHead {
  const headers = endToEndHeaders(head.headers);
  if (rules.expose) expose(headers, exchange);
  // RFC 9110 section 15.5.22: without it the client would not learn what it is to ask for.
  const upgrade = head.status === 426 && exchange.kind === 'websocket' ? head.headers.getKnown('upgrade') : undefined;
  if (upgrade !== undefined) headers.append('Upgrade', upgrade);
  const unchunked = body.framing.kind === 'chunked' && !exchange.writer.http11;
  return {
    clientHead: { status: head.status, reason: head.reason, headers },
    framing: unchunked ? UNTIL_CLOSE : body.framing,
    isEventStream: isEventStream(headers),
  };
}

/** The two fields by which Toyou Proxy told of itself. */
function expose(headers: MutableResponseHead['headers'], exchange: Exchange): void {
  headers.set('X-Proxy-By', 'toyou-proxy');
  if (exchange.serviceName !== null) headers.set('X-Target-Service', exchange.serviceName);
}
