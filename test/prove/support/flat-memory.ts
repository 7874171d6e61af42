import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteSeries, ByteSum } from './hashing.js';
import { keptBytes } from './kept-memory.js';
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

/** What it may keep while it transfers, on top of what it keeps before: a few buffers. */
const ALLOWED_KEPT = 2 * MIB;
const SWEPT_EVERY_MS = 200;

/** Sends `bytes` from one side through the proxy and returns what the other read, slowly. */
type Transfer = (bytes: number) => Promise<{ sent: ByteSeries; received: ByteSum }>;

/** Has what nobody holds swept again and again. @returns the most that was kept, less what is kept before */
async function mostKeptWhile(proxy: ProxyProcess, work: () => Promise<void>): Promise<number> {
  const before = await keptBytes(proxy);
  let [most, over] = [before, false];
  const done = work().finally(() => {
    over = true;
  });
  // Told below, behind the last look.
  done.catch(() => {});
  while (!over) {
    await sleep(SWEPT_EVERY_MS);
    most = Math.max(most, await keptBytes(proxy));
  }
  await done;
  return most - before;
}

/**
 * Memory of a process that collects garbage is a saw: it climbs with what was left lying and falls when that is swept,
 * here by some 20 MiB, every few hundred MB. So its level is the crest of that saw, and the warm-up goes on, 256 MiB
 * at a time, until two rounds in a row reach no new one: by then code is compiled and the heap has its working size.
 * A proxy that keeps what its reader does not take has no such crest: it climbs with each pause, or with the bytes.
 * Buffers that nobody holds are swept meanwhile: V8 by itself lets up to 64 MiB of them lie.
 * @param proxy started with `ANSWERS_WHAT_IT_KEEPS`
 */
export async function provesFlat(t: TestContext, proxy: ProxyProcess, transfer: Transfer): Promise<void> {
  const idle = proxy.residentBytes();
  let kept = 0;
  const whole = async (bytes: number): Promise<void> => {
    const { sent, received } = await transfer(bytes);
    assert.equal(received.bytes, bytes);
    assert.equal(received.digest(), sent.digest());
  };
  const peakOf = (bytes: number): Promise<number> => {
    return peakWhile(proxy, async () => {
      kept = await mostKeptWhile(proxy, () => whole(bytes));
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
  const keeps = `keeps ${inMiB(kept)} meanwhile`;
  console.log(`${t.name}: idle ${inMiB(idle)}, ${warmUp}, rise ${inMiB(rise)}, ${seconds} s, ${keeps}`);
  assert.ok(rise <= ALLOWED_RISE, `memory rose by ${inMiB(rise)}`);
  assert.ok(kept <= ALLOWED_KEPT, `the proxy ${keeps}`);
  assert.ok(level - idle <= ALLOWED_WORKING_SET, `the warm-up took ${inMiB(level - idle)}`);
}
