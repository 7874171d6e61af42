import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLoopTurns } from '../../../src/channel/event-loop-turns.js';
import { settled } from '../../support/turns.js';

test('the number is the same within a turn and another in the next', async () => {
  const turns = new EventLoopTurns();
  const first = turns.current();
  await Promise.resolve();
  await new Promise((resolve) => process.nextTick(resolve));
  assert.equal(turns.current(), first);
  await settled(2);
  assert.notEqual(turns.current(), first);
});

test('what is to run next runs once, in order, with its argument, in the next turn', async () => {
  const turns = new EventLoopTurns();
  const seen: string[] = [];
  const note = (word: string): void => {
    seen.push(word);
  };
  turns.next(note, 'one');
  turns.next(note, 'two');
  await new Promise((resolve) => process.nextTick(resolve));
  assert.deepEqual(seen, []);
  await settled(2);
  assert.deepEqual(seen, ['one', 'two']);
  await settled(2);
  assert.deepEqual(seen, ['one', 'two']);
});

test('what asks for the next turn from within one gets the one behind it', async () => {
  const turns = new EventLoopTurns();
  const numbers: number[] = [];
  const again = (left: number): void => {
    numbers.push(turns.current());
    if (left > 0) turns.next(again, left - 1);
  };
  turns.next(again, 3);
  await settled();
  assert.equal(numbers.length, 4);
  assert.equal(new Set(numbers).size, 4);
});
