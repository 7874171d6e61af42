import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BackendView } from '../../../src/exchange/service-view.js';
import type { Backend, BackendTraits } from '../../../src/service/backend.js';
import { backendTotals } from '../../../src/service/backend-totals.js';
import { backendsMeant, serviceView } from '../../../src/service/service-view.js';
import { RecordingUser } from '../connection/recording-user.js';
import { backend, service } from './stub-service.js';

const at = (host: string, port = 80) => ({ host, port });

function viewOf(one: Backend): BackendView {
  const [view] = serviceView(service([one]).service, 'round_robin').backends;
  return view ?? assert.fail('there is no backend');
}

describe('the view of a service', () => {
  it('says what it is, and has its backends in their order', () => {
    const { service: api } = service([backend('b'), backend('a')], { onUnhealthy: 'drain', numbers: { retries: 7 } });
    const { backends, ...rest } = serviceView(api, 'ip_hash');
    assert.deepEqual(rest, { name: 'api', strategy: 'ip_hash', retries: 7, on_unhealthy: 'drain' });
    assert.deepEqual(
      backends.map(({ id }) => id),
      ['b.example:80', 'a.example:80'],
    );
  });

  it('has a backend of which nothing is known', () => {
    assert.deepEqual(viewOf(backend('a', { weight: 3 })), {
      id: 'a.example:80',
      url: 'http://a.example:80',
      address: 'a.example:80',
      active: true,
      weight: 3,
      configured: { active: true, weight: 3 },
      available: true,
      health: { state: 'unknown', reason: null, checked_at: null, changed_at: null },
      circuit: { state: 'closed', retry_in_ms: 0 },
      leases: 0,
      exchanges: 0,
      tunnels: 0,
      connections: { active: 0, idle: 0, tunnels: 0 },
      latency_ms: null,
      failures: {},
    });
  });

  it('tells what an operator set from what is configured', () => {
    const one = backend('a', { weight: 3 });
    one.follow(one.traits, { active: false, weight: 5 });
    const { active, weight, configured, available } = viewOf(one);
    assert.deepEqual({ active, weight, available }, { active: false, weight: 5, available: false });
    assert.deepEqual(configured, { active: true, weight: 3 });
  });

  it('has what checks found out, and when', () => {
    const one = backend('a');
    const thresholds = { healthyThreshold: 2, unhealthyThreshold: 2 };
    one.health.take({ good: true }, thresholds, Date.UTC(2026, 0, 1));
    assert.equal(viewOf(one).health.state, 'healthy');
    one.health.take({ good: false, reason: 'status 500' }, thresholds, Date.UTC(2026, 0, 2));
    assert.deepEqual(viewOf(one).health, {
      state: 'healthy',
      reason: 'status 500',
      checked_at: '2026-01-02T00:00:00.000Z',
      changed_at: '2026-01-01T00:00:00.000Z',
    });
    one.health.take({ good: false, reason: 'status 500' }, thresholds, Date.UTC(2026, 0, 3));
    const { health, available } = viewOf(one);
    assert.deepEqual([health.state, health.changed_at, available], ['unhealthy', '2026-01-03T00:00:00.000Z', false]);
  });

  it('has what the traffic says: circuit, failures, latency', () => {
    let nowMs = 0;
    const circuit = { failures: 2, withinMs: 1000, retryAfterMs: 500 };
    const one = backend('a', { circuit, nowMs: () => nowMs });
    one.latency.add(1.23456);
    one.exchangeFailed('connect-refused', 0);
    one.exchangeFailed('backend-gone', 0);
    nowMs = 100.5;
    const open = viewOf(one);
    assert.deepEqual(open.circuit, { state: 'open', retry_in_ms: 400 });
    assert.deepEqual(open.failures, { 'connect-refused': 1, 'backend-gone': 1 });
    assert.deepEqual([open.latency_ms, open.available], [1.235, false]);
    nowMs = 500;
    assert.deepEqual(viewOf(one).circuit, { state: 'half-open', retry_in_ms: 0 });
    assert.equal(viewOf(one).available, true);
  });

  it('counts connections: in use, idle, and those that became tunnels', () => {
    const one = backend('a');
    one.pool.connect(new RecordingUser());
    const second = one.pool.connect(new RecordingUser());
    assert.deepEqual(viewOf(one).connections, { active: 2, idle: 0, tunnels: 0 });
    second.close();
    Object.assign(one, { leases: 5, exchanges: 2, tunnels: 4 });
    const { connections, leases, exchanges, tunnels } = viewOf(one);
    assert.deepEqual(connections, { active: 1, idle: 0, tunnels: 3 });
    assert.deepEqual([leases, exchanges, tunnels], [5, 2, 4]);
  });

  it('writes addresses as they are dialled', () => {
    const traits: [Partial<BackendTraits>, string][] = [
      [{ address: at('10.0.0.1', 8080) }, '10.0.0.1:8080'],
      [{ address: at('::1') }, '[::1]:80'],
      [{ address: { host: '', port: 0, path: '/run/a.sock' } }, '/run/a.sock'],
      [{ address: { ...at('chat.internal'), path: null } }, 'chat.internal:80'],
    ];
    for (const [given, text] of traits) {
      const { id, address } = viewOf(backend('a', given));
      assert.deepEqual([id, address], [text, text]);
    }
  });
});

describe('what an operator means by a word', () => {
  const named = { url: 'http://chat:80', resolved: true };
  const first = backend('chat at 1', { ...named, written: 'chat', address: at('10.0.0.1') });
  const second = backend('chat at 2', { ...named, written: 'chat', address: at('10.0.0.2') });
  const twice = backend('chat 2 at 1', { ...named, written: 'chat 2', address: at('10.0.0.1') });
  const other = backend('other', { url: 'http://other:80', address: at('10.0.0.9') });
  const { service: api } = service([first, second, twice, other]);
  const meant = (word: string) => [...backendsMeant(word, api)];

  it('is one address by its id, which a second one with the same address has a number behind', () => {
    assert.deepEqual(meant('10.0.0.2:80'), [['10.0.0.2:80', 'chat at 2']]);
    assert.deepEqual(meant('10.0.0.1:80'), [['10.0.0.1:80', 'chat at 1']]);
    assert.deepEqual(meant('10.0.0.1:80#2'), [['10.0.0.1:80#2', 'chat 2 at 1']]);
  });

  it('is all addresses of a url, also where it is written twice', () => {
    assert.deepEqual(meant('http://chat:80'), [
      ['10.0.0.1:80', 'chat'],
      ['10.0.0.2:80', 'chat'],
      ['10.0.0.1:80#2', 'chat 2'],
    ]);
    assert.deepEqual(meant('http://other:80'), [['10.0.0.9:80', 'other']]);
  });

  it('is nothing else', () => {
    for (const word of ['', 'chat', 'chat at 1', '10.0.0.1', '10.0.0.1:80#1', '10.0.0.2:80#2', 'http://chat']) {
      assert.deepEqual(meant(word), [], word);
    }
  });
});

describe('totals of backends', () => {
  const named = { url: 'http://chat:80' };
  const totals = (services: readonly (readonly Backend[])[], removed: readonly Backend[] = []) => [
    ...backendTotals(
      services.map((backends) => service(backends).service),
      [...services.flat(), ...removed],
    ),
  ];
  const nothing = { service: 'api', active: 0, idle: 0, tunnels: 0 };

  it('are by url: addresses that are healthy, and connections', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => backend(name, named)) as [
      Backend,
      Backend,
      Backend,
      Backend,
    ];
    a.pool.connect(new RecordingUser());
    Object.assign(b, { leases: 3, exchanges: 1 });
    c.health.healthy = false;
    d.follow({ ...d.traits, circuit: { failures: 1, withinMs: 1, retryAfterMs: 1 } }, { active: false, weight: null });
    assert.deepEqual(totals([[a, b, c, d], [backend('e')]]), [
      { ...nothing, url: 'http://chat:80', healthy: 3, active: 1, tunnels: 2 },
      { ...nothing, url: 'http://e.example:80', healthy: 1 },
    ]);
    d.exchangeFailed('connect-refused', 0);
    assert.equal(totals([[a, b, c, d]])[0]?.healthy, 2);
    assert.equal(totals([[c]])[0]?.healthy, 0);
  });

  it('have what was removed while something is open on it', () => {
    const [gone, busy] = [backend('gone'), backend('busy')];
    Object.assign(busy, { leases: 1 });
    assert.deepEqual(totals([], [gone, busy]), [
      { ...nothing, url: 'http://busy.example:80', healthy: null, tunnels: 1 },
    ]);
  });

  it('add what left a name to what it still has', () => {
    const left = backend('left', named);
    Object.assign(left, { leases: 1 });
    assert.deepEqual(totals([[backend('a', named)]], [left]), [
      { ...nothing, url: 'http://chat:80', healthy: 1, tunnels: 1 },
    ]);
  });
});
