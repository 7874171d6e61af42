import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../../../src/exchange/counters.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import type { BackendNews } from '../../../src/service/backend.js';
import { Lease } from '../../../src/service/lease.js';
import { backend, service, wish } from './stub-service.js';

const refused = new ProxyError('connect-refused');

function watched(failures = 2) {
  const time = { ms: 0 };
  const news: BackendNews[] = [];
  const one = backend('a', {
    circuit: { failures, withinMs: 30_000, retryAfterMs: 10_000 },
    nowMs: () => time.ms,
    changed: (_, what) => news.push(what),
  });
  const leased = (forTunnel = false) => new Lease(one, new Counters(), () => {}, forTunnel);
  return { one, time, news, leased };
}

test('failures take it out, a trial that is served brings it back; each is told once, with the reason', () => {
  const { one, time, news, leased } = watched();
  for (let count = 0; count < 5; count++) leased().failed(refused);
  assert.equal(one.available, false);
  time.ms += 10_000;
  assert.equal(one.available, true);
  const trial = leased();
  assert.equal(one.available, false);
  trial.succeeded();
  trial.release();
  assert.equal(one.available, true);
  assert.deepEqual(news, [
    { became: 'taken-out', reason: '2 failures, the last one connect-refused; for 10 s' },
    { became: 'brought-back', reason: 'a request was served' },
  ]);
  assert.deepEqual([...one.failures], [['connect-refused', 5]]);
});

test('a trial that fails takes it out for longer; one that ends without a verdict lets the next one through', () => {
  const { one, time, news, leased } = watched();
  for (let count = 0; count < 2; count++) leased().failed(refused);
  time.ms += 10_000;
  leased().release();
  assert.equal(one.available, true);
  leased().failed(refused);
  assert.equal(news.at(-1)?.reason, 'connect-refused once more; for 20 s');
});

test('checks that are good again end what the traffic said', () => {
  const { one, news, leased } = watched();
  one.bringBack('its checks are good');
  assert.deepEqual(news, [], 'it was not out');
  for (let count = 0; count < 2; count++) leased().failed(refused);
  one.bringBack('its checks are good');
  assert.equal(one.available, true);
  assert.deepEqual(news.at(-1), { became: 'brought-back', reason: 'its checks are good' });
});

test('unhealthy, inactive, of no weight or taken out: it is not available', () => {
  const { one } = watched();
  assert.equal(one.available, true);
  one.health.healthy = false;
  assert.equal(one.available, false);
  one.health.healthy = true;
  one.follow({ ...one.traits, active: false }, null);
  assert.equal(one.available, false);
  one.follow({ ...one.traits, active: true, weight: 0 }, null);
  assert.equal(one.available, false);
});

test('what an operator said goes before the configuration', () => {
  const { one } = watched();
  one.follow({ ...one.traits, weight: 3 }, { active: false, weight: null });
  assert.deepEqual([one.active, one.weight], [false, 3]);
  one.follow(one.traits, { active: null, weight: 7 });
  assert.deepEqual([one.active, one.weight], [true, 7]);
  one.follow(one.traits, null);
  assert.deepEqual([one.active, one.weight], [true, 3]);
});

test('tunnels have places of their own, taken from the beginning of the handshake', () => {
  const { one, leased } = watched();
  one.follow({ ...one.traits, maxTunnels: 2, maxExchanges: 3 }, null);
  const handshake = leased(true);
  const tunnel = leased(true);
  tunnel.becomeTunnel();
  assert.deepEqual([one.tunnels, one.exchanges, one.leases], [2, 1, 2]);
  assert.deepEqual([one.hasRoom(true), one.hasRoom(false)], [false, true]);
  handshake.release();
  assert.deepEqual([one.tunnels, one.hasRoom(true)], [1, true]);
  tunnel.release();
  tunnel.release();
  assert.deepEqual([one.tunnels, one.exchanges, one.leases], [0, 0, 0]);
});

test('who waits for the place of a tunnel is told when one ends', () => {
  const { one } = watched();
  let made = 0;
  const lease = new Lease(one, new Counters(), () => made++, true);
  lease.becomeTunnel();
  assert.equal(made, 1, 'room for an exchange');
  lease.release();
  assert.equal(made, 2, 'room for a tunnel');
});

test('a backend that is preferred is taken, unless it failed, is out or has no room', () => {
  const [a, b] = [backend('a'), backend('b')];
  const { service: api } = service([a, b]);
  const picked = (tried: Set<typeof a> | null = null) => {
    const lease = api.acquire(wish(tried, { preferred: b }));
    assert.ok(lease instanceof Lease);
    lease.release();
    return lease.backend;
  };
  assert.deepEqual([picked(), picked(), picked()], [b, b, b]);
  assert.equal(picked(new Set([b])), a);
  b.active = false;
  assert.equal(picked(), a);
  b.active = true;
  b.follow({ ...b.traits, maxExchanges: 1 }, null);
  b.exchanges = 1;
  assert.equal(picked(), a);
});

test('one that is preferred and has left the service meanwhile is not taken', () => {
  const [a, b, c] = [backend('a'), backend('b'), backend('c')];
  const { service: api } = service([a, b, c]);
  api.useBackends([a, c]);
  const lease = api.acquire(wish(null, { preferred: b }));
  assert.ok(lease instanceof Lease);
  assert.notEqual(lease.backend, b);
  lease.release();
});

test('the mean of its answers follows what it does now', () => {
  const { one } = watched();
  assert.equal(one.latency.meanMs, null);
  one.latency.add(10);
  assert.equal(one.latency.meanMs, 10);
  for (let count = 0; count < 100; count++) one.latency.add(50);
  assert.ok(Math.abs((one.latency.meanMs ?? 0) - 50) < 0.01);
});
