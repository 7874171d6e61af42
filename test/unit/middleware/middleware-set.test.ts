import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { Counters } from '../../../src/exchange/counters.js';
import type { MiddlewareHost, MiddlewareType } from '../../../src/exchange/middleware.js';
import { RateBuckets } from '../../../src/exchange/rate-buckets.js';
import { TunnelCounts } from '../../../src/exchange/tunnel-counts.js';
import { MiddlewareSet } from '../../../src/middleware/middleware-set.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RecordingLog } from '../../support/recording-log.js';

/** A type that notes what becomes of its instances. */
function stand(dispose: () => void = () => {}) {
  const made: string[] = [];
  const disposed: string[] = [];
  const type: MiddlewareType = {
    type: 'probe',
    optionsSchema: z.unknown(),
    create(name, options) {
      made.push(`${name} ${JSON.stringify(options)}`);
      return {
        name,
        dispose() {
          disposed.push(name);
          dispose();
        },
      };
    },
  };
  const log = new RecordingLog();
  const host: MiddlewareHost = {
    log,
    clock: new ManualClock(),
    random: () => 0,
    tunnelCounts: new TunnelCounts(new Counters()),
    rateBuckets: new RateBuckets(),
  };
  const newSet = () => new MiddlewareSet(new Map([['probe', type]]), host);
  const traits = (options: unknown) => ({ name: 'one', type: 'probe', options });
  return { made, disposed, log, newSet, traits };
}

test('an instance is made once for a set, and taken over where nothing about it changed', async () => {
  const { made, disposed, newSet, traits } = stand();
  const first = newSet();
  const second = newSet();
  const instance = first.get(traits({ a: 1 }), null);
  assert.equal(first.get(traits({ a: 1 }), null), instance);
  assert.equal(second.get(traits({ a: 1 }), first), instance);
  await first.retire();
  assert.deepEqual(disposed, [], 'the second set has it still');
  await second.retire();
  assert.deepEqual([made, disposed], [['one {"a":1}'], ['one']]);
});

test('one whose options changed is made anew; the old one goes with its set', async () => {
  const { made, disposed, newSet, traits } = stand();
  const first = newSet();
  const second = newSet();
  const instance = first.get(traits({ a: 1 }), null);
  assert.notEqual(second.get(traits({ a: 2 }), first), instance);
  await first.retire();
  assert.deepEqual([made.length, disposed], [2, ['one']]);
});

test('a set lets go only when its last exchange has ended', async () => {
  const { disposed, newSet, traits } = stand();
  const set = newSet();
  set.get(traits(null), null);
  set.begin();
  set.begin();
  const retired = set.retire();
  set.end();
  await new Promise(setImmediate);
  assert.deepEqual(disposed, []);
  set.end();
  await retired;
  assert.deepEqual(disposed, ['one']);
});

test('a dispose that throws is logged, and the others are disposed of all the same', async () => {
  const { disposed, log, newSet, traits } = stand(() => {
    throw new Error('no');
  });
  const set = newSet();
  set.get(traits(null), null);
  set.get({ ...traits(null), name: 'two' }, null);
  await set.retire();
  assert.deepEqual(disposed, ['one', 'two']);
  assert.equal(log.lines.length, 2);
});

test('a type that is not there is an error that names it', () => {
  const { newSet } = stand();
  assert.throws(() => newSet().get({ name: 'x', type: 'none', options: null }, null), /no middleware type "none"/);
});
