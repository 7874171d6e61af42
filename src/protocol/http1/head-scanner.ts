import { ProtocolError } from '../protocol-error.js';

/** How large a head may be. */
export interface HeadLimits {
  /** From the first byte of the start line to the end of the empty line. */
  readonly maxHeadBytes: number;
  readonly maxHeaders: number;
  /** The request line without its CRLF. Responses are not held to it. */
  readonly maxLineBytes: number;
}

export type HeadKind = 'request' | 'response';

const CR = 0x0d;
const LF = 0x0a;

const IN_LINE = 0;
const AFTER_CR = 1;
const AT_LINE_START = 2;
const AFTER_LAST_CR = 3;

/**
 * Finds the end of a head byte by byte, and what is wrong with its line ends and sizes, in the order of the wire.
 * It is the judge where a head comes in pieces, and where a parser found a fault: the code of a refusal must not
 * depend on how the bytes were split.
 */
export class HeadScanner {
  readonly #maxHeadBytes: number;
  readonly #maxLineBytes: number;
  #state = IN_LINE;
  #inStartLine = true;
  #taken = 0;

  constructor(limits: HeadLimits, kind: HeadKind) {
    this.#maxHeadBytes = limits.maxHeadBytes;
    this.#maxLineBytes = kind === 'request' ? limits.maxLineBytes : Number.POSITIVE_INFINITY;
  }

  /**
   * Returns the index behind the head's last byte, or -1 where the head goes on behind `to`.
   * @throws ProtocolError `bare-cr-or-lf`, `request-line-too-long` or `head-too-large`
   */
  scan(bytes: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at++) {
      if (++this.#taken > this.#maxHeadBytes) throw new ProtocolError('head-too-large', 'the head is too large');
      if (this.#step(bytes[at] as number)) return at + 1;
    }
    return -1;
  }

  /** True at the last byte of the head. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case IN_LINE:
        if (byte === CR) this.#state = AFTER_CR;
        else if (byte === LF) throw bareLineEnd();
        else if (this.#inStartLine && this.#taken > this.#maxLineBytes) {
          throw new ProtocolError('request-line-too-long', 'the request line is too long');
        }
        return false;
      case AT_LINE_START:
        if (byte === LF) throw bareLineEnd();
        this.#state = byte === CR ? AFTER_LAST_CR : IN_LINE;
        return false;
      default: {
        if (byte !== LF) throw bareLineEnd();
        const ended = this.#state === AFTER_LAST_CR;
        this.#state = AT_LINE_START;
        this.#inStartLine = false;
        return ended;
      }
    }
  }
}

/**
 * The fault to refuse a whole head with: the one {@link HeadScanner} finds in it, else `found`, the parser's own.
 */
export function firstHeadFault(
  bytes: Buffer,
  from: number,
  to: number,
  limits: HeadLimits,
  kind: HeadKind,
  found: unknown,
): unknown {
  try {
    new HeadScanner(limits, kind).scan(bytes, from, to);
  } catch (fault) {
    return fault;
  }
  return found;
}

function bareLineEnd(): ProtocolError {
  return new ProtocolError('bare-cr-or-lf', 'a CR or LF stands alone in the head');
}
