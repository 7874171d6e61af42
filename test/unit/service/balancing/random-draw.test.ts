import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomDraw } from '../../../../src/service/balancing/random-draw.js';
import { SeededRandom } from '../../../support/simulation/random.js';
import { dueTo, lettersOf, PICKS, picked, sharesOf, weighted } from './picks.js';

const SEED = 8;

test(`ten thousand picks are shared by weight, seed ${SEED}`, () => {
  for (const weights of [[1], [1, 1], [1, 1, 1, 1, 1], [3, 2, 1], [20, 1]]) {
    const backends = weighted(...weights);
    const policy = new RandomDraw(new SeededRandom(SEED).next);
    const due = dueTo(backends, PICKS);
    for (const [index, share] of sharesOf(backends, picked(policy, backends)).entries()) {
      const expected = due[index] ?? 0;
      const deviation = Math.sqrt(expected * (1 - expected / PICKS));
      assert.ok(Math.abs(share - expected) <= 4 * deviation, `${share} instead of ${expected}`);
    }
  }
});

test('each number draws its backend, the last one before 1 too', () => {
  const backends = weighted(3, 2, 1);
  const numbers = [0, 0.49, 0.5, 0.8333, 0.8334, 1 - 2 ** -53];
  const policy = new RandomDraw(() => numbers.shift() ?? 0);
  assert.equal(lettersOf(backends, picked(policy, backends, 6)), 'a a b b c c');
});

test('no pick depends on the one before', () => {
  const backends = weighted(1, 1);
  const picks = picked(new RandomDraw(new SeededRandom(SEED).next), backends);
  const again = picks.filter((pick, index) => pick === picks[index + 1]).length;
  assert.ok(Math.abs(again - PICKS / 2) < 200, `${again} times the same twice`);
});
