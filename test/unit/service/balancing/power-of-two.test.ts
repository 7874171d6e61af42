import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../../src/service/backend.js';
import { PowerOfTwo } from '../../../../src/service/balancing/power-of-two.js';
import { RandomDraw } from '../../../../src/service/balancing/random-draw.js';
import { SeededRandom } from '../../../support/simulation/random.js';
import { tunnelLoads } from './lifetimes.js';
import { dueTo, PICKS, picked, sharesOf, weighted } from './picks.js';

const SEED = 15;

function seeded(): PowerOfTwo {
  return new PowerOfTwo(new SeededRandom(SEED).next);
}

test('of two, the less loaded is always picked; of more, the most loaded never', () => {
  const two = weighted(1, 1);
  Object.assign(two[0] as Backend, { leases: 1 });
  assert.deepEqual(new Set(picked(seeded(), two)), new Set([two[1]]));
  const many = weighted(1, 1, 1, 1);
  for (const [index, one] of many.entries()) Object.assign(one, { leases: index });
  const shares = sharesOf(many, picked(seeded(), many));
  // Six pairs: the first is in three of them, the second in two without the first.
  for (const [index, due] of [3 / 6, 2 / 6, 1 / 6, 0].entries()) {
    const share = shares[index] ?? 0;
    const deviation = Math.sqrt(PICKS * due * (1 - due));
    assert.ok(Math.abs(share - due * PICKS) <= 4 * deviation, `${share} instead of ${due * PICKS}`);
  }
});

test('load counts by weight', () => {
  const [strong, weak] = weighted(10, 1) as [Backend, Backend];
  Object.assign(strong, { leases: 9 });
  Object.assign(weak, { leases: 1 });
  assert.deepEqual(new Set(picked(seeded(), [strong, weak], 100)), new Set([strong]));
  Object.assign(strong, { leases: 11 });
  assert.deepEqual(new Set(picked(seeded(), [strong, weak], 100)), new Set([weak]));
});

test(`idle backends are drawn by weight, seed ${SEED}`, () => {
  for (const weights of [[1], [1, 1], [1, 1, 1, 1], [3, 2, 1], [20, 1]]) {
    const backends = weighted(...weights);
    const due = dueTo(backends, PICKS);
    for (const [index, share] of sharesOf(backends, picked(seeded(), backends)).entries()) {
      const expected = due[index] ?? 0;
      const deviation = Math.sqrt(expected * (1 - expected / PICKS));
      assert.ok(Math.abs(share - expected) <= 4 * deviation, `${share} instead of ${expected}`);
    }
  }
});

test('it compares two that are different, whatever is drawn', () => {
  const backends = weighted(1, 1, 1);
  Object.assign(backends[1] as Backend, { leases: 5 });
  for (const one of [0, 0.34, 0.5, 0.67, 1 - 2 ** -53]) {
    for (const other of [0, 0.49, 0.5, 1 - 2 ** -53]) {
      const numbers = [one, other];
      const pick = new PowerOfTwo(() => numbers.shift() ?? 0).pick(backends);
      assert.notEqual(pick, backends[1], `drawn by ${one} and ${other}`);
      assert.deepEqual(numbers, []);
    }
  }
});

test(`tunnels of 1 to 1000 steps stay nearly level, seed ${SEED}`, () => {
  for (const weights of [
    [1, 1, 1, 1],
    [4, 2, 1, 1],
  ]) {
    // The lifetimes from another seed: else they would follow the draws.
    const { widest } = tunnelLoads(seeded(), weights, SEED + 1);
    const drawn = tunnelLoads(new RandomDraw(new SeededRandom(SEED).next), weights, SEED + 1);
    assert.ok(widest <= 15 && drawn.widest > 2 * widest, `${widest} apart, and ${drawn.widest} by chance alone`);
  }
});
