import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../../../../src/exchange/counters.js';
import type { Backend } from '../../../../src/service/backend.js';
import { LeastConnections } from '../../../../src/service/balancing/least-connections.js';
import { RoundRobin } from '../../../../src/service/balancing/round-robin.js';
import { Lease } from '../../../../src/service/lease.js';
import { tunnelLoads } from './lifetimes.js';
import { dueTo, farthest, lettersOf, PICKS, picked, sharesOf, weighted } from './picks.js';

test('who has the fewest leases is picked', () => {
  const backends = weighted(1, 1, 1);
  const [a, b, c] = backends as [Backend, Backend, Backend];
  const policy = new LeastConnections();
  Object.assign(a, { leases: 2 });
  Object.assign(b, { leases: 1 });
  Object.assign(c, { leases: 3 });
  assert.deepEqual(new Set(picked(policy, backends)), new Set([b]));
  assert.deepEqual(new Set(picked(policy, [a, c])), new Set([a]));
});

test('leases count by weight', () => {
  const backends = weighted(10, 1);
  const [strong, weak] = backends as [Backend, Backend];
  const policy = new LeastConnections();
  Object.assign(weak, { leases: 1 });
  for (const [leases, next] of [
    [0, strong],
    [9, strong],
    [11, weak],
  ] as const) {
    Object.assign(strong, { leases });
    assert.deepEqual(new Set(picked(policy, backends, 20)), new Set([next]), `with ${leases} leases`);
  }
});

test('those that are even take turns: idle ones, and ones that fill up', () => {
  const idle = weighted(1, 1, 1);
  assert.equal(lettersOf(idle, picked(new LeastConnections(), idle, 9)), 'a b c a b c a b c');
  const filling = weighted(1, 1, 1);
  const policy = new LeastConnections();
  const counters = new Counters();
  const picks = Array.from({ length: 9 }, () => new Lease(policy.pick(filling), counters, () => {}, false).backend);
  assert.equal(lettersOf(filling, picks), 'a b c a b c a b c');
});

test('ten thousand picks of idle backends are shared by weight, exactly', () => {
  for (const weights of [
    [1, 1],
    [3, 2, 5],
    [9, 1],
    [1, 1, 1, 1, 1],
  ]) {
    const backends = weighted(...weights);
    const shares = sharesOf(backends, picked(new LeastConnections(), backends));
    assert.deepEqual(shares, dueTo(backends, PICKS));
  }
});

test('who had more than the others for long gets no burst of turns once it is even', () => {
  const backends = weighted(3, 2, 1);
  for (const loaded of backends) {
    const policy = new LeastConnections();
    loaded.leases = 100;
    picked(policy, backends);
    loaded.leases = 0;
    const shares = sharesOf(backends, picked(policy, backends, 24));
    assert.ok(farthest(shares, dueTo(backends, 24)) <= 2, `${shares}`);
  }
});

test('it knows what a lease is: one that is released counts no more, a tunnel counts on', () => {
  const backends = weighted(1, 1);
  const [a, b] = backends as [Backend, Backend];
  const counters = new Counters();
  const policy = new LeastConnections();
  const [ofA, ofB] = [new Lease(a, counters, () => {}, false), new Lease(b, counters, () => {}, false)];
  ofA.becomeTunnel();
  ofB.release();
  assert.deepEqual(new Set(picked(policy, backends, 10)), new Set([b]));
  ofA.release();
  assert.deepEqual(new Set(picked(policy, backends, 10)), new Set([a, b]));
});

for (const seed of [1, 2, 3]) {
  test(`tunnels of 1 to 1000 steps stay level, seed ${seed}`, () => {
    for (const weights of [
      [1, 1, 1, 1],
      [4, 2, 1, 1],
    ]) {
      const level = tunnelLoads(new LeastConnections(), weights, seed);
      assert.ok(level.mean > 50, `${level.mean} leases for each unit of weight: that is no load`);
      // Several may end within one step, before anything is picked; then it takes as many steps to be level again.
      assert.ok(level.widest <= 6, `loads differ by up to ${level.widest} with weights ${weights}`);
      const turns = tunnelLoads(new RoundRobin(), weights, seed);
      assert.ok(turns.widest > 4 * level.widest, `in turn they differ by ${turns.widest}: the model tells nothing`);
    }
  });
}
