const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
/** The bytes of `data`. */
const DATA = [0x64, 0x61, 0x74, 0x61] as const;

/** `#column` of a line that is no data line, or of which that is settled. */
const SETTLED = -1;

/** Follows an event stream and finds where its events end (WHATWG HTML, section 9.2.6). */
export class EventScanner {
  /** Events dispatched so far: blocks with a data line. Blocks of comments, ids or retry times are none. */
  events = 0;

  /** How many bytes of `data` the line has matched, or SETTLED. */
  #column = 0;
  #lineIsEmpty = true;
  #blockIsEmpty = true;
  #blockHasData = false;
  #afterCr = false;
  #markBytes = 0;

  /** True where no event is open: at the start and behind an empty line. Between CR and LF of that line too. */
  get atEventBoundary(): boolean {
    return (
      this.#lineIsEmpty && this.#blockIsEmpty && (this.#markBytes === 0 || this.#markBytes >= BYTE_ORDER_MARK.length)
    );
  }

  /**
   * Scans `bytes[from, to)` and returns the index behind the last empty line that ends in it, or -1. An LF that
   * completes the line's CR from the range before ends it once more.
   */
  scan(bytes: Buffer, from: number, to: number): number {
    let lastEnd = -1;
    let at = this.#markBytes < BYTE_ORDER_MARK.length ? this.#skipMark(bytes, from, to) : from;
    for (; at < to; at++) {
      const byte = bytes[at] as number;
      if (byte === LF && this.#afterCr) {
        this.#afterCr = false;
        if (this.#blockIsEmpty) lastEnd = at + 1;
      } else if (byte === LF || byte === CR) {
        this.#afterCr = byte === CR;
        if (this.#endLine()) lastEnd = at + 1;
      } else {
        this.#afterCr = false;
        this.#lineIsEmpty = false;
        if (this.#column !== SETTLED) this.#matchData(byte);
      }
    }
    return lastEnd;
  }

  /** True where the line was empty: the event ends. */
  #endLine(): boolean {
    const wasEmpty = this.#lineIsEmpty;
    if (wasEmpty) {
      if (this.#blockHasData) this.events += 1;
      this.#blockHasData = false;
    } else if (this.#column === DATA.length) this.#blockHasData = true; // a line `data` without a colon
    this.#blockIsEmpty = wasEmpty;
    this.#lineIsEmpty = true;
    this.#column = 0;
    return wasEmpty;
  }

  #matchData(byte: number): void {
    if (this.#column === DATA.length) {
      if (byte === COLON) this.#blockHasData = true;
      this.#column = SETTLED;
    } else this.#column = byte === DATA[this.#column] ? this.#column + 1 : SETTLED;
  }

  /** A byte order mark is no part of the first line. A part of one is: it belongs to a field nobody knows. */
  #skipMark(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (at < to && this.#markBytes < BYTE_ORDER_MARK.length) {
      if (bytes[at] !== BYTE_ORDER_MARK[this.#markBytes]) {
        if (this.#markBytes > 0) {
          this.#lineIsEmpty = false;
          this.#column = SETTLED;
        }
        this.#markBytes = BYTE_ORDER_MARK.length;
        break;
      }
      this.#markBytes++;
      at++;
    }
    return at;
  }
}
