import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BalancingPolicy } from '../../../../src/service/balancing/policy.js';
import { RoundRobin } from '../../../../src/service/balancing/round-robin.js';
import { strategies } from '../../../../src/service/balancing/strategies.js';
import { backend } from '../stub-service.js';

const PICKS = 10_000;
const CLIENT = '203.0.113.7';

test('ten thousand picks fall on all alike, never twice in a row on one', () => {
  for (const count of [1, 2, 3, 7]) {
    const backends = Array.from({ length: count }, (_, index) => backend(`b${index}`));
    const policy: BalancingPolicy = new RoundRobin();
    const picks = Array.from({ length: PICKS }, () => policy.pick(backends, CLIENT));
    for (const one of backends) {
      const share = picks.filter((pick) => pick === one).length;
      assert.ok(Math.abs(share - PICKS / count) < 1, `${share} of ${PICKS} for one of ${count}`);
    }
    if (count > 1) assert.ok(picks.every((pick, index) => pick !== picks[index + 1]));
  }
});

test('a backend that fails leaves its share to all others alike', () => {
  for (const count of [3, 4, 7]) {
    const backends = Array.from({ length: count }, (_, index) => backend(`b${index}`));
    const policy: BalancingPolicy = new RoundRobin();
    const [failing, ...others] = backends;
    const served = new Map(others.map((one) => [one, 0]));
    for (let request = 0; request < PICKS; request++) {
      let pick = policy.pick(backends, CLIENT);
      if (pick === failing) pick = policy.pick(others, CLIENT);
      served.set(pick, (served.get(pick) ?? 0) + 1);
    }
    const share = PICKS / others.length;
    for (const picks of served.values()) assert.ok(Math.abs(picks - share) <= 2, `${picks} instead of ${share}`);
  }
});

test('it goes on where candidates come and go', () => {
  const [a, b, c] = [backend('a'), backend('b'), backend('c')];
  const policy: BalancingPolicy = new RoundRobin();
  const seen = new Set();
  for (let index = 0; index < PICKS; index++) {
    const candidates = index % 3 === 0 ? [a, b, c] : index % 3 === 1 ? [b] : [a, c];
    const pick = policy.pick(candidates, CLIENT);
    assert.ok(candidates.includes(pick));
    seen.add(pick);
  }
  assert.equal(seen.size, 3);
});

test('two services have two turns', () => {
  const backends = [backend('a'), backend('b')];
  const make = strategies.get('round_robin');
  assert.ok(make !== undefined);
  const [one, other] = [make(Math.random), make(Math.random)];
  assert.equal(one.pick(backends, CLIENT), backends[0]);
  assert.equal(other.pick(backends, CLIENT), backends[0]);
  assert.equal(one.pick(backends, CLIENT), backends[1]);
});
