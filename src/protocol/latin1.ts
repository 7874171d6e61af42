/** Methods that every Buffer of Node has and its types do not name: what `write` and `toString` end in. */
interface Latin1Methods {
  latin1Write?(text: string, offset: number): number;
  latin1Slice?(from: number, to: number): string;
}

/** Below this a loop is cheaper than a copy by Node, which makes a view first. */
const SMALL_COPY_BYTES = 256;

const methods = Buffer.prototype as Buffer & Latin1Methods;
const direct = typeof methods.latin1Write === 'function' && typeof methods.latin1Slice === 'function';

/** Writes text into `bytes` at `at`, one byte a character. Heads go this way: 1 µs less than by `write`. */
export const writeLatin1: (bytes: Buffer, text: string, at: number) => void = direct
  ? (bytes, text, at) => (bytes as Required<Latin1Methods> & Buffer).latin1Write(text, at)
  : (bytes, text, at) => bytes.write(text, at, 'latin1');

/** The text of `bytes[from, to)`, a character a byte. */
export const readLatin1: (bytes: Buffer, from: number, to: number) => string = direct
  ? (bytes, from, to) => (bytes as Required<Latin1Methods> & Buffer).latin1Slice(from, to)
  : (bytes, from, to) => bytes.toString('latin1', from, to);

/** Copies `source[from, to)` to `target` at `at`. */
export function copyBytes(source: Buffer, from: number, to: number, target: Buffer, at: number): void {
  if (to - from >= SMALL_COPY_BYTES) {
    source.copy(target, at, from, to);
    return;
  }
  for (let index = from, end = at; index < to; index++, end++) target[end] = source[index] as number;
}
