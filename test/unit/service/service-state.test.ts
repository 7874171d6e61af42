import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoundRobin } from '../../../src/service/balancing/round-robin.js';
import { RoomQueue } from '../../../src/service/room-queue.js';
import { type ServicePlan, ServiceState } from '../../../src/service/service-state.js';
import { backend, CountingWaiter, service } from './stub-service.js';

/** A plan of the service `api` with these backends, each under its own key. */
function planOf(names: readonly string[], known: ReadonlyMap<string, ReturnType<typeof backend>>, weight = 1) {
  const all = names.map((name) => known.get(name) ?? backend(name));
  const stub = service(all);
  const rooms = new RoomQueue(stub.counters);
  const plan: ServicePlan = {
    service: stub.service,
    rooms,
    strategy: 'round_robin',
    policy: new RoundRobin(),
    poolLimits: { maxIdleConnections: 10, idleTimeoutMs: 1000, prewarm: 0 },
    healthCheck: null,
    backends: all.map((one) => ({ backend: one, traits: { ...one.traits, weight } })),
  };
  return { plan, rooms, plans: new Map([['api', plan]]) };
}

test('a backend of the next plan is the one there was, with what the configuration says of it now', () => {
  const state = new ServiceState();
  const a = backend('a');
  state.adopt(planOf(['a'], new Map([['a', a]])).plans);
  a.leases = 3;
  state.adopt(planOf(['a', 'b'], new Map([['a', a]]), 5).plans);
  assert.equal(state.backend('a'), a);
  assert.deepEqual([a.leases, a.weight], [3, 5]);
  assert.deepEqual([...state].length, 2);
});

test('a removed backend is forgotten; one with leases is found again, its load counts on', () => {
  const state = new ServiceState();
  const known = new Map(['a', 'b'].map((name) => [name, backend(name)]));
  state.adopt(planOf(['a', 'b'], known).plans);
  const busy = known.get('b');
  if (busy !== undefined) busy.leases = 1;
  state.adopt(new Map());
  assert.equal(state.backend('a'), undefined);
  assert.equal(state.backend('b'), busy);
  assert.equal(state.plan('api'), undefined);
});

test('whoever waits is told after a change: a backend may have come, or a limit gone', async () => {
  const state = new ServiceState();
  const { plans, rooms } = planOf(['a'], new Map());
  const waiter = new CountingWaiter(() => false);
  rooms.add(waiter);
  state.adopt(plans);
  assert.equal(waiter.told, 0, 'not from within the change');
  await new Promise<void>((resolve) => process.nextTick(resolve));
  assert.equal(waiter.told, 1);
});

test('an operator goes before the configuration, on all addresses of a name, those that come later too', () => {
  const state = new ServiceState();
  const told: string[] = [];
  state.listener = ({ key }, { became, reason }) => told.push(`${key} ${became}: ${reason}`);
  const [a, b] = [backend('api at 10.0.0.1', { written: 'api' }), backend('api at 10.0.0.2', { written: 'api' })];
  const known = new Map([a, b].map((one) => [one.key, one]));
  state.adopt(planOf([a.key], known, 3).plans);
  state.override('api', { active: false });
  assert.deepEqual([a.active, a.weight], [false, 3]);
  assert.deepEqual(told, ['api at 10.0.0.1 changed: an operator set active false, weight 3']);
  state.adopt(planOf([a.key, b.key], known, 4).plans);
  assert.deepEqual([a.active, b.active, a.weight], [false, false, 4]);
  state.override(b.key, { active: true });
  assert.deepEqual([a.active, b.active], [false, true]);
  state.override('api', { active: null });
  assert.deepEqual([a.active, b.active], [true, true]);
  state.override('api', { active: true });
  assert.equal(told.length, 3, 'what changes nothing is not told');
});

test('other addresses of a name take the place of those that were; what is in use finishes', () => {
  const state = new ServiceState();
  const known = new Map(['a', 'b', 'c'].map((name) => [name, backend(name)]));
  const { plan, plans } = planOf(['a', 'b'], known);
  const [a, b, c] = [...known.values()];
  assert.ok(a && b && c);
  state.adopt(plans);
  b.leases = 1;
  state.useBackends(
    'api',
    [a, c].map((one) => ({ backend: one, traits: one.traits })),
  );
  assert.deepEqual(plan.service.backends, [a, c]);
  assert.deepEqual([...state].map(({ key }) => key).sort(), ['a', 'b', 'c']);
  b.leases = 0;
  state.useBackends('api', [{ backend: c, traits: c.traits }]);
  assert.deepEqual([...state], [c]);
  state.useBackends('other', [{ backend: a, traits: a.traits }]);
  assert.deepEqual([...state], [c], 'a service that is not there has none');
});

test('whoever waits is told when a backend is well again', async () => {
  const state = new ServiceState();
  const a = backend('a', { changed: state.changed });
  const { plans, rooms } = planOf(['a'], new Map([['a', a]]));
  state.adopt(plans);
  const waiter = new CountingWaiter(() => false);
  rooms.add(waiter);
  a.health.healthy = false;
  a.tell({ became: 'unhealthy', reason: 'status 503' });
  await new Promise<void>((resolve) => process.nextTick(resolve));
  assert.equal(waiter.told, 0);
  a.health.healthy = true;
  a.tell({ became: 'healthy', reason: 'its checks are good' });
  await new Promise<void>((resolve) => process.nextTick(resolve));
  assert.equal(waiter.told, 1);
});
