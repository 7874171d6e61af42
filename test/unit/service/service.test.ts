import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lease } from '../../../src/service/lease.js';
import type { Service } from '../../../src/service/service.js';
import { backend, CountingWaiter, service, wish } from './stub-service.js';

function acquired(from: Service, wanted = wish()): Lease {
  const lease = from.acquire(wanted);
  assert.ok(lease instanceof Lease);
  return lease;
}

const ticked = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

test('backends are leased in turn', () => {
  const backends = [backend('a'), backend('b'), backend('c')];
  const { service: api, counters } = service(backends);
  const picks = Array.from({ length: 6 }, () => acquired(api).backend.authority);
  assert.deepEqual(picks, ['a.example', 'b.example', 'c.example', 'a.example', 'b.example', 'c.example']);
  assert.equal(counters.leases, 6);
});

test('a backend that is inactive or weighs nothing is never leased', () => {
  const backends = [backend('a', { active: false }), backend('b'), backend('c', { weight: 0 })];
  const { service: api } = service(backends);
  for (let count = 0; count < 10; count++) assert.equal(acquired(api).backend, backends[1]);
});

test('none may be chosen: no backends, none available, or all tried', () => {
  assert.equal(service([]).service.acquire(wish()), 'none');
  assert.equal(service([backend('a', { active: false }), backend('b', { weight: 0 })]).service.acquire(wish()), 'none');
  const backends = [backend('a'), backend('b')];
  assert.equal(service(backends).service.acquire(wish(new Set(backends))), 'none');
});

test('what was tried is passed over', () => {
  const backends = [backend('a'), backend('b')];
  const { service: api } = service(backends);
  const [a, b] = backends;
  assert.ok(a !== undefined);
  for (let count = 0; count < 4; count++) {
    const lease = api.acquire(wish(new Set([a])));
    assert.ok(lease instanceof Lease);
    assert.equal(lease.backend, b);
  }
});

test('who waited for the backend of its cookie does not get one that is of the service no more', () => {
  const [a, b] = [backend('a'), backend('b')];
  const { service: api } = service([a, b]);
  const wanted = wish(null, { preferred: a });
  assert.equal(acquired(api, wanted).backend, a);
  api.useBackends([b, backend('c')]);
  assert.notEqual(acquired(api, wanted).backend, a);
});

test('full backends are passed over; where all are, that is said', () => {
  const backends = [backend('a'), backend('b')];
  const { service: api } = service(backends, { maxActiveConnections: 2 });
  const leases = Array.from({ length: 4 }, () => acquired(api));
  assert.deepEqual(
    backends.map(({ exchanges }) => exchanges),
    [2, 2],
  );
  assert.equal(api.acquire(wish()), 'full');
  const [first] = leases;
  first?.release();
  assert.equal(acquired(api).backend, first?.backend);
  assert.equal(api.acquire(wish()), 'full');
});

test('tunnels do not fill a backend', () => {
  const { service: api } = service([backend('a')], { maxActiveConnections: 1 });
  for (let count = 0; count < 100; count++) acquired(api).becomeTunnel();
  assert.equal(acquired(api).backend.leases, 101);
  assert.equal(api.acquire(wish()), 'full');
});

test('full is said only of what could be chosen', () => {
  const [a, b] = [backend('a'), backend('b')];
  const { service: api } = service([a, b], { maxActiveConnections: 1 });
  acquired(api);
  acquired(api);
  assert.equal(api.acquire(wish(new Set([a]))), 'full');
  assert.equal(api.acquire(wish(new Set([a, b]))), 'none');
  a.active = false;
  b.weight = 0;
  assert.equal(api.acquire(wish()), 'none');
});

test('a limit of 0 is none', () => {
  const { service: api } = service([backend('a')]);
  for (let count = 0; count < 1_000; count++) acquired(api);
});

test('who waits is told after the release, not within it: the first one, once', async () => {
  const { service: api, counters } = service([backend('a')], { maxActiveConnections: 1 });
  const lease = acquired(api);
  const waiters = [0, 1, 2].map(() => new CountingWaiter(() => true));
  for (const waiter of waiters) api.wait(waiter);
  assert.equal(counters.waiting, 3);
  lease.release();
  assert.deepEqual(
    waiters.map(({ told }) => told),
    [0, 0, 0],
  );
  await ticked();
  assert.deepEqual(
    waiters.map(({ told }) => told),
    [1, 0, 0],
  );
  for (const waiter of waiters) api.stopWaiting(waiter);
  assert.deepEqual(counters.waiting, 0);
});

test('rooms go to those who wait in the order they came', async () => {
  const { service: api, counters } = service([backend('a')], { maxActiveConnections: 3 });
  const leases = [acquired(api), acquired(api), acquired(api)];
  const order: number[] = [];
  for (let index = 0; index < 5; index++) {
    const waiter = new CountingWaiter(() => {
      const lease = api.acquire(wish());
      if (!(lease instanceof Lease)) return false;
      api.stopWaiting(waiter);
      leases.push(lease);
      order.push(index);
      return true;
    });
    api.wait(waiter);
  }
  for (let released = 0; released < 5; released++) {
    leases[released]?.release();
    if (released % 2 === 0) await ticked();
  }
  await ticked();
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
  assert.equal(counters.waiting, 0);
  for (const lease of leases) lease.release();
  assert.deepEqual(counters.open(), {});
});

test('one for whom the room is none keeps its place; the next is told', async () => {
  const { service: api } = service([backend('a')], { maxActiveConnections: 1 });
  const picky = new CountingWaiter(() => false);
  const next = new CountingWaiter(() => {
    api.stopWaiting(next);
    return true;
  });
  const last = new CountingWaiter(() => true);
  const lease = acquired(api);
  for (const waiter of [picky, next, last]) api.wait(waiter);
  lease.release();
  await ticked();
  assert.deepEqual([picky.told, next.told, last.told], [1, 1, 0]);
  acquired(api).release();
  await ticked();
  assert.deepEqual([picky.told, next.told, last.told], [2, 1, 1]);
});

test('who stopped waiting is not told, and stopping twice counts once', async () => {
  const { service: api, counters } = service([backend('a')]);
  const waiter = new CountingWaiter(() => true);
  const lease = acquired(api);
  api.wait(waiter);
  lease.release();
  api.stopWaiting(waiter);
  api.stopWaiting(waiter);
  await ticked();
  assert.deepEqual([waiter.told, counters.waiting], [0, 0]);
});

test('a lease that becomes a tunnel makes room too', async () => {
  const { service: api } = service([backend('a')], { maxActiveConnections: 1 });
  const lease = acquired(api);
  const waiter = new CountingWaiter(() => true);
  api.wait(waiter);
  lease.becomeTunnel();
  await ticked();
  assert.equal(waiter.told, 1);
});
