import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadlines } from '../../../src/channel/deadlines.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { OFF_ROSTER } from '../../../src/exchange/roster.js';
import { defaultTunnelPolicy } from '../../../src/exchange/tunnel-policy.js';
import { Attempts, type AttemptsListener } from '../../../src/forwarder/attempts.js';
import type { ForwarderHost } from '../../../src/forwarder/forwarder-host.js';
import type { Backend } from '../../../src/service/backend.js';
import type { Lease } from '../../../src/service/lease.js';
import { ManualClock } from '../../support/manual-clock.js';
import { fakeExchange } from '../middleware/fake-exchange.js';
import { backend, type StubTraits, service } from '../service/stub-service.js';

class Listening implements AttemptsListener {
  readonly calls: string[] = [];

  leased(lease: Lease, first: boolean): void {
    this.calls.push(`${lease.backend.authority}${first ? '' : ' again'}`);
  }

  waitingForRoom(): void {
    this.calls.push('waiting');
  }

  attemptsFailed(error: ProxyError): void {
    this.calls.push(error.code);
  }
}

class NeverSwept {
  sweepPlace = OFF_ROSTER;
  sweep(): void {}
}

const refused = new ProxyError('connect-refused');
const ticked = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

function stand(backends: readonly Backend[], traits: StubTraits = {}, upgrade = false) {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  deadlines.add(new NeverSwept());
  const { service: api, counters } = service(backends, traits);
  const tunnelPolicy = () => ({ ...defaultTunnelPolicy, handshakeTimeoutMs: 1_000 });
  const host = { deadlines, tunnelPolicy, nowMs: () => clock.nowMs() } as unknown as ForwarderHost;
  const begin = () => {
    const headers = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ] as const;
    const { exchange } = fakeExchange(upgrade ? { headers } : {});
    const listening = new Listening();
    const attempts = new Attempts(exchange, api, host, listening);
    attempts.begin();
    return { exchange, listening, attempts };
  };
  return { clock, counters, begin, ...begin() };
}

test('each failed backend is noted with its cause, given back, and not tried again', () => {
  const { attempts, listening, exchange, counters } = stand([backend('a'), backend('b'), backend('c')]);
  assert.equal(attempts.next(refused), true);
  assert.equal(attempts.next(refused), true);
  assert.deepEqual(listening.calls, ['a.example', 'b.example again', 'c.example again']);
  assert.equal(counters.leases, 1);
  assert.deepEqual(
    exchange.tries.map(({ backend: url, error }) => [url, error?.code]),
    [
      ['http://a.example:80', 'connect-refused'],
      ['http://b.example:80', 'connect-refused'],
    ],
  );
  assert.equal(attempts.next(refused), false);
  attempts.failed(refused);
  attempts.release();
  assert.equal(exchange.tries.length, 3);
  assert.deepEqual(counters.open(), {});
});

test('no more backends are tried than the policy allows', () => {
  for (const attemptsAllowed of [1, 2]) {
    const retry = { attempts: attemptsAllowed, timeoutMs: 5_000 };
    const { attempts } = stand([backend('a'), backend('b'), backend('c')], { retry });
    for (let count = 1; count < attemptsAllowed; count++) assert.equal(attempts.next(refused), true);
    assert.equal(attempts.next(refused), false);
    assert.notEqual(attempts.lease, null);
  }
});

test('where none is left the last failure is told', () => {
  const { attempts, listening, counters } = stand([backend('a')]);
  assert.equal(attempts.next(refused), true);
  assert.deepEqual(listening.calls, ['a.example', 'connect-refused']);
  assert.deepEqual([attempts.lease, counters.leases], [null, 0]);
});

test('a service without an available backend says so', () => {
  assert.deepEqual(stand([backend('a', { active: false })]).listening.calls, ['no-backend']);
});

test('a retry counts where another backend was leased, not where none was left', () => {
  const numbers = { retries: 0 };
  const { attempts } = stand([backend('a'), backend('b')], { numbers });
  assert.equal(numbers.retries, 0);
  attempts.next(refused);
  assert.equal(numbers.retries, 1);
  attempts.next(refused);
  assert.deepEqual([attempts.lease, numbers.retries], [null, 1]);
});

test('after the time of the retry policy no other is tried; for handshakes after theirs', () => {
  const backends = () => [backend('a'), backend('b'), backend('c')];
  for (const [upgrade, limitMs] of [
    [false, 5_000],
    [true, 1_000],
  ] as const) {
    const early = stand(backends(), {}, upgrade);
    early.clock.advance(limitMs - 250);
    assert.equal(early.attempts.next(refused), true);
    early.clock.advance(250);
    assert.equal(early.attempts.next(refused), false);
  }
});

test('where all are full it waits and is leased the next room; release() stops the waiting', async () => {
  const { attempts, begin, counters } = stand([backend('a')], { maxActiveConnections: 1 });
  const [second, third] = [begin(), begin()];
  assert.deepEqual([second.listening.calls, counters.waiting], [['waiting'], 2]);
  third.attempts.release();
  third.attempts.release();
  assert.equal(counters.waiting, 1);
  attempts.release();
  await ticked();
  assert.deepEqual(second.listening.calls, ['waiting', 'a.example']);
  second.attempts.release();
  second.attempts.release();
  await ticked();
  assert.deepEqual(third.listening.calls, ['waiting']);
  assert.deepEqual(counters.open(), {});
});

test('room at a backend that has failed the one who waits goes to the next one', async () => {
  const [a, b] = [backend('a'), backend('b')];
  const { attempts, begin, counters } = stand([a, b], { maxActiveConnections: 1 });
  const onB = begin();
  assert.equal(attempts.next(refused), true);
  assert.deepEqual([attempts.lease, counters.waiting], [null, 1]);
  const onA = begin();
  const waits = begin();
  assert.deepEqual(waits.listening.calls, ['waiting']);
  onA.attempts.release();
  await ticked();
  assert.deepEqual(waits.listening.calls, ['waiting', 'a.example']);
  onB.attempts.release();
  await ticked();
  assert.equal(attempts.lease?.backend, b);
});

test('who waits finds the room of a backend whose time out is over, though nobody says so', () => {
  const time = { ms: 0 };
  const circuit = { failures: 1, withinMs: 30_000, retryAfterMs: 10_000 };
  const [out, full] = [backend('a', { circuit, nowMs: () => time.ms }), backend('b')];
  full.follow({ ...full.traits, maxExchanges: 1 }, null);
  full.exchanges = 1;
  out.exchangeFailed('connect-refused', 0);
  const { attempts, listening } = stand([out, full]);
  assert.deepEqual([attempts.roomMade(), attempts.lease], [false, null]);
  time.ms += 10_000;
  assert.equal(attempts.roomMade(), true);
  assert.equal(listening.calls.at(-1), 'a.example');
});

test('who failed, waited and then finds nobody is told of the failure', () => {
  const [a, b] = [backend('a'), backend('b')];
  b.follow({ ...b.traits, maxExchanges: 1 }, null);
  const { attempts, listening } = stand([a, b]);
  b.exchanges = 1;
  assert.equal(attempts.next(refused), true);
  assert.equal(attempts.lease, null);
  b.active = false;
  attempts.roomMade();
  assert.equal(listening.calls.at(-1), 'connect-refused');
});
