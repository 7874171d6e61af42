import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../../src/service/backend.js';
import { WeightedRoundRobin } from '../../../../src/service/balancing/weighted-round-robin.js';
import { SeededRandom } from '../../../support/simulation/random.js';
import { dueTo, farthest, lettersOf, PICKS, picked, sharesOf, weighted } from './picks.js';

const SEED = 4711;

test('turns are as nginx has them', () => {
  for (const [weights, round] of [
    [[3, 2, 1], 'a b a c b a'],
    [[5, 1, 1], 'a a b a c a a'],
    [[1, 1, 1], 'a b c'],
    [[2, 4], 'b a b'],
  ] as const) {
    const backends = weighted(...weights);
    const rounds = 1000;
    const picks = picked(new WeightedRoundRobin(), backends, rounds * round.split(' ').length);
    assert.equal(lettersOf(backends, picks), Array(rounds).fill(round).join(' '));
  }
});

test('of ten thousand picks each has its share, after every single one of them', () => {
  for (const weights of [[1], [1, 1], [3, 2, 1], [100, 1], [7, 5, 3, 2, 1], [1000, 999, 1]]) {
    const backends = weighted(...weights);
    const policy = new WeightedRoundRobin();
    const shares = new Map(backends.map((one) => [one, 0]));
    for (let count = 1; count <= PICKS; count++) {
      const pick = policy.pick(backends);
      shares.set(pick, (shares.get(pick) ?? 0) + 1);
      const off = farthest([...shares.values()], dueTo(backends, count));
      assert.ok(off < weights.length - 1 || off < 1, `off by ${off} after ${count} picks of ${weights}`);
    }
  }
});

test('the lightest is never twice in a row, and the heaviest never longer than its share', () => {
  const backends = weighted(6, 3, 1);
  const text = lettersOf(backends, picked(new WeightedRoundRobin(), backends));
  assert.doesNotMatch(text, /c c|b b|a a a a/);
});

test('who was away gets no burst when it returns, and gives none to the others', () => {
  const backends = weighted(3, 2, 1);
  for (const away of backends) {
    for (const before of [0, 1, 2, 3, 4, 5]) {
      const policy = new WeightedRoundRobin();
      picked(policy, backends, before);
      const others = backends.filter((one) => one !== away);
      const meanwhile = sharesOf(others, picked(policy, others, PICKS));
      assert.ok(farthest(meanwhile, dueTo(others, PICKS)) < 2, `${meanwhile} while one is away`);
      const rounds = 4;
      const shares = sharesOf(backends, picked(policy, backends, 6 * rounds));
      assert.ok(farthest(shares, dueTo(backends, 6 * rounds)) <= 1, `${shares} of ${rounds} rounds after its return`);
    }
  }
});

test('another weight counts from the next pick on, whatever was owed under the old one', () => {
  const [heavy, light] = weighted(1_000_000, 999_999) as [Backend, Backend];
  const policy = new WeightedRoundRobin();
  picked(policy, [heavy, light], 1001);
  heavy.weight = 1;
  light.weight = 1;
  const shares = sharesOf([heavy, light], picked(policy, [heavy, light], 10));
  assert.ok(farthest(shares, [5, 5]) <= 1, `${shares}`);
});

test('a backend that fails leaves its share to all others by weight', () => {
  for (const weights of [
    [1, 1, 1],
    [1, 1, 1, 1, 1],
    [4, 3, 2, 1],
    [1, 3, 2],
  ]) {
    const backends = weighted(...weights);
    const policy = new WeightedRoundRobin();
    const [failing, ...others] = backends;
    const served = Array.from({ length: PICKS }, () => {
      const pick = policy.pick(backends);
      return pick === failing ? policy.pick(others) : pick;
    });
    const shares = sharesOf(others, served);
    assert.ok(farthest(shares, dueTo(others, PICKS)) <= 1, `${shares} for weights ${weights}`);
  }
});

test(`candidates that come and go by chance, seed ${SEED}: who is there gets what is due`, () => {
  const random = new SeededRandom(SEED);
  const backends = weighted(5, 3, 2, 1, 1);
  const policy = new WeightedRoundRobin();
  const due = new Map(backends.map((one) => [one, 0]));
  const picks = Array.from({ length: PICKS }, () => {
    const there = backends.filter(() => random.chance(0.7));
    const candidates = there.length === 0 ? backends : there;
    const sum = candidates.reduce((before, { weight }) => before + weight, 0);
    for (const one of candidates) due.set(one, (due.get(one) ?? 0) + one.weight / sum);
    const pick = policy.pick(candidates);
    assert.ok(candidates.includes(pick));
    return pick;
  });
  const off = farthest(sharesOf(backends, picks), [...due.values()]);
  assert.ok(off < 2, `off by ${off}`);
});

test('two policies have two turns', () => {
  const backends = weighted(1, 1);
  const [one, other] = [new WeightedRoundRobin(), new WeightedRoundRobin()];
  assert.deepEqual(
    [one.pick(backends), other.pick(backends), one.pick(backends)],
    [backends[0], backends[0], backends[1]],
  );
});
