import type { BodyFraming } from '../protocol/http1/body-framing.js';
import type { ResponseHead } from '../protocol/http1/response-head.js';
import type { ProxyError } from './proxy-error.js';
import type { MutableResponseHead } from './response-head.js';

/** What happens on the client's side while a response is written to it. */
export interface ResponseWatcher {
  /** After a write said "congested": the client takes bytes again. */
  onClientWritable(): void;
  /** The client left or takes nothing. No write reaches it any more. */
  onClientLost(error: ProxyError): void;
  /** The coarse timer's turn: compare your own deadlines with `nowMs`. */
  sweep(nowMs: number): void;
}

/** The client's side of one exchange, for whoever answers it. */
export interface ResponseWriter {
  /** False: the client speaks HTTP/1.0 and gets neither 1xx nor chunked bodies. */
  readonly http11: boolean;
  readonly headSent: boolean;
  /** Body bytes written, framing included. */
  readonly bytesWritten: number;
  /** Bytes that wait for the client, of this response and those before it. */
  readonly queuedBytes: number;
  /** The client takes less than comes for it. */
  readonly congested: boolean;
  watch(watcher: ResponseWatcher): void;
  /** A 1xx other than 101. Dropped silently where the client must not see it. */
  writeInformational(head: ResponseHead): void;
  /**
   * Writes the head of the final response: hop-by-hop fields are added here. It leaves together with the first body
   * bytes where they follow in the same call stack, at the latest with `flush()`.
   */
  writeHead(head: MutableResponseHead, framing: BodyFraming): void;
  /**
   * Body bytes as framed. What stands before `from` may be overwritten: it was a head. False: congested, stop until
   * `onClientWritable`.
   */
  writeBody(bytes: Buffer, from: number, to: number): boolean;
  /** Framing written anew, Latin-1. */
  writeBodyText(text: string): boolean;
  flush(): void;
  /** The response is whole. Nothing may be written after it. */
  endBody(): void;
  /** Cuts the connection so that a truncated response cannot look whole. */
  abort(): void;
}
