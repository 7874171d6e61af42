import type { Readable } from 'node:stream';
import { ByteSum } from './hashing.js';
import { sleep } from './wait.js';

export interface Bursts {
  /** Bytes read between two pauses. */
  readonly bytes: number;
  /** How long nothing is read then. */
  readonly pauseMs: number;
}

/**
 * Reads in bursts: so many bytes as fast as they come, then nothing for a while, long enough for every buffer on the
 * way to fill up. Up to the end, or to `limit` bytes where the source goes on: it is left as it is then.
 */
export async function readInBursts(source: Readable, { bytes, pauseMs }: Bursts, limit = Infinity): Promise<ByteSum> {
  const sum = new ByteSum();
  let untilPause = bytes;
  for await (const piece of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sum.add(piece);
    if (sum.bytes >= limit) break;
    untilPause -= piece.length;
    if (untilPause > 0) continue;
    untilPause = bytes;
    await sleep(pauseMs);
  }
  return sum;
}
