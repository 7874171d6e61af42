import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DialFailure } from '../../../src/channel/dialer.js';
import { dialError } from '../../../src/connection/dial-error.js';

function failure(code: string, address: string, parts: Partial<DialFailure> = {}): DialFailure {
  return Object.assign(new Error(`connect ${code} ${address}`), { code, address }, parts);
}

function told(error: DialFailure): readonly [string, string] {
  const { code, message } = dialError(error);
  return [code, message];
}

test('a permission that lacks, a full backlog: what a path may be guilty of is said', () => {
  assert.deepEqual(told(failure('EACCES', '/run/app')), [
    'connect-failed',
    'connect EACCES /run/app: its permissions forbid it',
  ]);
  assert.deepEqual(told(failure('EAGAIN', '/run/app')), [
    'connect-failed',
    'connect EAGAIN /run/app: its backlog is full',
  ]);
  assert.deepEqual(told(failure('ECONNREFUSED', '10.0.0.1')), ['connect-refused', 'connect ECONNREFUSED 10.0.0.1']);
});

test('of several addresses a refusal says most, else the first', () => {
  const several = (...codes: string[]) => {
    const errors = codes.map((code, index) => failure(code, `10.0.0.${index}`));
    return told(Object.assign(new AggregateError(errors), { code: codes[0] as string }) as DialFailure);
  };
  assert.deepEqual(several('ENETUNREACH', 'ECONNREFUSED'), [
    'connect-refused',
    'connect ENETUNREACH 10.0.0.0; connect ECONNREFUSED 10.0.0.1',
  ]);
  assert.equal(several('ETIMEDOUT', 'ENETUNREACH')[0], 'connect-failed');
  assert.equal(several('EMFILE', 'EMFILE')[0], 'out-of-files');
});

test('names, open files and TLS have codes of their own', () => {
  assert.equal(told(failure('ENOTFOUND', 'a.example'))[0], 'dns-failed');
  assert.equal(told(failure('EMFILE', '10.0.0.1'))[0], 'out-of-files');
  assert.deepEqual(told(Object.assign(new Error('bad'), { code: 'ERR_X', duringTls: true as const })), [
    'tls-failed',
    'ERR_X: bad',
  ]);
  assert.deepEqual(told(new Error('')), ['connect-failed', 'no reason given']);
});
