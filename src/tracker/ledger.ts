/** The last so many of something, the newest first. */
export class Ledger<Entry> implements Iterable<Entry> {
  readonly #capacity: number;
  readonly #entries: Entry[] = [];
  /** Where the next one goes. */
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The oldest makes room. */
  add(entry: Entry): void {
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  *[Symbol.iterator](): Generator<Entry, void> {
    const { length } = this.#entries;
    for (let back = 1; back <= length; back++) yield this.#entries[(this.#next - back + length) % length] as Entry;
  }
}
