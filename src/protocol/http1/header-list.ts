/** Entries are stored flat: name as it came, name in lower case, value. */
const STRIDE = 3;

/** Header fields in their order, with their case, found without case (RFC 9110 section 5). */
export class HeaderList implements Iterable<[name: string, value: string]> {
  #fields: string[];

  constructor(fields: Iterable<readonly [string, string]> = []) {
    this.#fields = [];
    for (const [name, value] of fields) this.append(name, value);
  }

  /** How many field lines there are. */
  get size(): number {
    return this.#fields.length / STRIDE;
  }

  /** The name of line `index` as it came. */
  nameAt(index: number): string {
    return this.#fields[index * STRIDE] as string;
  }

  /** The name of line `index` in lower case. */
  lowerNameAt(index: number): string {
    return this.#fields[index * STRIDE + 1] as string;
  }

  valueAt(index: number): string {
    return this.#fields[index * STRIDE + 2] as string;
  }

  /** The value of the first line with this name. */
  get(name: string): string | undefined {
    const at = this.#indexOf(name.toLowerCase());
    return at < 0 ? undefined : this.#fields[at + 2];
  }

  /** The values of all lines with this name, in their order. */
  getAll(name: string): string[] {
    const lower = name.toLowerCase();
    const values: string[] = [];
    for (let at = 0; at < this.#fields.length; at += STRIDE) {
      if (this.#fields[at + 1] === lower) values.push(this.#fields[at + 2] as string);
    }
    return values;
  }

  has(name: string): boolean {
    return this.#indexOf(name.toLowerCase()) >= 0;
  }

  /**
   * Replaces the first line with this name and drops the others; appends where there is none.
   * @throws TypeError for a name that is no token or a value that would not be one line on the wire
   */
  set(name: string, value: string): void {
    checkField(name, value);
    const lower = name.toLowerCase();
    const at = this.#indexOf(lower);
    if (at < 0) {
      this.#fields.push(name, lower, value);
      return;
    }
    this.#fields[at] = name;
    this.#fields[at + 2] = value;
    this.#deleteFrom(lower, at + STRIDE);
  }

  /** @throws TypeError as {@link set} does */
  append(name: string, value: string): void {
    checkField(name, value);
    this.#fields.push(name, name.toLowerCase(), value);
  }

  /** As {@link append} for callers that know the lower-case name already. */
  appendKnown(name: string, lowerName: string, value: string): void {
    this.#fields.push(name, lowerName, value);
  }

  /** Drops every line with this name. True where there was one. */
  delete(name: string): boolean {
    return this.#deleteFrom(name.toLowerCase(), 0);
  }

  clone(): HeaderList {
    const copy = new HeaderList();
    copy.#fields = this.#fields.slice();
    return copy;
  }

  /** The field lines as they go on the wire, each with its CRLF, without the empty line that ends a head. */
  format(): string {
    const fields = this.#fields;
    let text = '';
    for (let at = 0; at < fields.length; at += STRIDE) text += `${fields[at]}: ${fields[at + 2]}\r\n`;
    return text;
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let at = 0; at < this.#fields.length; at += STRIDE) {
      yield [this.#fields[at] as string, this.#fields[at + 2] as string];
    }
  }

  #indexOf(lower: string): number {
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at += STRIDE) if (fields[at + 1] === lower) return at;
    return -1;
  }

  #deleteFrom(lower: string, start: number): boolean {
    const fields = this.#fields;
    let kept = start;
    for (let at = start; at < fields.length; at += STRIDE) {
      if (fields[at + 1] === lower) continue;
      if (kept !== at) {
        fields[kept] = fields[at] as string;
        fields[kept + 1] = fields[at + 1] as string;
        fields[kept + 2] = fields[at + 2] as string;
      }
      kept += STRIDE;
    }
    const dropped = kept < fields.length;
    fields.length = kept;
    return dropped;
  }
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a value may hold once it is written as Latin-1: U+010A, cut to a byte, would end the line. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function checkField(name: string, value: string): void {
  if (!TOKEN.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a header field`);
  if (!VALUE.test(value)) throw new TypeError(`the value of ${name} has a character that no header field can carry`);
}
