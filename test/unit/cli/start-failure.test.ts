import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainStartFailure } from '../../../src/cli/start-failure.js';

const advice = { anotherPort: 'toyou-proxy run --port PORT' };
const failure = (code: string, port: number) =>
  Object.assign(new Error(`listen ${code}`), { code, port, address: '127.0.0.1' });

test('a port in use: which, and how to take another', () => {
  assert.equal(
    explainStartFailure(failure('EADDRINUSE', 8080), advice),
    'error: port 8080 on 127.0.0.1 is in use: end the program that holds it, or take another port: toyou-proxy run --port PORT',
  );
});

test('a port below 1024: what it needs', () => {
  assert.match(explainStartFailure(failure('EACCES', 80), advice), /ports below 1024 need CAP_NET_BIND_SERVICE/);
  assert.doesNotMatch(explainStartFailure(failure('EACCES', 8080), advice), /1024/);
});

test('an address of another machine, and whatever else', () => {
  assert.match(explainStartFailure(failure('EADDRNOTAVAIL', 80), advice), /127\.0\.0\.1 is no address of this machine/);
  assert.equal(explainStartFailure(new Error('odd'), advice), 'error: it could not be opened: odd');
  assert.equal(explainStartFailure('odd', advice), 'error: it could not be started: odd');
});
