import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { loadConfigText } from '../../src/config/load-config.js';
import { middlewareTypes } from '../../src/middleware/registry.js';
import { createProxy } from '../../src/proxy.js';
import { freePort } from '../support/free-port.js';
import { RecordingLog } from '../support/recording-log.js';
import { BackendProcess } from './support/backend-process.js';
import { HttpLoad } from './support/http-load.js';
import { chosenSeed, seededRandom } from './support/random.js';
import { TunnelLoad } from './support/tunnel-load.js';
import { sleep, until } from './support/wait.js';

const CLIENTS = 50;
const TUNNELS = 30;
const PAUSE_MS = 100;
const REFRESH_MS = 100;
const DRAIN_MS = 1000;
const CHANGES = 20;

/** What the resolver of a test says, until it is told otherwise. */
class Zone {
  addresses: readonly string[];
  fails = false;
  asked = 0;

  constructor(addresses: readonly string[]) {
    this.addresses = addresses;
  }

  readonly resolve = (host: string): Promise<readonly string[]> => {
    this.asked++;
    assert.equal(host, 'app.example');
    return this.fails ? Promise.reject(new Error('the resolver is down')) : Promise.resolve(this.addresses);
  };
}

interface Running {
  readonly zone: Zone;
  readonly log: RecordingLog;
  readonly http: HttpLoad;
  readonly tunnels: TunnelLoad;
}

/** A proxy in this process, under load, and backends at 127.0.0.2 to 127.0.0.5 of the same port, named by address. */
async function startNamed(t: TestContext, removed: 'drain' | 'keep', first: readonly string[]): Promise<Running> {
  const port = await freePort();
  for (const host of ALL) await BackendProcess.start(t, host, port, host);
  const keys = {
    services: { app: { url: `http://app.example:${port}`, dns: { refresh: REFRESH_MS / 1000 } } },
    host_rules: [{ pattern: '*', target: 'app' }],
    advanced: { port: 0, bind: '127.0.0.1', reload: { removed }, timeout: { drain_timeout: (2 * DRAIN_MS) / 1000 } },
  };
  const options = { env: {}, middlewareTypes };
  const loaded = loadConfigText(JSON.stringify(keys), 'dns.yaml', options);
  assert.ok(loaded.ok);
  const zone = new Zone(first);
  const log = new RecordingLog();
  const proxy = createProxy({ config: loaded.config, log, resolver: zone.resolve });
  await proxy.start();
  t.after(async () => {
    // The proxy's own timers hold no process open.
    const held = setInterval(() => {}, 1000);
    await proxy.stop();
    clearInterval(held);
  });
  await until(
    () => log.all('backend addresses changed').length === 1,
    10_000,
    () => 'the name is not resolved',
  );
  const origin = `127.0.0.1:${proxy.listeners[0]?.port}`;
  const http = new HttpLoad(t, `http://${origin}`, CLIENTS, PAUSE_MS);
  const tunnels = new TunnelLoad(t, `ws://${origin}`, TUNNELS, PAUSE_MS);
  await tunnels.allOpen(TUNNELS);
  return { zone, log, http, tunnels };
}

const [TWO, THREE, FOUR, FIVE] = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'] as const;
const ALL = [TWO, THREE, FOUR, FIVE];

/** The log says that these are the addresses, and what was on its way before is over. */
async function follows({ log, http, zone }: Running): Promise<void> {
  const known = (): string =>
    [...((log.all('backend addresses changed').at(-1)?.addresses ?? []) as string[])].sort().join();
  await until(
    () => known() === [...zone.addresses].sort().join(),
    10_000,
    () => `${known()}, not ${zone.addresses}`,
  );
  await sleep(200);
  const fromMs = performance.now();
  await until(
    () => Object.keys(http.since(fromMs)).length >= zone.addresses.length,
    10_000,
    () => `work for ${Object.keys(http.since(fromMs))}, not for ${zone.addresses}`,
  );
  assert.deepEqual(Object.keys(http.since(fromMs)).sort(), [...zone.addresses].sort());
}

function nothingFailed({ http, tunnels, log }: Running): void {
  assert.deepEqual(http.failed.slice(0, 5), []);
  assert.deepEqual(tunnels.failed.slice(0, 5), []);
  assert.deepEqual(log.all('exchange failed').slice(0, 5), []);
}

test('addresses of a name come and go under load; tunnels on those that went are drained', {
  timeout: 60_000,
}, async (t) => {
  const running = await startNamed(t, 'drain', [TWO, THREE]);
  const { zone, log, http, tunnels } = running;
  await follows(running);
  const before = tunnels.open;
  assert.deepEqual(Object.keys(before).sort(), [TWO, THREE]);
  zone.addresses = [THREE, FOUR];
  await follows(running);
  await until(
    () => tunnels.open[TWO] === undefined,
    DRAIN_MS + 5000,
    () => 'tunnels are open on what went',
  );
  await tunnels.allOpen(TUNNELS);
  assert.equal(tunnels.ended.length, before[TWO]);
  assert.deepEqual(
    new Set(tunnels.ended.map(({ backend, code, reason }) => `${backend} ${code} ${reason}`)),
    new Set([`${TWO} 1012 service restart`]),
  );

  // A resolver that fails takes nothing away, and is told of once.
  zone.fails = true;
  await until(
    () => log.all('backend name not resolved').length > 0,
    10_000,
    () => 'it is not told',
  );
  const askedBefore = zone.asked;
  await until(
    () => zone.asked >= askedBefore + 3,
    10_000,
    () => 'it is not asked again',
  );
  assert.deepEqual(
    log.all('backend name not resolved').map(({ name, reason, addresses_kept }) => [name, reason, addresses_kept]),
    [['app.example', 'the resolver is down', 2]],
  );
  await follows(running);
  zone.fails = false;
  zone.addresses = [FIVE, FOUR, THREE];
  await follows(running);
  assert.equal(log.all('backend name resolved again').length, 1);

  // Then another answer each time that it is asked.
  const random = seededRandom(chosenSeed('dns'));
  for (let change = 0; change < CHANGES; change++) {
    const some = ALL.filter(() => random() < 0.5);
    zone.addresses = some.length === 0 ? [TWO] : some;
    await sleep(REFRESH_MS + 20);
  }
  await follows(running);
  await Promise.all([http.stop(), tunnels.stop()]);
  console.log(
    `dns: ${http.served.length} requests, ${tunnels.messages} messages, ${tunnels.ended.length} tunnels moved`,
  );
  nothingFailed(running);
  assert.deepEqual(new Set(tunnels.ended.map(({ code }) => code)), new Set([1012]));
});

test('with reload.removed keep tunnels stay on addresses that went', { timeout: 60_000 }, async (t) => {
  const running = await startNamed(t, 'keep', [TWO, THREE]);
  const { zone, http, tunnels } = running;
  const before = tunnels.open;
  zone.addresses = [FOUR];
  await follows(running);
  const { messages } = tunnels;
  await sleep(DRAIN_MS + 500);
  assert.deepEqual(tunnels.open, before);
  assert.deepEqual(tunnels.ended, []);
  assert.ok(tunnels.messages > messages);
  await Promise.all([http.stop(), tunnels.stop()]);
  nothingFailed(running);
});
