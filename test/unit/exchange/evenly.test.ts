import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evenly } from '../../../src/exchange/evenly.js';
import { ManualClock } from '../../support/manual-clock.js';

const hundred = Array.from({ length: 100 }, (_, index) => index);

test('the first comes at once, the others evenly, each once and in order', () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  evenly(hundred, 10_000, clock, (member) => seen.push(member));
  assert.deepEqual(seen, [0]);
  const byQuarter = [2500, 2500, 2500, 2500].map((ms) => {
    clock.advance(ms);
    return seen.length;
  });
  assert.deepEqual(byQuarter, [26, 51, 76, 100]);
  assert.deepEqual(seen, hundred);
});

test('over no time all come at once, and nobody is nobody', () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  evenly(hundred, 0, clock, (member) => seen.push(member));
  evenly([], 1000, clock, () => assert.fail('there is nobody'));
  clock.advance(2000);
  assert.deepEqual(seen, hundred);
});

test('behind the last one it goes on as long as somebody asks for it', () => {
  const clock = new ManualClock();
  let asked = 0;
  evenly(
    [1],
    100,
    clock,
    () => {},
    () => ++asked < 5,
  );
  clock.advance(10_000);
  assert.equal(asked, 5);
});
