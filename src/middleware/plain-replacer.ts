/** Where replaced bytes go. `bytes[from, to)` are valid during the call only. */
export type TakeBytes = (bytes: Buffer, from: number, to: number) => void;

/** A text to be found and what stands in its place, ready to be used. */
export interface PlainRule {
  /** Not empty. */
  readonly from: Buffer;
  readonly to: Buffer;
  /** For each length of a beginning of `from`, less one: the longest shorter beginning that it ends with. */
  readonly fallbacks: Int32Array;
}

export function compilePlainRule(from: Buffer, to: Buffer): PlainRule {
  const fallbacks = new Int32Array(from.length);
  for (let at = 1, matched = 0; at < from.length; at++) {
    while (matched > 0 && from[at] !== from[matched]) matched = fallbacks[matched - 1] as number;
    if (from[at] === from[matched]) matched++;
    fallbacks[at] = matched;
  }
  return { from, to, fallbacks };
}

/**
 * Replaces a text in bytes that come piece by piece, wherever they are cut: what is found, from the left, is what would
 * be found in all of them at once. Of a text that began it keeps only how much of it came (Knuth, Morris and Pratt).
 * Linear in the bytes, but for `indexOf`, which compares up to the length of the text for a byte of worst cases.
 */
export class PlainReplacer {
  readonly #rule: PlainRule;
  readonly #next: TakeBytes;
  /** How many bytes of `from` stand at the end of what came, and were not told. */
  #matched = 0;

  constructor(rule: PlainRule, next: TakeBytes) {
    this.#rule = rule;
    this.#next = next;
  }

  push(bytes: Buffer, from: number, to: number): void {
    const at = this.#goOn(bytes, from, to);
    if (this.#matched === 0) this.#search(to === bytes.length ? bytes : bytes.subarray(0, to), at);
  }

  /** Nothing follows: what began is no match. */
  end(): void {
    if (this.#matched > 0) this.#next(this.#rule.from, 0, this.#matched);
    this.#matched = 0;
  }

  /** Follows a text that began before these bytes; returns from where on they are to be searched. */
  #goOn(bytes: Buffer, start: number, end: number): number {
    const { from, to, fallbacks } = this.#rule;
    let matched = this.#matched;
    let at = start;
    while (matched > 0 && at < end) {
      const byte = bytes[at];
      while (matched > 0 && from[matched] !== byte) {
        const kept = fallbacks[matched - 1] as number;
        this.#next(from, 0, matched - kept);
        matched = kept;
      }
      if (from[matched] !== byte) break;
      matched++;
      at++;
      if (matched === from.length) {
        this.#tell(to, 0, to.length);
        matched = 0;
      } else if (matched <= at - start) {
        // All of it lies in these bytes: the search finds it again, and is faster.
        at -= matched;
        matched = 0;
      }
    }
    this.#matched = matched;
    return at;
  }

  #search(bytes: Buffer, start: number): void {
    const { from, to } = this.#rule;
    let untold = start;
    for (let found = bytes.indexOf(from, start); found >= 0; found = bytes.indexOf(from, untold)) {
      this.#tell(bytes, untold, found);
      this.#tell(to, 0, to.length);
      untold = found + from.length;
    }
    this.#matched = this.#begunAtEnd(bytes, Math.max(untold, bytes.length - from.length + 1));
    this.#tell(bytes, untold, bytes.length - this.#matched);
  }

  /** How much of the text stands at the end, from `start` on. */
  #begunAtEnd(bytes: Buffer, start: number): number {
    const { from, fallbacks } = this.#rule;
    let matched = 0;
    for (let at = start; at < bytes.length; at++) {
      while (matched > 0 && from[matched] !== bytes[at]) matched = fallbacks[matched - 1] as number;
      if (from[matched] === bytes[at]) matched++;
    }
    return matched;
  }

  #tell(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.#next(bytes, from, to);
  }
}
