import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf } from '../support/config-of.js';
import { SeededRandom } from '../support/simulation/random.js';
import { type RateReport, runRateScenario, type TakenRequest } from '../support/simulation/rate-scenario.js';

const SCENARIOS = Number(process.env.TOYOU_SCENARIOS ?? 2000);
const FIRST_SEED = Number(process.env.TOYOU_SEED ?? 1);
/** Each is 200 clients. */
const CROWDS = Math.max(1, Math.min(SCENARIOS / 400, 5));
const CLIENTS = 200;

const configWith = (options: object) =>
  configOf(`
services: { app: { url: "http://192.0.2.10:80" } }
host_rules: [{ pattern: "*", port: 80, target: app }]
middlewares: [{ name: rate_limit, config: ${JSON.stringify(options)} }]
advanced: { connection_pool: { max_active_connections: 1000 } }
`);

/** How many a bucket lets through that is counted by the letter: tokens that come back with time. */
function counted(requests: readonly TakenRequest[], perMinute: number, burst: number): number {
  let [tokens, lastMs, passed] = [burst, requests[0]?.atMs ?? 0, 0];
  for (const { atMs } of requests) {
    tokens = Math.min(burst, tokens + ((atMs - lastMs) * perMinute) / 60_000);
    lastMs = atMs;
    if (tokens < 1) continue;
    tokens -= 1;
    passed++;
  }
  return passed;
}

function judge(
  { requests, read }: RateReport,
  keyOf: (address: string) => string,
  perMinute: number,
  burst: number,
  replay = '',
) {
  const byKey = new Map<string, TakenRequest[]>();
  for (const one of requests) {
    const own = byKey.get(keyOf(one.address));
    if (own === undefined) byKey.set(keyOf(one.address), [one]);
    else own.push(one);
  }
  for (const [key, own] of byKey) {
    const passed = own.filter(({ status }) => status === 200).length;
    const expected = counted(own, perMinute, burst);
    assert.ok(
      Math.abs(passed - expected) <= 1,
      `${key}: ${passed} of ${own.length} passed instead of ${expected}: ${replay}`,
    );
  }
  const passed = requests.filter(({ status }) => status === 200).length;
  assert.deepEqual([read.get(200) ?? 0, read.get(429) ?? 0], [passed, requests.length - passed]);
  return { passed, refused: requests.length - passed };
}

test(`rate_limit is exact to ±1 under ${CLIENTS} clients: ${CROWDS} crowds`, async () => {
  let [passed, refused] = [0, 0];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + CROWDS; seed++) {
    const random = new SeededRandom(seed);
    const perMinute = random.pick([7, 60, 600, 6000]);
    const burst = random.pick([1, 5, 100, perMinute]);
    const global = random.chance(0.3);
    const options = { requests_per_minute: perMinute, burst, key_extractor: global ? 'global' : 'ip' };
    // Two of them are one site.
    const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'];
    const scenario = { clients: CLIENTS, requestsEach: 20, maxPauseMs: random.pick([0, 500, 5000]), addresses };
    const report = await runRateScenario(seed, configWith(options), scenario);
    const keyOf = (address: string) => (global ? 'all' : address.replace(/^2001:db8::[12]$/, '2001:db8::'));
    assert.equal(report.requests.length, CLIENTS * 20);
    const counts = judge(report, keyOf, perMinute, burst, `replay with TOYOU_SEED=${seed} TOYOU_SCENARIOS=1`);
    passed += counts.passed;
    refused += counts.refused;
  }
  assert.ok(passed > 0 && refused > 0, `${passed} passed, ${refused} were refused`);
});

test('it remembers no more clients than it may', async () => {
  const addresses = Array.from({ length: CLIENTS }, (_, last) => `198.51.100.${last}`);
  const scenario = { clients: CLIENTS, requestsEach: 10, maxPauseMs: 1000, addresses };
  const few = await runRateScenario(FIRST_SEED, configWith({ burst: 1, max_keys: 50 }), scenario);
  assert.equal(few.mostBuckets, 50);
  const all = await runRateScenario(FIRST_SEED, configWith({ burst: 1 }), scenario);
  assert.equal(all.mostBuckets, CLIENTS);
  judge(all, (address) => address, 60, 1);
});
