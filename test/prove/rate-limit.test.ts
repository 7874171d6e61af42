import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Agent, request } from 'undici';
import { temporaryFolder } from './support/folder.js';
import { startHttpBackend } from './support/http-backend.js';
import { proveBounded } from './support/memory-bound.js';
import { type ProxyProcess, startCommand } from './support/proxy-process.js';

const CLIENTS = 200;
const PER_MINUTE = 60;
const RUN_MS = 4500;

/** A proxy with one rate limit, whose backend answers at once. */
async function startLimited(t: TestContext, options: string): Promise<ProxyProcess> {
  const { url } = await startHttpBackend(t, (_request, response) => void response.end('ok'));
  const file = join(temporaryFolder(), 'proxy.yaml');
  const lines = [
    `services: { node: { url: "${url}" } }`,
    'host_rules: [{ pattern: "*", target: node }]',
    `middlewares: [{ name: rate_limit, config: ${options} }]`,
    'advanced: { bind: 127.0.0.1, port: 0, log: { level: error, format: json } }',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return startCommand(t, ['run', '-c', file]);
}

/** What one key got, and between which times. */
interface Got {
  passed: number;
  refused: number;
  firstAskedMs: number;
  firstToldMs: number;
  lastAskedMs: number;
  lastToldMs: number;
}

/** All clients at once, each asking again as soon as it was answered. @returns by their keys */
async function ask(t: TestContext, proxy: ProxyProcess, keyOf: (client: number) => string): Promise<Map<string, Got>> {
  const agent = new Agent({ connections: CLIENTS });
  t.after(() => agent.destroy());
  const all = new Map<string, Got>();
  const endsAt = performance.now() + RUN_MS;
  const client = async (index: number): Promise<void> => {
    const key = keyOf(index);
    while (performance.now() < endsAt) {
      const askedMs = performance.now();
      const { statusCode, body } = await request(proxy.origin, { dispatcher: agent, headers: { 'X-Key': key } });
      await body.dump();
      const toldMs = performance.now();
      const first = {
        passed: 0,
        refused: 0,
        firstAskedMs: askedMs,
        firstToldMs: toldMs,
        lastAskedMs: 0,
        lastToldMs: 0,
      };
      const got = all.get(key) ?? first;
      all.set(key, got);
      got.firstAskedMs = Math.min(got.firstAskedMs, askedMs);
      got.firstToldMs = Math.min(got.firstToldMs, toldMs);
      got.lastAskedMs = Math.max(got.lastAskedMs, askedMs);
      got.lastToldMs = Math.max(got.lastToldMs, toldMs);
      if (statusCode === 200) got.passed++;
      else if (statusCode === 429) got.refused++;
      else assert.fail(`a status ${statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
  return all;
}

/** The first was taken between its asking and its answer, and so was the last: between these two times lies the truth. */
function proveExact(key: string, got: Got, burst: number): void {
  const tokens = (ms: number): number => Math.floor((ms * PER_MINUTE) / 60_000);
  const least = burst + tokens(got.lastAskedMs - got.firstToldMs) - 1;
  const most = burst + tokens(got.lastToldMs - got.firstAskedMs) + 1;
  assert.ok(got.passed >= least && got.passed <= most, `${key}: ${got.passed} passed, ${least} to ${most} may`);
  assert.ok(got.refused > 0, `${key}: nothing was refused`);
}

test(`${CLIENTS} clients share one limit, exact to ±1`, { timeout: 60_000 }, async (t) => {
  const proxy = await startLimited(t, `{ requests_per_minute: ${PER_MINUTE}, burst: 100, key_extractor: global }`);
  const [got] = [...(await ask(t, proxy, () => 'all')).values()];
  assert.ok(got !== undefined);
  console.log(`${got.passed} passed, ${got.refused} were refused`);
  proveExact('all', got, 100);
});

test(`${CLIENTS} clients by 50 keys, each exact to ±1`, { timeout: 60_000 }, async (t) => {
  const proxy = await startLimited(
    t,
    `{ requests_per_minute: ${PER_MINUTE}, burst: 5, key_extractor: "header:X-Key" }`,
  );
  const all = await ask(t, proxy, (index) => `key ${index % 50}`);
  assert.equal(all.size, 50);
  for (const [key, got] of all) proveExact(key, got, 5);
});

/** Of them 10,000 are remembered: with the heads they stood in the memory rose by 166 MiB here, else by 36 MiB of garbage. */
const KEYS = 40_000;
const WARM_UP = 30_000;
const PADDING = 'p'.repeat(6000);

test(`${KEYS} keys in large heads take the memory of 10,000 keys`, { timeout: 180_000 }, async (t) => {
  const proxy = await startLimited(t, '{ key_extractor: "header:X-Key", burst: 100000, max_keys: 10000 }');
  const agent = new Agent({ connections: CLIENTS });
  t.after(() => agent.destroy());
  let passed = 0;
  const askAll = async (count: number, keyOf: (index: number) => string): Promise<void> => {
    let next = 0;
    const client = async (): Promise<void> => {
      while (next < count) {
        const headers = { 'X-Padding': PADDING, 'X-Key': keyOf(next++) };
        const { statusCode, body } = await request(proxy.origin, { dispatcher: agent, headers });
        await body.dump();
        if (statusCode === 200) passed++;
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  };
  // As much garbage as there will be: what rises behind that is kept.
  await askAll(WARM_UP, () => 'one key');
  const distinct = () => askAll(KEYS, (index) => `a key of some length, number ${index}`);
  await proveBounded('keys', proxy, { count: 10_000, bytesEach: 3000 }, distinct);
  assert.equal(passed, WARM_UP + KEYS);
});
