import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BucketTable, type RateLimit } from '../../../src/exchange/bucket-table.js';
import { RateBuckets } from '../../../src/exchange/rate-buckets.js';

const limitOf = (more: Partial<RateLimit> = {}): RateLimit => {
  return { intervalMs: 1000, burst: 3, maxKeys: 4, keyedBy: 'ip', ...more };
};

/** What is let through: `true` for each. */
function takes(table: BucketTable, key: string, limit: RateLimit, ...atMs: number[]): boolean[] {
  return atMs.map((nowMs) => table.take(key, limit, nowMs) >= 0);
}

test('a burst at once, then one an interval', () => {
  const limit = limitOf();
  const table = new BucketTable();
  assert.deepEqual(takes(table, 'a', limit, 0, 0, 0, 0, 999, 1000, 1000, 2000), [
    ...[true, true, true, false, false],
    ...[true, false, true],
  ]);
});

test('what it says is when the bucket is full again', () => {
  const limit = limitOf();
  const table = new BucketTable();
  assert.deepEqual(
    [0, 0, 500, 500, 5000].map((nowMs) => table.take('a', limit, nowMs)),
    [1000, 2000, 2500, -2500, 1000],
  );
});

test('it agrees with a bucket that is counted, for any times, to ±1', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 200 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 50 }), (waits, perMinute, burst) => {
      const limit = limitOf({ intervalMs: 60_000 / perMinute, burst });
      const table = new BucketTable();
      let [nowMs, tokens, here, there] = [0, burst, 0, 0];
      for (const wait of waits) {
        nowMs += wait;
        tokens = Math.min(burst, tokens + (wait * perMinute) / 60_000);
        if (tokens >= 1 - 1e-9) {
          tokens -= 1;
          there++;
        }
        if (table.take('a', limit, nowMs) >= 0) here++;
        assert.ok(Math.abs(here - there) <= 1, `${here} instead of ${there}`);
      }
    }),
  );
});

test('keys have buckets of their own, and the one not seen for longest is forgotten', () => {
  const limit = limitOf({ burst: 1 });
  const table = new BucketTable();
  for (const key of ['a', 'b', 'c', 'd']) assert.deepEqual(takes(table, key, limit, 0, 0), [true, false]);
  takes(table, 'a', limit, 0);
  assert.deepEqual(takes(table, 'e', limit, 0), [true]);
  assert.equal(table.size, 4);
  assert.deepEqual(takes(table, 'a', limit, 0), [false]);
  assert.deepEqual(takes(table, 'b', limit, 0), [true]);
  assert.equal(table.size, 4);
});

test('it forgets as a plain list would, whatever comes', () => {
  const keys = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 400 });
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 40 }), (seen, maxKeys) => {
      const limit = limitOf({ burst: 1, maxKeys });
      const table = new BucketTable();
      const list: number[] = [];
      for (const key of seen) {
        const at = list.indexOf(key);
        assert.equal(table.take(String(key), limit, 0) >= 0, at < 0);
        if (at >= 0) list.splice(at, 1);
        list.unshift(key);
        list.length = Math.min(list.length, maxKeys);
        assert.equal(table.size, list.length);
      }
    }),
  );
});

test('another limit of the same kind goes on with what was taken, another kind anew', () => {
  const table = new BucketTable();
  takes(table, 'a', limitOf({ burst: 10 }), 0, 0, 0, 0);
  assert.equal(table.take('a', limitOf({ burst: 10 }), 0), 5000, 'the same numbers change nothing');
  // Five of a burst of ten are taken: at a tenth of the time each.
  assert.equal(table.take('a', limitOf({ burst: 10, intervalMs: 100 }), 0), 600);
  assert.equal(table.take('a', limitOf({ burst: 2, intervalMs: 50_000 }), 0), -100_000, 'no more than its burst');
  assert.equal(table.take('a', limitOf({ keyedBy: 'header:x' }), 0), 1000);
});

test('fewer keys keep those seen last', () => {
  const table = new BucketTable();
  for (const key of ['a', 'b', 'c', 'd']) takes(table, key, limitOf({ burst: 1 }), 0);
  const fewer = limitOf({ burst: 1, maxKeys: 2 });
  assert.deepEqual(takes(table, 'd', fewer, 0), [false]);
  assert.equal(table.size, 2);
  assert.deepEqual([...takes(table, 'c', fewer, 0), ...takes(table, 'b', fewer, 0)], [false, true]);
});

test('keys of every character keep apart', () => {
  const table = new BucketTable();
  for (const key of ['é', 'e', 'ü\u{1f600}', '\ud800', '\ud801', '']) {
    assert.deepEqual(takes(table, key, limitOf({ burst: 1, maxKeys: 10 }), 0, 0), [true, false], JSON.stringify(key));
  }
});

test('a table is there as long as an instance holds it', () => {
  const buckets = new RateBuckets();
  const table = buckets.hold('a');
  assert.equal(buckets.hold('a'), table);
  assert.notEqual(buckets.hold('b'), table);
  buckets.letGo('a');
  assert.equal(buckets.hold('a'), table);
  for (const name of ['a', 'a', 'b', 'never']) buckets.letGo(name);
  assert.equal(buckets.size, 0);
  assert.notEqual(buckets.hold('a'), table);
});
