import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { EventLoopTurns } from '../../../src/channel/event-loop-turns.js';
import { TurnShare } from '../../../src/channel/turn-share.js';

const KIB = 1024;

function clockOf(t: TestContext): { nowMs: number } {
  const clock = { nowMs: 0 };
  t.mock.method(performance, 'now', () => clock.nowMs);
  return clock;
}

function nextTurn(turns: EventLoopTurns): Promise<void> {
  return new Promise((resolve) => turns.next(resolve, undefined));
}

test('1 MiB is enough for a turn, and the next one begins anew', async (t) => {
  clockOf(t);
  const turns = new EventLoopTurns();
  const share = new TurnShare(turns);
  for (let count = 0; count < 63; count++) assert.equal(share.took(16 * KIB), false);
  assert.equal(share.took(16 * KIB), true);
  await nextTurn(turns);
  assert.equal(share.took(16 * KIB), false);
});

test('so are 2 ms, however small the chunks', (t) => {
  const clock = clockOf(t);
  const share = new TurnShare(new EventLoopTurns());
  let chunks = 0;
  while (!share.took(512)) {
    clock.nowMs += 0.1;
    chunks++;
  }
  assert.ok(chunks >= 20 && chunks < 60, `${chunks} chunks`);
});

test('a small message is not looked at', (t) => {
  const now = t.mock.method(performance, 'now', () => 0);
  const share = new TurnShare(new EventLoopTurns());
  for (let count = 0; count < 10; count++) assert.equal(share.took(64), false);
  assert.equal(now.mock.callCount(), 0);
});
