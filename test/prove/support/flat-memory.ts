import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ByteSeries, ByteSum } from './hashing.js';
import { inMiB, peakWhile } from './memory-watch.js';
import type { ProxyProcess } from './proxy-process.js';

const MIB = 1024 * 1024;
const WARM_UP_BYTES = 256 * MIB;
const MAX_WARM_UP_ROUNDS = 8;
const NEW_CREST = MIB;
const TRANSFER_BYTES = 1024 * MIB;
/** How far memory may rise above its level after the warm-up. */
const ALLOWED_RISE = 8 * MIB;
/** What a proxy that streams may take on top of an idle one: young garbage, a few buffers, compiled code. */
const ALLOWED_WORKING_SET = 64 * MIB;

/** Sends `bytes` from one side through the proxy and returns what the other read, slowly. */
type Transfer = (bytes: number) => Promise<{ sent: ByteSeries; received: ByteSum }>;

/**
 * Memory of a process that collects garbage is a saw: it climbs with what was left lying and falls when that is swept,
 * here by some 20 MiB, every few hundred MB. So its level is the crest of that saw, and the warm-up goes on, 256 MiB
 * at a time, until two rounds in a row reach no new one: by then code is compiled and the heap has its working size.
 * A proxy that keeps what its reader does not take has no such crest: it climbs with each pause, or with the bytes.
 */
export async function provesFlat(t: TestContext, proxy: ProxyProcess, transfer: Transfer): Promise<void> {
  const idle = proxy.residentBytes();
  const peakOf = (bytes: number): Promise<number> => {
    return peakWhile(proxy, async () => {
      const { sent, received } = await transfer(bytes);
      assert.equal(received.bytes, bytes);
      assert.equal(received.digest(), sent.digest());
    });
  };
  let level = 0;
  let rounds = 0;
  for (let quiet = 0; quiet < 2 && rounds < MAX_WARM_UP_ROUNDS; rounds += 1) {
    const peak = await peakOf(WARM_UP_BYTES);
    quiet = peak > level + NEW_CREST ? 0 : quiet + 1;
    level = Math.max(level, peak);
  }
  const from = performance.now();
  const rise = (await peakOf(TRANSFER_BYTES)) - level;
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const warmUp = `warm ${inMiB(level)} after ${rounds} rounds`;
  console.log(`${t.name}: idle ${inMiB(idle)}, ${warmUp}, rise ${inMiB(rise)}, ${seconds} s`);
  assert.ok(rise <= ALLOWED_RISE, `memory rose by ${inMiB(rise)}`);
  assert.ok(level - idle <= ALLOWED_WORKING_SET, `the warm-up took ${inMiB(level - idle)}`);
}
