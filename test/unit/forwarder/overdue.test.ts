import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoutePolicy } from '../../../src/exchange/route.js';
import { type ForwardingTimes, overdue } from '../../../src/forwarder/overdue.js';

const policy: RoutePolicy = {
  readTimeoutMs: 60_000,
  writeTimeoutMs: 30_000,
  dialTimeoutMs: 10_000,
  sseIdleTimeoutMs: 3_600_000,
  encodedSlash: 'allow',
  halfClose: 'close',
  sseRetry: null,
};

const unlimited = { ...policy, readTimeoutMs: 0, writeTimeoutMs: 0, dialTimeoutMs: 0, sseIdleTimeoutMs: 0 };

const START_MS = 1_000;

const calm: ForwardingTimes = {
  step: 'sent',
  stepAtMs: START_MS,
  handshakeEndsAtMs: null,
  backendAtMs: START_MS,
  informedAtMs: 0,
  requestAtMs: START_MS,
  responseWanted: true,
  eventStream: false,
  stalledMs: 0,
};

/** One limit: at `afterMs` behind the start it is reached, a millisecond earlier it is not. */
interface Limit {
  readonly name: string;
  readonly times: Partial<ForwardingTimes>;
  readonly afterMs: number;
  readonly code: string;
}

const limits: readonly Limit[] = [
  { name: 'waiting for room', times: { step: 'waiting' }, afterMs: 10_000, code: 'pool-exhausted' },
  { name: 'connecting', times: { step: 'connecting' }, afterMs: 10_000, code: 'connect-timeout' },
  { name: 'waiting for the response', times: { step: 'sent' }, afterMs: 60_000, code: 'response-timeout' },
  {
    name: 'waiting for the response since the backend last sent a 1xx',
    times: { step: 'sent', informedAtMs: START_MS + 7_000 },
    afterMs: 67_000,
    code: 'response-timeout',
  },
  {
    name: 'waiting for the response whose head comes byte by byte',
    times: { step: 'sent', backendAtMs: START_MS + 59_000 },
    afterMs: 60_000,
    code: 'response-timeout',
  },
  {
    name: 'waiting for the response since the client last sent some of its body',
    times: { step: 'sent', requestAtMs: START_MS + 9_000 },
    afterMs: 69_000,
    code: 'response-timeout',
  },
  {
    name: 'reading the response',
    times: { step: 'responding', requestAtMs: START_MS + 50_000 },
    afterMs: 60_000,
    code: 'response-timeout',
  },
  {
    name: 'reading an event stream',
    times: { step: 'responding', eventStream: true },
    afterMs: 3_600_000,
    code: 'stream-idle-timeout',
  },
];

for (const { name, times, afterMs, code } of limits) {
  test(`${name} ends in time with ${code}`, () => {
    const all = { ...calm, ...times };
    assert.equal(overdue(all, policy, START_MS + afterMs - 1), null);
    assert.equal(overdue(all, policy, START_MS + afterMs)?.code, code);
  });

  test(`${name} never ends where the timeout is 0`, () => {
    assert.equal(overdue({ ...calm, ...times }, unlimited, Number.MAX_SAFE_INTEGER), null);
  });
}

for (const step of ['sent', 'responding'] as const) {
  test(`a backend that takes nothing while ${step} is given up in time`, () => {
    const late = (stalledMs: number) => overdue({ ...calm, step, stalledMs }, policy, START_MS);
    assert.equal(late(29_999), null);
    assert.equal(late(30_000)?.code, 'backend-write-timeout');
    assert.equal(overdue({ ...calm, step, stalledMs: 1e12 }, unlimited, START_MS), null);
  });
}

test('a backend whose response nobody reads now is not to blame for its silence', () => {
  const times: ForwardingTimes = { ...calm, step: 'responding', responseWanted: false };
  assert.equal(overdue(times, policy, START_MS + 1e9), null);
  assert.equal(overdue({ ...times, stalledMs: 30_000 }, policy, START_MS + 1e9)?.code, 'backend-write-timeout');
});

for (const step of ['leasing', 'waiting', 'connecting', 'sent'] as const) {
  test(`a handshake that is ${step} ends when its time is over, before any other timeout`, () => {
    const times = { ...calm, step, handshakeEndsAtMs: START_MS + 5_000 };
    assert.equal(overdue(times, policy, START_MS + 4_999), null);
    const code = step === 'waiting' ? 'pool-exhausted' : 'handshake-timeout';
    assert.equal(overdue(times, policy, START_MS + 5_000)?.code, code);
    assert.equal(overdue(times, policy, START_MS + 1e9)?.code, code);
  });
}

test('a 101 that waits in its response phase is late as its handshake is', () => {
  const times: ForwardingTimes = { ...calm, step: 'responding', responseWanted: false, handshakeEndsAtMs: START_MS };
  assert.equal(overdue(times, policy, START_MS - 1), null);
  assert.equal(overdue(times, policy, START_MS)?.code, 'handshake-timeout');
});

for (const step of ['leasing', 'over'] as const) {
  test(`nothing is late while ${step}`, () => {
    assert.equal(overdue({ ...calm, step, stalledMs: 1e9 }, policy, START_MS + 1e9), null);
  });
}

test('the error says how long it took', () => {
  assert.match(overdue({ ...calm, step: 'connecting' }, policy, 1e9)?.message ?? '', /10 s/);
});
