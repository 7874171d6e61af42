import type { ByteSeries } from './hashing.js';
import type { Random } from './random.js';

/**
 * The header of a whole binary message of so many bytes. A masked one has the mask 0, so that its payload is on the
 * wire as it is.
 */
export function frameHeader(length: number, masked: boolean): Buffer {
  const header = Buffer.alloc(10 + (masked ? 4 : 0));
  header[0] = 0x82;
  header[1] = 127 | (masked ? 0x80 : 0);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** Random lengths of messages, up to 300 KB, `total` together. */
export function messageLengths(total: number, random: Random): number[] {
  const lengths: number[] = [];
  for (let left = total; left > 0; left -= lengths.at(-1) ?? 0) {
    lengths.push(Math.min(left, Math.floor(random() ** 3 * 300_000)));
  }
  return lengths;
}

/** Messages of these lengths, whose payloads are the series: headers and pieces as they follow. */
export function* frames(series: ByteSeries, masked: boolean, lengths: readonly number[]): Generator<Buffer> {
  for (const length of lengths) {
    yield frameHeader(length, masked);
    let left = length;
    while (left > 0) {
      const piece = series.next(left);
      left -= piece.length;
      yield piece;
    }
  }
}

/** The same bytes in writes of random sizes, of one byte up to 100 KB, without regard to where frames begin. */
export function* recut(pieces: Iterable<Buffer>, random: Random): Generator<Buffer> {
  let rest = Buffer.alloc(0);
  let size = nextSize(random);
  for (const piece of pieces) {
    rest = Buffer.concat([rest, piece]);
    let at = 0;
    while (rest.length - at >= size) {
      yield rest.subarray(at, at + size);
      at += size;
      size = nextSize(random);
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) yield rest;
}

function nextSize(random: Random): number {
  return 1 + Math.floor(random() ** 3 * 100_000);
}
