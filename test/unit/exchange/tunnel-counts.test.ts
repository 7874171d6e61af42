import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../../../src/exchange/counters.js';
import { TunnelCounts } from '../../../src/exchange/tunnel-counts.js';

test('tunnels are counted by instance and by client, and forgotten with the last', () => {
  const counters = new Counters();
  const counts = new TunnelCounts(counters);
  counts.add('a', 'x');
  counts.add('a', 'x');
  counts.add('a', 'y');
  counts.add('b', 'x');
  const seen = () => [
    counts.ofInstance('a'),
    counts.ofClient('a', 'x'),
    counts.ofClient('a', 'y'),
    counts.ofInstance('b'),
    counters.tunnelPlaces,
  ];
  assert.deepEqual(seen(), [3, 2, 1, 1, 4]);
  counts.remove('a', 'x');
  counts.remove('a', 'y');
  counts.remove('b', 'x');
  assert.deepEqual(seen(), [1, 1, 0, 0, 1]);
  // Nobody of that name has a place.
  counts.remove('a', 'y');
  counts.remove('b', 'x');
  assert.deepEqual(seen(), [1, 1, 0, 0, 1]);
});
