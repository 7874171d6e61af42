import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptCopy } from '../../../src/protocol/kept-copy.js';

test('a copy keeps as many bytes alive as it has', () => {
  const bytes = Buffer.from('abcdef');
  const copy = keptCopy(bytes, 1, 4);
  bytes.fill('x');
  assert.equal(copy.toString(), 'bcd');
  assert.equal(copy.buffer.byteLength, 3);
  assert.equal(keptCopy(bytes, 2, 2).length, 0);
});
