import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRATEGIES } from '../../../../src/config/schema-load-balancer.js';
import { strategies } from '../../../../src/service/balancing/strategies.js';
import { SeededRandom } from '../../../support/simulation/random.js';
import { linesOf, listFiles, readText } from '../../house/tree.js';
import { addresses, PICKS, weighted } from './picks.js';

const LONGEST_POLICY_LINES = 49;
const random = new SeededRandom(3);

test('every strategy of the configuration is built, and no other', () => {
  assert.deepEqual([...strategies.keys()].sort(), [...STRATEGIES].sort());
});

test('a policy fits on a page: less than 50 lines a file', () => {
  const files = listFiles('src/service/balancing', '.ts');
  assert.ok(files.length > strategies.size);
  assert.deepEqual(
    files.filter((path) => linesOf(readText(path)).length > LONGEST_POLICY_LINES),
    [],
  );
});

for (const [name, make] of strategies) {
  test(`${name} picks the only candidate, whatever it has and weighs`, () => {
    const policy = make(random.next);
    for (const weight of [1, 2, 1000, Number.MAX_SAFE_INTEGER]) {
      const [only] = weighted(weight);
      assert.ok(only !== undefined);
      for (const leases of [0, 1, 100_000]) {
        only.leases = leases;
        assert.equal(policy.pick([only], '::1'), only);
      }
    }
  });

  test(`${name} picks one of the candidates, and reaches every one`, () => {
    const policy = make(random.next);
    const backends = weighted(1, 3, 2, 5, 1);
    const clients = addresses(PICKS);
    const reached = new Set();
    for (let count = 0; count < PICKS; count++) {
      const here = backends.filter(() => random.chance(0.5));
      const candidates = here.length === 0 ? backends : here;
      const pick = policy.pick(candidates, clients[count] ?? '');
      assert.ok(candidates.includes(pick));
      reached.add(pick);
    }
    assert.equal(reached.size, backends.length);
  });

  test(`${name} is made anew for each service`, () => {
    assert.notEqual(make(random.next), make(random.next));
  });
}
