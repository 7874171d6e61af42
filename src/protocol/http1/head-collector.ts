import { ProtocolError } from '../protocol-error.js';
import { TOKEN_CHARACTERS } from './character-classes.js';
import { type HeadKind, type HeadLimits, HeadScanner } from './head-scanner.js';

export type { HeadKind, HeadLimits } from './head-scanner.js';

const CR = 0x0d;
const LF = 0x0a;
const FIRST_BYTE_OF_STATUS_LINE = 0x48; // the H of HTTP/
const SMALLEST_COPY_BYTES = 1024;
const NOTHING: Buffer = Buffer.alloc(0);

const NO_EMPTY_LINE = 0;
const HALF_EMPTY_LINE = 1;
const EMPTY_LINE_SKIPPED = 2;

/** Finds the end of a head through any split of its bytes, and keeps a copy of a partial head only. */
export class HeadCollector {
  /** After a complete head: `headBytes[headStart, headEnd)` is that head, valid as long as the chunk it came in. */
  headBytes: Buffer = NOTHING;
  headStart = 0;
  headEnd = 0;
  /** May be exchanged between two heads. */
  limits: HeadLimits;

  readonly #kind: HeadKind;
  #started = false;
  #emptyLine = NO_EMPTY_LINE;
  #scanner: HeadScanner | undefined;
  #kept = NOTHING;
  #keptBytes = 0;

  /** @param kind requests may have one empty line before them (RFC 9112 section 2.2) and are held to `maxLineBytes` */
  constructor(limits: HeadLimits, kind: HeadKind = 'request') {
    this.limits = limits;
    this.#kind = kind;
  }

  /** True once a byte of the head was seen; the empty line before it does not count. */
  get started(): boolean {
    return this.#started;
  }

  /**
   * Takes `bytes[from, to)`. Returns -1 where all of it was taken and the head is not complete, else the index behind
   * the head's last byte; then `headBytes`, `headStart` and `headEnd` name the head, until `reset()`.
   * @throws ProtocolError as early as the bytes show it: `bare-cr-or-lf`, `request-line-too-long`, `head-too-large`,
   *   and `bad-method`, `bad-request-line` or `bad-status-line` for a first byte that begins no head
   */
  collect(bytes: Buffer, from: number, to: number): number {
    let at = from;
    if (!this.#started) {
      at = this.#begin(bytes, from, to);
      if (at === to) return -1;
    }
    if (this.#keptBytes === 0) {
      const end = findHeadEnd(bytes, at, to);
      if (end >= 0 && end - at <= this.limits.maxHeadBytes) {
        this.headBytes = bytes;
        this.headStart = at;
        this.headEnd = end;
        return end;
      }
    }
    return this.#collectInPieces(bytes, at, to);
  }

  /** Makes ready for the next head and lets go of this one's bytes. */
  reset(): void {
    this.headBytes = NOTHING;
    this.headStart = 0;
    this.headEnd = 0;
    this.#started = false;
    this.#emptyLine = NO_EMPTY_LINE;
    this.#scanner = undefined;
    this.#kept = NOTHING;
    this.#keptBytes = 0;
  }

  /** Skips the empty line, judges the first byte and returns its index, or `to` where it has not come. */
  #begin(bytes: Buffer, from: number, to: number): number {
    let at = from;
    if (this.#kind === 'request' && this.#emptyLine !== EMPTY_LINE_SKIPPED) {
      if (this.#emptyLine === NO_EMPTY_LINE && at < to && bytes[at] === CR) {
        this.#emptyLine = HALF_EMPTY_LINE;
        at++;
      }
      if (this.#emptyLine === HALF_EMPTY_LINE && at < to) {
        if (bytes[at] !== LF) throw new ProtocolError('bare-cr-or-lf', 'a CR stands alone before the request line');
        this.#emptyLine = EMPTY_LINE_SKIPPED;
        at++;
      }
    }
    if (at >= to) return to;
    judgeFirstByte(bytes[at] as number, this.#kind);
    this.#started = true;
    return at;
  }

  #collectInPieces(bytes: Buffer, from: number, to: number): number {
    this.#scanner ??= new HeadScanner(this.limits, this.#kind);
    const end = this.#scanner.scan(bytes, from, to);
    this.#keep(bytes, from, end < 0 ? to : end);
    if (end < 0) return -1;
    this.headBytes = this.#kept;
    this.headStart = 0;
    this.headEnd = this.#keptBytes;
    return end;
  }

  /** The scanner has refused whatever would not fit into `maxHeadBytes`, so this never grows beyond twice of it. */
  #keep(bytes: Buffer, from: number, to: number): void {
    const needed = this.#keptBytes + to - from;
    if (needed > this.#kept.length) {
      const capacity = Math.min(Math.max(needed, this.#kept.length * 2, SMALLEST_COPY_BYTES), this.limits.maxHeadBytes);
      const grown = Buffer.allocUnsafeSlow(capacity);
      this.#kept.copy(grown, 0, 0, this.#keptBytes);
      this.#kept = grown;
    }
    bytes.copy(this.#kept, this.#keptBytes, from, to);
    this.#keptBytes = needed;
  }
}

/** Refuses at once what can be no head, such as a TLS ClientHello on a plain port. */
function judgeFirstByte(byte: number, kind: HeadKind): void {
  if (kind === 'response') {
    if (byte !== FIRST_BYTE_OF_STATUS_LINE) throw new ProtocolError('bad-status-line', 'the response is not HTTP/1.x');
    return;
  }
  if (TOKEN_CHARACTERS[byte] === 1) return;
  if (byte === LF) throw new ProtocolError('bare-cr-or-lf', 'an LF stands alone before the request line');
  if (byte === CR) throw new ProtocolError('bad-request-line', 'more than one empty line before the request line');
  throw new ProtocolError('bad-method', 'the method is no token');
}

/**
 * The index behind the first CR LF CR LF, or -1. Horspool's skips: three quarters of the bytes are never looked at,
 * no call leaves JavaScript, and nothing behind `to` (old bytes of a shared read buffer) is touched.
 */
function findHeadEnd(bytes: Buffer, from: number, to: number): number {
  let at = from + 3;
  while (at < to) {
    const byte = bytes[at];
    if (byte === LF) {
      if (bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR) return at + 1;
      at += 2;
    } else if (byte === CR) at += 1;
    else at += 4;
  }
  return -1;
}
