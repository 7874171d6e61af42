import type { BodySink, RequestBody } from '../exchange/body.js';
import { type ErrorCode, ProxyError } from '../exchange/proxy-error.js';
import type { BodyFraming } from '../protocol/http1/body-framing.js';
import type { BodyScanner, BodySpans } from '../protocol/http1/body-scanner.js';
import { createBodyScanner } from '../protocol/http1/body-scanners.js';
import { copyBytes } from '../protocol/latin1.js';

/**
 * Spans up to this length are put together before they are told: a body of one-byte chunks whose lines are written anew
 * has two in 8 bytes, and 256 KiB of it were 65,000 writes, for which everybody else waited 0.7 s.
 */
const MAX_JOINED_SPAN_BYTES = 4096;
/** One for all: it is empty again when a scan ends, and nothing else runs within one. */
const joined = Buffer.allocUnsafeSlow(64 * 1024);

/** The connection that a body is read from. */
export interface BodyFeed {
  /** Have bytes come, at once those at hand. */
  pullBody(): void;
  /** No more for now. */
  holdBody(): void;
}

/** Which failures a body of this side ends with. */
interface BodyFaults {
  readonly malformed: ErrorCode;
  readonly tooLarge: ErrorCode;
}

const clientFaults: BodyFaults = { malformed: 'bad-request-body', tooLarge: 'body-too-large' };
const backendFaults: BodyFaults = { malformed: 'bad-response', tooLarge: 'bad-response' };

/** A body on its way from a connection to a sink: the scanner finds its end, backpressure goes the other way. */
export class BodyReader implements RequestBody, BodySpans {
  readonly framing: BodyFraming;
  complete: boolean;
  bytesSeen = 0;
  started = false;
  paused = false;
  failed = false;
  readonly #feed: BodyFeed;
  readonly #faults: BodyFaults;
  #maxPayloadBytes: number;
  /** Bytes of the chunk being taken that lie behind the end of the body. */
  leftoverBytes = 0;
  /** Where set: sees the payload without its framing, beside the relay. */
  onPayload: ((bytes: Buffer, from: number, to: number) => void) | undefined = undefined;
  #scanner: BodyScanner | null = null;
  #sink: BodySink | null = null;
  #failure: ProxyError | null = null;
  #taking = false;
  /** The one span of a scan so far: most scans find no other, and it is told without a copy. */
  #lone: Buffer | null = null;
  #loneFrom = 0;
  #loneTo = 0;
  /** How much of `joined` is ours. */
  #joinedBytes = 0;

  /** @param maxPayloadBytes 0: no limit */
  constructor(framing: BodyFraming, feed: BodyFeed, side: 'client' | 'backend', maxPayloadBytes = 0) {
    this.framing = framing;
    this.#feed = feed;
    this.#faults = side === 'client' ? clientFaults : backendFaults;
    this.#maxPayloadBytes = maxPayloadBytes;
    this.complete = framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0);
  }

  limit(maxPayloadBytes: number): void {
    const before = this.#maxPayloadBytes;
    this.#maxPayloadBytes = before === 0 ? maxPayloadBytes : Math.min(before, maxPayloadBytes);
  }

  /** @param payloadOnly leave the framing away: the other side gets the body until close */
  start(sink: BodySink, payloadOnly = false): void {
    this.started = true;
    if (this.complete) {
      // Not kept: a tunnel holds on to its empty request body for as long as it lives.
      sink.onBodyEnd();
      return;
    }
    this.#sink = sink;
    if (this.#failure !== null) {
      sink.onBodyFailed(this.#failure);
      return;
    }
    this.#scanner = createBodyScanner(this.framing, payloadOnly);
    this.#feed.pullBody();
  }

  pause(): void {
    if (this.paused || this.complete) return;
    this.paused = true;
    this.#feed.holdBody();
  }

  resume(): void {
    if (!this.paused || this.complete) return;
    this.paused = false;
    this.#feed.pullBody();
  }

  /** True while bytes are waited for: the side that sends them is being read. */
  get wanted(): boolean {
    return this.started && !this.complete && !this.paused && !this.failed;
  }

  /** True between two chunks of a chunked body, and anywhere in a body that has no chunks. */
  get atChunkBoundary(): boolean {
    const scanner = this.#scanner as (BodyScanner & { atChunkBoundary?: boolean }) | null;
    return scanner?.atChunkBoundary ?? true;
  }

  /** Takes what belongs to the body, up to `to`; returns where it stopped. Takes nothing while not wanted. */
  take(bytes: Buffer, at: number, to: number): number {
    const scanner = this.#scanner;
    // A sink that pauses and resumes within a call comes back here: the scan under way goes on by itself.
    if (scanner === null || !this.wanted || at === to || this.#taking) return at;
    let stop = at;
    this.#taking = true;
    try {
      stop = scanner.scan(bytes, at, to, this);
      this.#tellJoined();
      this.#taking = false;
    } catch (error) {
      this.#tellJoined();
      this.#taking = false;
      this.fail(new ProxyError(this.#faults.malformed, ProxyError.fromProtocol(error).message, error));
      return at;
    }
    if (this.failed) return at;
    if (this.#isTooLarge) {
      this.fail(new ProxyError(this.#faults.tooLarge, `more than ${this.#maxPayloadBytes} bytes`));
    } else if (scanner.done) {
      this.complete = true;
      this.leftoverBytes = to - stop;
      this.#sink?.onBodyEnd();
    }
    return stop;
  }

  /** The connection ended: that is the end of a body until close, and the failure of any other. */
  connectionEnded(error: ProxyError): void {
    if (this.complete || this.failed) return;
    if (this.framing.kind === 'until-close') {
      this.complete = true;
      this.#sink?.onBodyEnd();
    } else {
      this.fail(error);
    }
  }

  fail(error: ProxyError): void {
    if (this.failed || this.complete) return;
    this.failed = true;
    this.#failure = error;
    this.#sink?.onBodyFailed(error);
  }

  /** Nobody wants the rest: nothing is told any more. */
  abandon(): void {
    this.#sink = null;
    this.failed = true;
  }

  /** Then nothing more of it is told: a body that is refused must not look whole to the other side. */
  get #isTooLarge(): boolean {
    return this.#maxPayloadBytes > 0 && (this.#scanner?.payloadBytes ?? 0) > this.#maxPayloadBytes;
  }

  onBytes(bytes: Buffer, from: number, to: number): void {
    if (this.#isTooLarge) return;
    const length = to - from;
    this.bytesSeen += length;
    if (length > MAX_JOINED_SPAN_BYTES) {
      this.#tellJoined();
      this.#tell(bytes, from, to);
      return;
    }
    if (this.#lone === null && this.#joinedBytes === 0) {
      this.#lone = bytes;
      this.#loneFrom = from;
      this.#loneTo = to;
      return;
    }
    this.#join(bytes, from, to);
  }

  onText(text: string): void {
    if (text.length > MAX_JOINED_SPAN_BYTES) {
      this.onBytes(Buffer.from(text, 'latin1'), 0, text.length);
      return;
    }
    if (this.#isTooLarge) return;
    this.bytesSeen += text.length;
    this.#joinLone();
    this.#makeRoom(text.length);
    // A chunk line is a few bytes: every call of Node costs more.
    for (let index = 0; index < text.length; index++) joined[this.#joinedBytes++] = text.charCodeAt(index);
  }

  #join(bytes: Buffer, from: number, to: number): void {
    this.#joinLone();
    this.#makeRoom(to - from);
    copyBytes(bytes, from, to, joined, this.#joinedBytes);
    this.#joinedBytes += to - from;
  }

  #joinLone(): void {
    const lone = this.#lone;
    if (lone === null) return;
    this.#lone = null;
    this.#join(lone, this.#loneFrom, this.#loneTo);
  }

  #makeRoom(length: number): void {
    if (this.#joinedBytes + length > joined.length) this.#tellJoined();
  }

  #tellJoined(): void {
    const lone = this.#lone;
    if (lone !== null) {
      this.#lone = null;
      this.#tell(lone, this.#loneFrom, this.#loneTo);
      return;
    }
    const length = this.#joinedBytes;
    this.#joinedBytes = 0;
    if (length > 0) this.#tell(joined, 0, length);
  }

  #tell(bytes: Buffer, from: number, to: number): void {
    if (this.#sink?.onBodyBytes(bytes, from, to) === false) this.pause();
  }
}
