import { FieldLine, formatLines } from './field-line.js';

/** Header fields in their order, with their case, found without case (RFC 9110 section 5). */
export class HeaderList implements Iterable<[name: string, value: string]> {
  #lines: FieldLine[] = [];

  constructor(fields: Iterable<readonly [string, string]> = []) {
    for (const [name, value] of fields) this.append(name, value);
  }

  /** How many field lines there are. */
  get size(): number {
    return this.#lines.length;
  }

  lineAt(index: number): FieldLine {
    return this.#lines[index] as FieldLine;
  }

  /** The name of line `index` as it came. */
  nameAt(index: number): string {
    return this.lineAt(index).name;
  }

  /** The name of line `index` in lower case. */
  lowerNameAt(index: number): string {
    return this.lineAt(index).lower;
  }

  valueAt(index: number): string {
    return this.lineAt(index).value;
  }

  /** The value of the first line with this name. */
  get(name: string): string | undefined {
    return this.getKnown(name.toLowerCase());
  }

  /** As {@link get} for callers that know the lower-case name already. */
  getKnown(lowerName: string): string | undefined {
    const index = this.#indexOf(lowerName);
    return index < 0 ? undefined : this.lineAt(index).value;
  }

  /** The values of all lines with this name, in their order. */
  getAll(name: string): string[] {
    const lower = name.toLowerCase();
    const values: string[] = [];
    for (const line of this.#lines) if (isSame(line.lower, lower)) values.push(line.value);
    return values;
  }

  has(name: string): boolean {
    return this.#indexOf(name.toLowerCase()) >= 0;
  }

  /** As {@link has} for callers that know the lower-case name already. */
  hasKnown(lowerName: string): boolean {
    return this.#indexOf(lowerName) >= 0;
  }

  /**
   * Replaces the first line with this name and drops the others; appends where there is none.
   * @throws TypeError for a name that is no token or a value that would not be one line on the wire
   */
  set(name: string, value: string): void {
    checkField(name, value);
    this.setLine(new FieldLine(name, name.toLowerCase(), value));
  }

  /** As {@link set} with a line whose name and value are known to be good. */
  setLine(line: FieldLine): void {
    const index = this.#indexOf(line.lower);
    if (index < 0) {
      this.#lines.push(line);
      return;
    }
    this.#lines[index] = line;
    this.#deleteFrom(line.lower, index + 1);
  }

  /** @throws TypeError as {@link set} does */
  append(name: string, value: string): void {
    checkField(name, value);
    this.#lines.push(new FieldLine(name, name.toLowerCase(), value));
  }

  /** As {@link append} for callers that know the lower-case name already. */
  appendKnown(name: string, lowerName: string, value: string): void {
    this.#lines.push(new FieldLine(name, lowerName, value));
  }

  /** Appends a line as it is: of a list that was read, it goes out as it came. */
  appendLine(line: FieldLine): void {
    this.#lines.push(line);
  }

  /** Drops every line with this name. True where there was one. */
  delete(name: string): boolean {
    return this.#deleteFrom(name.toLowerCase(), 0);
  }

  /** As {@link delete} for callers that know the lower-case name already. */
  deleteKnown(lowerName: string): boolean {
    return this.#deleteFrom(lowerName, 0);
  }

  clone(): HeaderList {
    const copy = new HeaderList();
    copy.#lines = this.#lines.slice();
    return copy;
  }

  /** The field lines as they go on the wire, each with its CRLF, without the empty line that ends a head. */
  format(): string {
    return formatLines(this.#lines);
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (const { name, value } of this.#lines) yield [name, value];
  }

  #indexOf(lower: string): number {
    const lines = this.#lines;
    for (let index = 0; index < lines.length; index++) {
      if (isSame((lines[index] as FieldLine).lower, lower)) return index;
    }
    return -1;
  }

  #deleteFrom(lower: string, start: number): boolean {
    const lines = this.#lines;
    let kept = start;
    for (let index = start; index < lines.length; index++) {
      const line = lines[index] as FieldLine;
      if (!isSame(line.lower, lower)) lines[kept++] = line;
    }
    const dropped = kept < lines.length;
    lines.length = kept;
    return dropped;
  }
}

/** Most names differ in their length, which V8 looks at here; two that it never saw it compares by a call. */
function isSame(name: string, other: string): boolean {
  return name.length === other.length && name === other;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a value may hold once it is written as Latin-1: U+010A, cut to a byte, would end the line. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function checkField(name: string, value: string): void {
  if (!TOKEN.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a header field`);
  if (!VALUE.test(value)) throw new TypeError(`the value of ${name} has a character that no header field can carry`);
}
