import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendHealth } from '../../../../src/service/health/backend-health.js';
import { bad, GOOD } from './probe-stand.js';

const THRESHOLDS = { healthyThreshold: 2, unhealthyThreshold: 3 };

/** Takes `+` for a good result and `-` for a bad one: `.` where nothing changed, else what changed. */
function changes(health: BackendHealth, results: string, thresholds = THRESHOLDS): string {
  return [...results]
    .map((sign, index) => health.take(sign === '+' ? GOOD : bad('status 503'), thresholds, index))
    .map((change) => (change === null ? '.' : change === 'healthy' ? 'H' : 'U'))
    .join('');
}

test('unknown counts as healthy', () => {
  const health = new BackendHealth();
  assert.deepEqual([health.healthy, health.known, health.lastReason, health.checkedAtMs], [true, false, null, null]);
});

test('the first result decides at once', () => {
  assert.equal(changes(new BackendHealth(), '-'), 'U');
  const good = new BackendHealth();
  assert.equal(changes(good, '+'), '.');
  assert.deepEqual([good.healthy, good.known, good.goodInARow], [true, true, 1]);
});

test('from then on the thresholds decide', () => {
  assert.equal(changes(new BackendHealth(), '+---'), '...U');
  assert.equal(changes(new BackendHealth(), '-++'), 'U.H');
  assert.equal(changes(new BackendHealth(), '-++++---+-++'), 'U.H....U...H');
});

test('results that flap below the thresholds change nothing', () => {
  assert.equal(changes(new BackendHealth(), '+--+--+--+--'), '............');
  assert.equal(changes(new BackendHealth(), '-+-+-+-+'), 'U.......');
});

test('thresholds of one follow every result', () => {
  const thresholds = { healthyThreshold: 1, unhealthyThreshold: 1 };
  assert.equal(changes(new BackendHealth(), '+-+--+', thresholds), '.UHU.H');
});

test('a change is told once, however long it lasts', () => {
  assert.equal(changes(new BackendHealth(), '---------'), 'U........');
});

test('the last reason is that of the last result', () => {
  const health = new BackendHealth();
  health.take(bad('status 503'), THRESHOLDS, 1);
  assert.equal(health.lastReason, 'status 503');
  health.take(bad('status 500'), THRESHOLDS, 2);
  assert.equal(health.lastReason, 'status 500');
  health.take(GOOD, THRESHOLDS, 3);
  assert.equal(health.lastReason, null);
  assert.equal(health.healthy, false);
});

test('it knows when it was checked, and since when it is as it is', () => {
  const health = new BackendHealth();
  health.take(GOOD, THRESHOLDS, 10);
  assert.deepEqual([health.checkedAtMs, health.changedAtMs], [10, 10]);
  for (const atMs of [20, 30]) health.take(bad('status 503'), THRESHOLDS, atMs);
  assert.deepEqual([health.checkedAtMs, health.changedAtMs, health.badInARow], [30, 10, 2]);
  health.take(bad('status 503'), THRESHOLDS, 40);
  assert.deepEqual([health.checkedAtMs, health.changedAtMs, health.badInARow], [40, 40, 3]);
});

test('what is forgotten is unknown again: healthy, and the next result decides', () => {
  const health = new BackendHealth();
  changes(health, '--');
  health.forget();
  assert.deepEqual(health, new BackendHealth());
  assert.equal(changes(health, '-'), 'U');
});

test('lower thresholds hold from the next result on, with what was counted', () => {
  const health = new BackendHealth();
  assert.equal(changes(health, '+--'), '...');
  assert.equal(changes(health, '-', { healthyThreshold: 1, unhealthyThreshold: 2 }), 'U');
});
