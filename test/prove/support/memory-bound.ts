import assert from 'node:assert/strict';
import { inKiB, inMiB, peakWhile } from './memory-watch.js';
import type { ProxyProcess } from './proxy-process.js';

/** What a process that collects garbage rises and falls by while nothing is kept: young garbage, compiled code. */
const ALLOWED_SAW_BYTES = 32 * 1024 * 1024;

/**
 * The highest VmRSS while `work` runs, less that before, is at most that of the garbage collector's saw and so much for
 * each peer. Whoever calls has warmed the proxy up.
 * @param mostRounds of `work`, while it is more: a heap comes to its working size once, what is kept comes each time
 */
export async function proveBounded(
  name: string,
  proxy: ProxyProcess,
  peers: { readonly count: number; readonly bytesEach: number },
  work: () => Promise<void>,
  mostRounds = 1,
): Promise<void> {
  const allowed = ALLOWED_SAW_BYTES + peers.count * peers.bytesEach;
  let rise = Number.POSITIVE_INFINITY;
  for (let round = 0; rise > allowed && round < mostRounds; round++) {
    const before = proxy.residentBytes();
    rise = (await peakWhile(proxy, work)) - before;
    console.log(`${name}: memory rose by ${inMiB(rise)}, ${inKiB(rise / peers.count)} for each of ${peers.count}`);
  }
  assert.ok(rise <= allowed, `memory rose by ${inMiB(rise)}, ${inMiB(allowed)} are allowed`);
}
