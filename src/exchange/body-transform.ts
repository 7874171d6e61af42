import type { Duplex } from 'node:stream';
import { type BodyFraming, CHUNKED, NO_BODY, UNTIL_CLOSE } from '../protocol/http1/body-framing.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import { isEventStream } from './event-stream.js';
import type { Exchange } from './exchange.js';
import type { ProxyError } from './proxy-error.js';
import type { MutableResponseHead } from './response-head.js';

/**
 * What a response's payload passes through on its way to the client. The stream is destroyed when the exchange ends,
 * however it does; an error of it cuts the response.
 */
export interface BodyTransform {
  /** Takes Buffers and gives Buffers, neither of them empty. What it takes is its own. */
  readonly stream: Duplex;
  /** Nothing came for two turns of the event loop: gives away what was held only to make more of it. */
  flush?(): void;
  /** What an error of the stream is to the exchange; not there: `middleware-failed`, or the ProxyError it is. */
  faultOf?(error: Error): ProxyError;
}

/** Called once the head was written, where a body follows. In the order the bytes pass. */
export type MakeTransforms = () => readonly BodyTransform[];

/** 204, 205 and 304 have no body; a part (206) cannot be changed without the rest. */
const untouched: ReadonlySet<number> = new Set([204, 205, 206, 304]);

/** What speaks of the bytes as they were. Trailers are not relayed: they may hold a sum or signature of them. */
const bound = [
  'Content-Length',
  'Accept-Ranges',
  'Content-MD5',
  'Digest',
  'Repr-Digest',
  'Content-Digest',
  'Trailer',
] as const;

/** False where bodies pass as they are: parts, event streams, and what answers a WebSocket handshake. */
export function mayTransformBody({ kind }: Exchange, { status, headers }: MutableResponseHead): boolean {
  return kind !== 'websocket' && status >= 200 && !untouched.has(status) && !isEventStream(headers);
}

/**
 * From `onResponse`: has the body of this response changed on its way. The body is then framed anew, chunked, or until
 * close for HTTP/1.0, and fields that speak of the bytes as they were are dropped or weakened: for HEAD, too. Several
 * transforms follow each other in the order they were asked for.
 * @returns false where this response's body passes as it is: see {@link mayTransformBody}
 */
export function transformBody(exchange: Exchange, head: MutableResponseHead, make: MakeTransforms): boolean {
  if (!mayTransformBody(exchange, head)) return false;
  head.transforms ??= [];
  head.transforms.push(make);
  for (const name of bound) head.headers.delete(name);
  weakenTag(head.headers);
  return true;
}

/** RFC 9110 section 8.8.1: one strong tag must not name two sequences of bytes. */
function weakenTag(headers: HeaderList): void {
  const tag = headers.getKnown('etag');
  if (tag?.startsWith('"')) headers.set('ETag', `W/${tag}`);
}

/**
 * How a body goes to the client once its length is not known. That stands in no field then, whoever set it.
 * @param framing how it would have gone
 */
export function transformedFraming(
  { headers }: MutableResponseHead,
  framing: BodyFraming,
  { request, writer }: Exchange,
): BodyFraming {
  headers.delete('Content-Length');
  if (framing.kind === 'none' || request.head.method === 'HEAD') return NO_BODY;
  return writer.http11 ? CHUNKED : UNTIL_CLOSE;
}
