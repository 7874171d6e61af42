import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadlines, SWEEP_PERIOD_MS, type Sweepable } from '../../../src/channel/deadlines.js';
import type { Clock, Timer } from '../../../src/exchange/clock.js';
import { OFF_ROSTER } from '../../../src/exchange/roster.js';
import { ManualClock } from '../../support/manual-clock.js';

class Entry implements Sweepable {
  sweepPlace = OFF_ROSTER;
  readonly sweptAtMs: number[] = [];
  inside: () => void = () => {};

  sweep(nowMs: number): void {
    this.sweptAtMs.push(nowMs);
    this.inside();
  }
}

/** Counts the timers that are pending. */
class CountingClock implements Clock {
  readonly inner = new ManualClock();
  pending = 0;

  readonly nowMs = this.inner.nowMs;
  readonly wallMs = this.inner.wallMs;

  after(delayMs: number, run: () => void): Timer {
    this.pending++;
    const timer = this.inner.after(delayMs, () => {
      this.pending--;
      run();
    });
    return {
      cancel: () => {
        this.pending--;
        timer.cancel();
      },
    };
  }
}

test('everything is swept once per period, with the coarse time', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const [one, other] = [new Entry(), new Entry()];
  deadlines.add(one);
  clock.advance(SWEEP_PERIOD_MS - 1);
  deadlines.add(other);
  assert.equal(deadlines.size, 2);
  assert.deepEqual(one.sweptAtMs, []);
  clock.advance(1);
  assert.deepEqual([one.sweptAtMs, other.sweptAtMs], [[250], [250]]);
  clock.advance(500);
  assert.deepEqual(one.sweptAtMs, [250, 500, 750]);
  assert.equal(deadlines.nowMs, 750);
});

test('the coarse time is whole milliseconds, and loses none of what its timers are late', () => {
  const pending: (() => void)[] = [];
  let nowMs = 0.4;
  const after = (_delayMs: number, run: () => void): Timer => {
    pending.push(run);
    return { cancel: () => {} };
  };
  const deadlines = new Deadlines({ nowMs: () => nowMs, wallMs: () => 0, after });
  deadlines.add(new Entry());
  for (let sweep = 1; sweep <= 1000; sweep++) {
    nowMs = 0.4 + sweep * 250.7;
    pending.shift()?.();
    assert.equal(deadlines.nowMs, Math.floor(sweep * 250.7 + 1e-6));
  }
});

test('added twice is swept once', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const entry = new Entry();
  deadlines.add(entry);
  deadlines.add(entry);
  clock.advance(SWEEP_PERIOD_MS);
  assert.equal(entry.sweptAtMs.length, 1);
  deadlines.delete(entry);
  assert.equal(deadlines.size, 0);
});

test('the timer stops when nothing is watched, and starts again', () => {
  const clock = new CountingClock();
  const deadlines = new Deadlines(clock);
  assert.equal(clock.pending, 0);
  const entry = new Entry();
  deadlines.add(entry);
  assert.equal(clock.pending, 1);
  clock.inner.advance(SWEEP_PERIOD_MS);
  deadlines.delete(entry);
  clock.inner.advance(SWEEP_PERIOD_MS);
  assert.equal(clock.pending, 0);
  clock.inner.advance(60_000);
  assert.equal(entry.sweptAtMs.length, 1);
  deadlines.add(entry);
  assert.equal(clock.pending, 1);
  clock.inner.advance(SWEEP_PERIOD_MS);
  assert.equal(entry.sweptAtMs.length, 2);
});

test('time in which nothing was watched counts for nobody', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const entry = new Entry();
  deadlines.add(entry);
  clock.advance(SWEEP_PERIOD_MS);
  deadlines.delete(entry);
  clock.advance(3_600_000);
  const before = deadlines.nowMs;
  deadlines.add(entry);
  clock.advance(SWEEP_PERIOD_MS);
  assert.equal(deadlines.nowMs, before + SWEEP_PERIOD_MS);
});

test('a sweep that comes late moves time by one period and looks at nothing, but not twice on end', () => {
  let nowMs = 0;
  let due: (() => void) | null = null;
  const clock: Clock = {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    after: (_delayMs, run) => {
      due = run;
      return { cancel: () => {} };
    },
  };
  const deadlines = new Deadlines(clock);
  const entry = new Entry();
  deadlines.add(entry);
  for (const atMs of [260, 760, 3_600_000, 3_600_250, 7_200_000, 10_800_000, 10_800_600, 10_801_200, 10_801_450]) {
    nowMs = atMs;
    const run = due as (() => void) | null;
    run?.();
  }
  assert.deepEqual(entry.sweptAtMs, [260, 760, 1260, 1760, 2260, 2510]);
  assert.equal(deadlines.nowMs, 2510);
});

test('what is taken out during a sweep is not swept any more', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const [one, other] = [new Entry(), new Entry()];
  const takeBothOut = () => {
    deadlines.delete(one);
    deadlines.delete(other);
  };
  one.inside = takeBothOut;
  other.inside = takeBothOut;
  deadlines.add(one);
  deadlines.add(other);
  clock.advance(1_000);
  assert.equal(one.sweptAtMs.length + other.sweptAtMs.length, 1, 'whoever comes first');
});

test('what is put in during a sweep is watched from then on', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const [one, other] = [new Entry(), new Entry()];
  one.inside = () => {
    deadlines.delete(one);
    deadlines.add(other);
  };
  deadlines.add(one);
  clock.advance(SWEEP_PERIOD_MS);
  assert.equal(deadlines.size, 1);
  clock.advance(SWEEP_PERIOD_MS);
  assert.equal(one.sweptAtMs.length, 1);
  assert.equal(other.sweptAtMs.at(-1), 500);
});

test('stop() forgets everything', () => {
  const clock = new CountingClock();
  const deadlines = new Deadlines(clock);
  const entry = new Entry();
  deadlines.add(entry);
  deadlines.stop();
  deadlines.stop();
  assert.equal(clock.pending, 0);
  clock.inner.advance(1_000);
  assert.deepEqual([entry.sweptAtMs.length, deadlines.size], [0, 0]);
});
