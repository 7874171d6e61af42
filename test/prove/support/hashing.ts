import { createHash, randomBytes } from 'node:crypto';

const BLOCK_BYTES = 1024 * 1024 + 7;

/** Bytes without a short period, made once: chunks of it follow each other, at any offset. */
const block = randomBytes(BLOCK_BYTES);

/** A long series of bytes, told piece by piece; two with the same block are equal byte by byte. */
export class ByteSeries {
  readonly #total: number;
  readonly #hash = createHash('sha256');
  #at = 0;

  /** @param total its length in bytes */
  constructor(total: number) {
    this.#total = total;
  }

  get remaining(): number {
    return this.#total - this.#at;
  }

  /** The next piece, at most `length` bytes; empty at the end. A view: not to be changed. */
  next(length: number): Buffer {
    const from = this.#at % BLOCK_BYTES;
    const piece = block.subarray(from, from + Math.min(length, this.remaining, BLOCK_BYTES - from));
    this.#at += piece.length;
    this.#hash.update(piece);
    return piece;
  }

  /** SHA-256 of what was told. Once. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** Counts and hashes what arrives. */
export class ByteSum {
  bytes = 0;
  readonly #hash = createHash('sha256');

  add(piece: Uint8Array): void {
    this.bytes += piece.length;
    this.#hash.update(piece);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
