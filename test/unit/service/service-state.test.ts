import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoundRobin } from '../../../src/service/balancing/round-robin.js';
import { RoomQueue } from '../../../src/service/room-queue.js';
import { type ServicePlan, ServiceState } from '../../../src/service/service-state.js';
import { backend, CountingWaiter, service } from './stub-service.js';

/** A plan of the service `api` with these backends, each under its own key. */
function planOf(names: readonly string[], known: ReadonlyMap<string, ReturnType<typeof backend>>, weight = 1) {
  const all = names.map((name) => ({ key: name, backend: known.get(name) ?? backend(name) }));
  const stub = service(all.map((one) => one.backend));
  const rooms = new RoomQueue(stub.counters);
  const plan: ServicePlan = {
    service: stub.service,
    rooms,
    strategy: 'round_robin',
    policy: new RoundRobin(),
    poolLimits: { maxIdleConnections: 10, idleTimeoutMs: 1000, prewarm: 0 },
    backends: all.map((one) => ({ ...one, traits: { ...one.backend, weight } })),
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
