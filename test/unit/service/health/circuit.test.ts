import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Circuit } from '../../../../src/service/health/circuit.js';

const traits = { failures: 3, withinMs: 30_000, retryAfterMs: 10_000 };

function made(over = {}) {
  const time = { ms: 1_000 };
  return { time, circuit: new Circuit({ ...traits, ...over }, () => time.ms) };
}

/** Opens a closed one. */
function opened(over = {}) {
  const stand = made(over);
  for (let count = 0; count < 3; count++) stand.circuit.failed(0);
  assert.equal(stand.circuit.state, 'open');
  return stand;
}

test('so many failures within the window open it, and tell so once', () => {
  const { circuit, time } = made();
  const told = [0, 0, 0, 0, 0].map(() => {
    time.ms += 100;
    return circuit.failed(circuit.enter());
  });
  assert.deepEqual(told, [false, false, true, false, false]);
  assert.deepEqual([circuit.state, circuit.allows, circuit.opensForMs], ['open', false, 10_000 - 200]);
});

test('failures that are further apart than the window do not', () => {
  const { circuit, time } = made();
  for (let count = 0; count < 1_000; count++) {
    assert.equal(circuit.failed(0), false);
    time.ms += 15_001;
  }
  assert.equal(circuit.state, 'closed');
});

test('the window slides: the last ones count, whenever the first came', () => {
  const { circuit, time } = made();
  circuit.failed(0);
  time.ms += 29_000;
  circuit.failed(0);
  time.ms += 2_000;
  assert.equal(circuit.failed(0), false, 'the first one is out of the window');
  time.ms += 28_000;
  assert.equal(circuit.failed(0), true);
});

test('a success between failures takes none of them back', () => {
  const { circuit } = made();
  circuit.failed(0);
  assert.equal(circuit.succeeded(circuit.enter()), false);
  circuit.failed(0);
  assert.equal(circuit.failed(0), true);
});

test('with failures 0 it never opens', () => {
  const { circuit } = made({ failures: 0 });
  for (let count = 0; count < 1_000; count++) assert.equal(circuit.failed(0), false);
  assert.equal(circuit.allows, true);
});

test('when its time is over one trial is let through, and decides', () => {
  const { circuit, time } = opened();
  time.ms += 9_999;
  assert.equal(circuit.allows, false);
  time.ms += 1;
  assert.deepEqual([circuit.state, circuit.allows], ['half-open', true]);
  const trial = circuit.enter();
  assert.equal(circuit.allows, false, 'one at a time');
  assert.equal(circuit.succeeded(trial), true);
  assert.deepEqual([circuit.state, circuit.allows, circuit.enter()], ['closed', true, 0]);
});

test('each trial that fails doubles the time, up to ten times of it; success begins anew', () => {
  const { circuit, time } = opened();
  const lasted: number[] = [];
  for (let count = 0; count < 6; count++) {
    lasted.push(circuit.opensForMs);
    time.ms += circuit.opensForMs;
    assert.equal(circuit.failed(circuit.enter()), true);
  }
  assert.deepEqual(lasted, [10_000, 20_000, 40_000, 80_000, 100_000, 100_000]);
  time.ms += 100_000;
  assert.equal(circuit.succeeded(circuit.enter()), true);
  for (let count = 0; count < 3; count++) circuit.failed(0);
  assert.equal(circuit.opensForMs, 10_000);
});

test('a trial of which nothing was learned leaves it to the next', () => {
  const { circuit, time } = opened();
  time.ms += 10_000;
  circuit.undecided(circuit.enter());
  assert.deepEqual([circuit.state, circuit.allows], ['half-open', true]);
});

test('a trial that goes on for retry_after leaves it to the next, and decides nothing any more', () => {
  const { circuit, time } = opened();
  time.ms += 10_000;
  const slow = circuit.enter();
  time.ms += 9_999;
  assert.equal(circuit.allows, false);
  time.ms += 1;
  assert.deepEqual([circuit.state, circuit.allows], ['half-open', true]);
  const next = circuit.enter();
  assert.deepEqual([next > slow, circuit.allows], [true, false], 'one at a time');
  circuit.undecided(slow);
  assert.deepEqual([circuit.allows, circuit.failed(slow), circuit.succeeded(slow)], [false, false, false]);
  assert.equal(circuit.succeeded(next), true);
});

test('whoever was under way when it opened decides nothing', () => {
  const { circuit, time } = opened();
  assert.equal(circuit.succeeded(0), false);
  assert.equal(circuit.failed(0), false);
  time.ms += 10_000;
  const trial = circuit.enter();
  circuit.undecided(0);
  circuit.undecided(trial - 1);
  assert.equal(circuit.allows, false, 'the trial is still under way');
  assert.equal(circuit.failed(0), false);
  assert.equal(circuit.succeeded(trial), true);
});

test('a trial of before it was closed from outside is no trial any more', () => {
  const { circuit, time } = opened();
  time.ms += 10_000;
  const old = circuit.enter();
  assert.equal(circuit.close(), true);
  assert.equal(circuit.close(), false);
  assert.equal(circuit.failed(old), false, 'it counts as any failure');
  circuit.failed(0);
  assert.equal(circuit.failed(0), true);
});

test('other traits hold from then on: fewer failures, or none', () => {
  const { circuit } = made();
  circuit.failed(0);
  circuit.follow({ ...traits, failures: 2 });
  assert.equal(circuit.failed(0), true);
  circuit.follow({ ...traits, failures: 0 });
  assert.deepEqual([circuit.state, circuit.allows], ['closed', true]);
});
