import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../../../src/tunnel/token-bucket.js';

/** How many tokens somebody gets in a time who takes every one, asking again when told to, a little late each time. */
function takenIn(ms: number, rate: { perMinute: number; burst: number }, lateMs: number): number {
  const bucket = new TokenBucket({ ...rate, mode: 'delay' }, 0);
  let taken = 0;
  for (let nowMs = 0; nowMs < ms; nowMs += bucket.waitMs(nowMs) + lateMs) {
    const tokens = bucket.tokens(nowMs, nowMs > 0);
    bucket.take(tokens);
    taken += tokens;
  }
  return taken;
}

for (const perMinute of [6, 60, 1000, 6000, 60_000, 600_000]) {
  for (const burst of [1, 7, 100]) {
    for (const lateMs of [0, 0.7, 12]) {
      test(`${perMinute} a minute, ${burst} at once, asked ${lateMs} ms late each time: within 2 %`, () => {
        const taken = takenIn(600_000, { perMinute, burst }, lateMs) - burst;
        assert.ok(Math.abs(taken / (perMinute * 10) - 1) <= 0.02, `${taken} of ${perMinute * 10}`);
      });
    }
  }
}

test('whoever takes none for long has burst at once, and no more', () => {
  const bucket = new TokenBucket({ perMinute: 600, burst: 5, mode: 'delay' }, 0);
  assert.equal(bucket.tokens(0, false), 5);
  bucket.take(5);
  assert.equal(bucket.tokens(99, false), 0);
  assert.equal(bucket.tokens(100, false), 1);
  assert.equal(bucket.tokens(1_000_000, false), 5);
  // A machine that slept while somebody waited owes it no more than a moment's tokens.
  bucket.take(5);
  assert.equal(bucket.tokens(2_000_000, true), 6);
});
