import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../../../src/exchange/counters.js';
import { Lease } from '../../../src/service/lease.js';
import { backend } from './stub-service.js';

function leased() {
  const counters = new Counters();
  const one = backend('one');
  const rooms = { made: 0 };
  const made = () => {
    rooms.made++;
  };
  const lease = new Lease(one, counters, made, false);
  return { counters, one, rooms, lease };
}

test('a lease is load and an exchange until it is released', () => {
  const { counters, one, rooms, lease } = leased();
  assert.deepEqual([one.leases, one.exchanges, counters.leases], [1, 1, 1]);
  lease.release();
  assert.deepEqual([one.leases, one.exchanges, counters.leases, rooms.made], [0, 0, 0, 1]);
});

test('it is released once', () => {
  const { counters, one, rooms, lease } = leased();
  lease.release();
  lease.release();
  lease.becomeTunnel();
  assert.deepEqual([one.leases, one.exchanges, counters.leases, rooms.made], [0, 0, 0, 1]);
});

test("a tunnel is load but takes no exchange's place", () => {
  const { counters, one, rooms, lease } = leased();
  lease.becomeTunnel();
  lease.becomeTunnel();
  assert.deepEqual([one.leases, one.exchanges, counters.leases, rooms.made], [1, 0, 1, 1]);
  lease.release();
  assert.deepEqual([one.leases, one.exchanges, counters.leases, rooms.made], [0, 0, 0, 1]);
});

test('leases on one backend add up', () => {
  const { counters, one, lease } = leased();
  const second = new Lease(one, counters, () => {}, false);
  second.becomeTunnel();
  assert.deepEqual([one.leases, one.exchanges], [2, 1]);
  lease.release();
  assert.deepEqual([one.leases, one.exchanges], [1, 0]);
  second.release();
  assert.deepEqual(counters.open(), {});
});
