import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingBytes } from '../../../src/channel/waiting-bytes.js';

test('bytes wait as copies and leave as one', () => {
  const waiting = new WaitingBytes();
  const source = Buffer.from('..first..');
  waiting.add(source, 2, 7);
  source.fill('x');
  waiting.add(Buffer.from('second'), 0, 6);
  assert.equal(waiting.length, 11);
  assert.equal(waiting.take().toString(), 'firstsecond');
  assert.equal(waiting.length, 0);
});

test('what was taken is not touched by what waits next', () => {
  const waiting = new WaitingBytes();
  waiting.add(Buffer.from('first'), 0, 5);
  const taken = waiting.take();
  waiting.add(Buffer.from('other'), 0, 5);
  assert.equal(taken.toString(), 'first');
});

test('more than there is room for', () => {
  const waiting = new WaitingBytes();
  let expected = '';
  for (let count = 0; count < 300; count++) {
    const piece = Buffer.alloc(count * 7, 97 + (count % 26));
    expected += piece.toString();
    waiting.add(piece, 0, piece.length);
  }
  assert.ok(waiting.take().toString() === expected);
});
