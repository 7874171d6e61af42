import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendHealth, type HealthChange } from '../../../../src/service/health/backend-health.js';
import { HealthChecks, type ProbedBackend } from '../../../../src/service/health/health-checks.js';
import type { HealthCheckTraits, ProbeResult } from '../../../../src/service/health/probe.js';
import { SeededRandom } from '../../../support/simulation/random.js';
import { StubChannel } from '../../channel/stub-channel.js';
import { ScriptedHost } from '../../connection/scripted-dialer.js';
import { checkOf, GOOD } from './probe-stand.js';

const INTERVAL_MS = 10_000;

class Host extends ScriptedHost {
  /** What chance says next; drawn where it is empty. */
  readonly chances: number[] = [];
  readonly #drawn = new SeededRandom(7);
  readonly random = (): number => this.chances.shift() ?? this.#drawn.next();
}

function backendOf(key: string): ProbedBackend & { health: BackendHealth } {
  return { key, health: new BackendHealth(), address: { host: key, port: 80 }, authority: key, basePath: '' };
}

/** Health checks whose backends are the test's. */
class Checks {
  readonly host = new Host();
  readonly told: { key: string; result: ProbeResult; change: HealthChange | null }[] = [];
  /** When each dial was made. */
  readonly dialledAtMs: number[] = [];
  readonly checks: HealthChecks<ProbedBackend>;
  /** What a backend does with its dial. */
  answer: ((index: number) => void) | null = null;
  probed: () => void = () => {};

  constructor(traits: Partial<HealthCheckTraits> = {}) {
    const { dialer } = this.host;
    const watched: typeof dialer = (address, listener) => {
      const cancel = dialer(address, listener);
      const index = this.dialledAtMs.length;
      this.dialledAtMs.push(this.host.clock.nowMs());
      if (this.answer !== null) this.host.clock.after(0, () => this.answer?.(index));
      return cancel;
    };
    const { clock, counters, deadlines, random } = this.host;
    const host = { clock, counters, deadlines, random, dialer: watched };
    this.checks = new HealthChecks(checkOf({ type: 'tcp', intervalMs: INTERVAL_MS, ...traits }), host, {
      probed: ({ key }, result, change) => {
        this.told.push({ key, result, change });
        this.probed();
      },
    });
  }

  connect = (index: number): void => this.host.connect(index, new StubChannel());
  refuse = (index: number): void => this.host.refuse(index, 'ECONNREFUSED');

  get dialledHosts(): string[] {
    return this.host.dials.map(({ address }) => address.host);
  }
}

test('the first of those unknown is asked within 100 ms, all within a second, and not at once', () => {
  const checks = new Checks();
  checks.checks.follow(Array.from({ length: 100 }, (_, index) => backendOf(`b${index}`)));
  assert.equal(checks.dialledAtMs.length, 0);
  checks.host.clock.advance(100);
  assert.ok(checks.dialledAtMs.length >= 1);
  assert.ok(checks.dialledHosts.includes('b0'));
  checks.host.clock.advance(900);
  assert.equal(checks.dialledAtMs.length, 100);
  assert.ok(new Set(checks.dialledAtMs).size > 90);
  // Each quarter of the second has its share.
  for (const fromMs of [0, 250, 500, 750]) {
    const within = checks.dialledAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 250).length;
    assert.ok(within >= 8 && within <= 50, `${within} from ${fromMs} ms on`);
  }
  checks.checks.stop();
});

test('where the interval is shorter than the spread, it is the spread', () => {
  const checks = new Checks({ intervalMs: 200 });
  checks.checks.follow(Array.from({ length: 50 }, (_, index) => backendOf(`b${index}`)));
  checks.host.clock.advance(200);
  assert.equal(new Set(checks.dialledHosts).size, 50);
  checks.checks.stop();
});

test('those known have their turn within one interval: a reload causes no burst', () => {
  const checks = new Checks();
  const backends = Array.from({ length: 100 }, (_, index) => backendOf(`b${index}`));
  for (const { health } of backends) health.take(GOOD, checkOf(), 0);
  checks.checks.follow(backends);
  for (let second = 0; second < 10; second++) {
    const before = checks.dialledAtMs.length;
    checks.host.clock.advance(1000);
    const asked = checks.dialledAtMs.length - before;
    assert.ok(asked <= 30, `${asked} in one second`);
  }
  assert.equal(new Set(checks.dialledHosts).size, 100);
  checks.checks.stop();
});

test('among many that are known, one that is new is asked within 100 ms', () => {
  const checks = new Checks();
  const known = Array.from({ length: 5 }, (_, index) => backendOf(`b${index}`));
  for (const { health } of known) health.take(GOOD, checkOf(), 0);
  checks.host.chances.push(0.9, 0.9, 0.9, 0.9, 0.9, 0.999);
  checks.checks.follow([...known, backendOf('new')]);
  checks.host.clock.advance(100);
  assert.deepEqual(checks.dialledHosts, ['new']);
  checks.checks.stop();
});

test('a thousand intervals are within 10 % of theirs, and use all of it', () => {
  const checks = new Checks();
  checks.answer = checks.connect;
  checks.checks.follow([backendOf('a')]);
  while (checks.dialledAtMs.length < 1001) checks.host.clock.advance(1000);
  const gaps = checks.dialledAtMs.slice(1, 1001).map((atMs, index) => atMs - (checks.dialledAtMs[index] as number));
  const [least, most] = [Math.min(...gaps), Math.max(...gaps)];
  assert.ok(least >= 9000 && least < 9050, `the shortest: ${least}`);
  assert.ok(most <= 11_000 && most > 10_950, `the longest: ${most}`);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  assert.ok(Math.abs(mean - INTERVAL_MS) < 100, `on average: ${mean}`);
  checks.checks.stop();
});

test('the interval counts from the beginning of the last probe', () => {
  const checks = new Checks();
  checks.host.chances.push(0, 0.5);
  checks.checks.follow([backendOf('a')]);
  checks.host.clock.advance(4000);
  checks.connect(0);
  checks.host.clock.advance(5999);
  assert.equal(checks.dialledAtMs.length, 1);
  checks.host.clock.advance(1);
  assert.deepEqual(checks.dialledAtMs, [0, 10_000]);
  checks.checks.stop();
});

test('a probe that takes longer than the interval is not overtaken', () => {
  const checks = new Checks({ intervalMs: 1000, timeoutMs: 7000 });
  checks.host.chances.push(0);
  checks.checks.follow([backendOf('a')]);
  checks.host.clock.advance(6999);
  assert.equal(checks.host.counters.backendConnections, 1);
  assert.deepEqual(checks.dialledAtMs, [0]);
  checks.host.clock.advance(1);
  assert.deepEqual(checks.dialledAtMs, [0, 7000]);
  assert.equal(checks.host.counters.backendConnections, 1);
  checks.checks.stop();
});

test('each result is told, and what changed by it, once', () => {
  const checks = new Checks({ intervalMs: 1000 });
  const down = (index: number) => index >= 2 && index < 8;
  checks.answer = (index) => (down(index) ? checks.refuse(index) : checks.connect(index));
  const backend = backendOf('a');
  checks.checks.follow([backend]);
  while (checks.told.length < 12) checks.host.clock.advance(100);
  const changes = checks.told.map(({ change }) => (change === null ? '.' : change === 'healthy' ? 'H' : 'U'));
  assert.equal(changes.join(''), '....U....H..');
  assert.deepEqual(checks.told[4]?.result, { good: false, reason: 'connect-refused: connect ECONNREFUSED' });
  assert.equal(backend.health.goodInARow, 4);
  checks.checks.stop();
});

test('results have the time of the calendar', () => {
  const checks = new Checks();
  const backend = backendOf('a');
  checks.answer = checks.connect;
  checks.checks.follow([backend]);
  checks.host.clock.advance(100);
  assert.ok((backend.health.checkedAtMs ?? 0) >= Date.UTC(2026, 0, 1));
  checks.checks.stop();
});

test('where the proxy itself is out of files, nothing is held against a backend, and it is asked again', () => {
  const checks = new Checks();
  checks.answer = (index) => checks.host.refuse(index, 'EMFILE');
  const backend = backendOf('a');
  checks.checks.follow([backend]);
  checks.host.clock.advance(60_000);
  assert.ok(checks.dialledAtMs.length >= 5);
  assert.deepEqual([checks.told, backend.health], [[], new BackendHealth()]);
  checks.checks.stop();
});

test('stop ends probes under way and all that were to come', () => {
  const checks = new Checks();
  checks.checks.follow(Array.from({ length: 20 }, (_, index) => backendOf(`b${index}`)));
  checks.host.clock.advance(500);
  const { length } = checks.dialledAtMs;
  assert.ok(length > 0 && length < 20);
  assert.equal(checks.host.counters.backendConnections, length);
  checks.checks.stop();
  checks.checks.stop();
  assert.deepEqual(checks.host.counters.open(), {});
  assert.ok(checks.host.dials.every(({ cancelled }) => cancelled));
  checks.checks.follow([backendOf('late')]);
  checks.host.clock.advance(100_000);
  assert.deepEqual([checks.dialledAtMs.length, checks.told], [length, []]);
});

test('whoever is told may stop it', () => {
  const checks = new Checks();
  checks.answer = checks.connect;
  checks.probed = () => checks.checks.stop();
  checks.checks.follow([backendOf('a')]);
  checks.host.clock.advance(100_000);
  assert.equal(checks.told.length, 1);
});

test('backends come and go; those that stay keep their turn', () => {
  const checks = new Checks();
  const [a, b, c] = [backendOf('a'), backendOf('b'), backendOf('c')];
  checks.host.chances.push(0, 0);
  checks.checks.follow([a, b]);
  checks.host.clock.advance(0);
  assert.deepEqual(checks.dialledHosts, ['a', 'b']);
  checks.host.chances.push(0.5);
  checks.checks.follow([b, c]);
  assert.deepEqual(
    checks.host.dials.map(({ cancelled }) => cancelled),
    [true, false],
  );
  checks.connect(1);
  assert.deepEqual(
    checks.told.map(({ key }) => key),
    ['b'],
  );
  checks.host.clock.advance(100);
  assert.deepEqual(checks.dialledHosts, ['a', 'b', 'c']);
  checks.checks.stop();
});

test('a backend that comes again as another object keeps its turn, and its new address is asked', () => {
  const checks = new Checks();
  const backend = backendOf('a');
  checks.host.chances.push(0.5);
  checks.checks.follow([backend]);
  checks.host.clock.advance(40);
  checks.checks.follow([{ ...backend, address: { host: 'elsewhere', port: 80 } }]);
  checks.host.clock.advance(10);
  assert.deepEqual(checks.dialledHosts, ['elsewhere']);
  checks.checks.stop();
});

test('a backend that comes again with another state begins anew', () => {
  const checks = new Checks();
  checks.host.chances.push(0, 0);
  checks.checks.follow([backendOf('a')]);
  checks.host.clock.advance(0);
  checks.checks.follow([backendOf('a')]);
  assert.equal(checks.host.dials[0]?.cancelled, true);
  checks.host.clock.advance(0);
  assert.equal(checks.host.dials.length, 2);
  checks.checks.stop();
  assert.deepEqual(checks.host.counters.open(), {});
});
