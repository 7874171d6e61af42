const LINE_FEED = 0x0a;

/** Cuts a stream of bytes into lines, whatever pieces they come in. The last one may do without its end. */
export class LineSplitter {
  readonly #take: (line: Buffer) => void;
  #rest: Buffer[] = [];

  /** @param take called with each line, without its line feed */
  constructor(take: (line: Buffer) => void) {
    this.#take = take;
  }

  add(piece: Buffer): void {
    let from = 0;
    for (let at = piece.indexOf(LINE_FEED); at >= 0; at = piece.indexOf(LINE_FEED, from)) {
      const line = piece.subarray(from, at);
      this.#take(this.#rest.length === 0 ? line : Buffer.concat([...this.#rest, line]));
      this.#rest = [];
      from = at + 1;
    }
    if (from < piece.length) this.#rest.push(piece.subarray(from));
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#rest.length > 0) this.#take(Buffer.concat(this.#rest));
    this.#rest = [];
  }
}
