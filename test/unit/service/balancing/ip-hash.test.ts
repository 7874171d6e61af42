import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../../src/service/backend.js';
import { IpHash } from '../../../../src/service/balancing/ip-hash.js';
import { backend } from '../stub-service.js';
import { addresses, dueTo, farthest, PICKS, sharesOf, weighted } from './picks.js';

const clients = addresses(PICKS);

function picksFor(backends: readonly Backend[], policy = new IpHash()): Backend[] {
  return clients.map((client) => policy.pick(backends, client));
}

test('the same address has the same backend: in another process, and in whatever order the candidates are', () => {
  const backends = weighted(1, 2, 3, 4);
  const policy = new IpHash();
  const picks = picksFor(backends, policy);
  assert.deepEqual(picksFor(backends, policy), picks);
  assert.deepEqual(picksFor(backends.toReversed()), picks);
  const elsewhere = weighted(1, 2, 3, 4);
  assert.deepEqual(
    picksFor(elsewhere).map((pick) => elsewhere.indexOf(pick)),
    picks.map((pick) => backends.indexOf(pick)),
  );
});

test('these clients keep their backends from one release to the next', () => {
  const backends = weighted(1, 1, 1, 1, 1);
  const policy = new IpHash();
  const picks = ['203.0.113.7', '203.0.113.8', '10.0.0.1', '::1', '2001:db8::1', ''].map((client) =>
    backends.indexOf(policy.pick(backends, client)),
  );
  assert.deepEqual(picks, [3, 1, 2, 2, 1, 3]);
});

test('ten thousand addresses are spread evenly', () => {
  for (let count = 2; count <= 10; count++) {
    const backends = weighted(...Array.from({ length: count }, () => 1));
    const shares = sharesOf(backends, picksFor(backends));
    assert.ok(farthest(shares, dueTo(backends, PICKS)) < deviation(1 / count), `${shares}`);
  }
});

test('backends of keys that differ in a character are told apart, and so are the addresses of one network', () => {
  const backends = Array.from({ length: 8 }, (_, index) => backend(`api 10.0.0.${index} 8080 1`));
  for (const network of ['10.7.7', '192.168.0', '255.255.255']) {
    const shares = [0, 0, 0, 0, 0, 0, 0, 0];
    const policy = new IpHash();
    for (let host = 0; host < 256; host++) {
      const at = backends.indexOf(policy.pick(backends, `${network}.${host}`));
      shares[at] = (shares[at] ?? 0) + 1;
    }
    // 32 each; four and a half standard deviations of 5.3.
    assert.ok(farthest(shares, Array(8).fill(32)) < 24, `${shares} in ${network}`);
  }
});

test('shares go by weight', () => {
  for (const weights of [
    [3, 2, 1],
    [9, 1],
    [1, 1, 10, 1],
    [100, 1],
  ]) {
    const backends = weighted(...weights);
    const due = dueTo(backends, PICKS);
    for (const [index, share] of sharesOf(backends, picksFor(backends)).entries()) {
      const expected = due[index] ?? 0;
      assert.ok(Math.abs(share - expected) < deviation(expected / PICKS), `${share} instead of ${expected}`);
    }
  }
});

test('one of n that goes or comes moves its share, and nothing between the others', () => {
  for (let count = 2; count <= 10; count++) {
    const backends = weighted(...Array.from({ length: count }, () => 1));
    const picks = picksFor(backends);
    for (const gone of backends) {
      const without = picksFor(backends.filter((one) => one !== gone));
      let moved = 0;
      for (const [index, pick] of picks.entries()) {
        if (without[index] === pick) continue;
        assert.equal(pick, gone, 'a client moved that was not with the backend that is gone');
        moved++;
      }
      assert.equal(moved, picks.filter((pick) => pick === gone).length);
      assert.ok(moved <= PICKS * (1 / count + 0.02), `${moved} of ${PICKS} moved with one of ${count}`);
    }
  }
});

test('another weight moves clients to or from that backend only', () => {
  const backends = weighted(2, 2, 2, 2);
  const changed = backends[1] as Backend;
  const before = picksFor(backends);
  for (const weight of [1, 3]) {
    changed.weight = weight;
    for (const [index, pick] of picksFor(backends).entries()) {
      if (pick !== before[index]) assert.equal(weight > 2 ? pick : before[index], changed);
    }
  }
});

/** Four standard deviations of how many of ten thousand fall where each does with this probability. */
function deviation(probability: number): number {
  return 4 * Math.sqrt(PICKS * probability * (1 - probability));
}
