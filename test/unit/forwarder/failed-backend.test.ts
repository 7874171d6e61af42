import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OFF_ROSTER } from '../../../src/exchange/roster.js';
import { FailedBackends } from '../../../src/forwarder/failed-backend.js';
import { type LongLived, LongLivedRoster } from '../../../src/forwarder/long-lived.js';
import type { Backend } from '../../../src/service/backend.js';
import { ManualClock } from '../../support/manual-clock.js';
import { backend } from '../service/stub-service.js';

/** So many tunnels to each of two backends; one that is told to end is gone at once. */
function stand(each: number) {
  const clock = new ManualClock();
  const roster = new LongLivedRoster();
  const [failing, other] = [backend('a'), backend('b')];
  const ended: { on: Backend; atMs: number }[] = [];
  const open = (on: Backend): void => {
    const one = {
      openPlace: OFF_ROSTER,
      backend: on,
      drain() {
        ended.push({ on, atMs: clock.nowMs() });
        roster.delete(one);
      },
    } as unknown as LongLived;
    roster.add(one);
  };
  for (let count = 0; count < each; count++) for (const on of [failing, other]) open(on);
  return { clock, roster, failing, ended, open, failed: new FailedBackends(roster, clock) };
}

test('keep: they stay', () => {
  const { clock, ended, failed, failing } = stand(10);
  failed.end(failing, 'keep');
  clock.advance(60_000);
  assert.deepEqual(ended, []);
});

test('close: all of that backend, at once, and no other', () => {
  const { ended, failed, failing, roster } = stand(100);
  failed.end(failing, 'close');
  assert.equal(ended.length, 100);
  assert.ok(ended.every(({ on, atMs }) => on === failing && atMs === 0));
  assert.equal([...roster].length, 100);
});

test('drain: evenly over 30 s', () => {
  const { clock, ended, failed, failing } = stand(100);
  failing.health.healthy = false;
  failed.end(failing, 'drain');
  const after: number[] = [];
  for (let tenth = 0; tenth < 10; tenth++) {
    clock.advance(3_000);
    after.push(ended.length);
  }
  assert.ok(after.every((count, index) => Math.abs(count - 10 * (index + 1)) <= 1, after.join()));
  clock.advance(100);
  assert.equal(ended.length, 100);
});

test('a backend that is well again keeps what it still has; one whose trial is due is not well', () => {
  const { clock, ended, failed, failing } = stand(100);
  failing.health.healthy = false;
  failed.end(failing, 'drain');
  clock.advance(15_000);
  const half = ended.length;
  failing.health.healthy = true;
  failed.changed(failing);
  clock.advance(60_000);
  assert.equal(ended.length, half);
});

test('one that fails once more begins anew, with what was opened in between', () => {
  const { clock, ended, failed, failing, open } = stand(10);
  failing.health.healthy = false;
  failed.end(failing, 'drain');
  clock.advance(15_000);
  failing.health.healthy = true;
  failed.changed(failing);
  for (let count = 0; count < 5; count++) open(failing);
  failing.health.healthy = false;
  failed.end(failing, 'drain');
  clock.advance(31_000);
  assert.equal(ended.length, 15);
});

test('a change that makes it no better goes on; close ends the rest at once', () => {
  const { clock, ended, failed, failing } = stand(10);
  failing.active = false;
  failed.end(failing, 'drain');
  failed.changed(failing);
  clock.advance(15_000);
  assert.ok(ended.length > 3 && ended.length < 8);
  failed.end(failing, 'close');
  assert.equal(ended.length, 10);
});

test('told again while it goes on, nothing goes faster; told again behind it, it begins anew', () => {
  const { clock, ended, failed, failing, open } = stand(10);
  failing.health.healthy = false;
  failed.end(failing, 'drain');
  failed.end(failing, 'drain');
  clock.advance(3_000);
  assert.ok(ended.length <= 2, String(ended.length));
  clock.advance(30_000);
  assert.equal(ended.length, 10);
  open(failing);
  failed.end(failing, 'drain');
  assert.equal(ended.length, 11);
});
