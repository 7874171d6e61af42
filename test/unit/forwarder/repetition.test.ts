import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorTable } from '../../../src/exchange/proxy-error.js';
import { endsTry, repetitionOf } from '../../../src/forwarder/repetition.js';

const sent = { step: 'sent', code: 'backend-gone', repeatable: true, fresh: true } as const;
const codes = Object.keys(errorTable) as (keyof typeof errorTable)[];

test('what was not sent goes to the next backend, whatever it is', () => {
  for (const repeatable of [true, false]) {
    for (const code of codes) {
      const expected = code === 'out-of-files' ? null : 'next';
      assert.equal(repetitionOf({ ...sent, step: 'connecting', code, repeatable }), expected);
    }
  }
});

test('what may be sent twice goes on where a backend left, fell silent or took nothing before its response', () => {
  const repeated = codes.filter((code) => repetitionOf({ ...sent, code }) !== null);
  assert.deepEqual(repeated.sort(), ['backend-gone', 'backend-write-timeout', 'response-timeout']);
  for (const code of repeated) assert.equal(repetitionOf({ ...sent, code, repeatable: false }), null);
});

test('an idle connection that had ended unseen is no fault of the backend: the same one again', () => {
  assert.equal(repetitionOf({ ...sent, fresh: false }), 'same');
  assert.equal(repetitionOf({ ...sent, fresh: false, code: 'response-timeout' }), 'next');
});

test('nothing is repeated behind the head of a response', () => {
  for (const step of ['responding', 'over', 'waiting'] as const) {
    for (const code of codes) assert.equal(repetitionOf({ ...sent, step, code }), null);
  }
});

test('a try ends by its connection, an exchange by its own limits', () => {
  assert.equal(endsTry('connecting', 'connect-timeout'), true);
  assert.equal(endsTry('connecting', 'handshake-timeout'), false);
  assert.equal(endsTry('sent', 'response-timeout'), true);
  assert.equal(endsTry('sent', 'handshake-timeout'), false);
  assert.equal(endsTry('responding', 'response-timeout'), false);
  assert.equal(endsTry('waiting', 'pool-exhausted'), false);
});
