import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { askAdmin, askAdminJson } from '../support/admin-client.js';
import { readPrometheusText } from '../support/prometheus-text.js';
import { root } from '../unit/house/tree.js';
import { inKiB } from './support/memory-watch.js';
import { Program } from './support/program.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { openUpgraded } from './support/raw-upgrade.js';
import { sleep } from './support/wait.js';

/** What a process that may open 20,000 files can hold, two to a tunnel. */
const MANY = 9000;
const SCRAPED = 5000;
const SPREAD_MS = 10_000;
const SCRAPES = 10;
const IDLE_MS = 3000;
/** Of a thousand, the echoes meanwhile included. */
const PAGE_CPU_MS = 100;
/** `hello`, masked with 0. */
const HELLO = Buffer.concat([Buffer.from('818500000000', 'hex'), Buffer.from('hello')]);

interface Crowd {
  readonly proxy: ProxyProcess;
  readonly admin: string;
  readonly clients: Program;
}

/** A proxy with so many idle tunnels; clients and backend are processes of their own. */
async function withTunnels(t: TestContext, count: number): Promise<Crowd> {
  const helper = (name: string, ...args: string[]): Program => {
    const program = new Program(process.execPath, [join(root, `build/test/prove/support/${name}.js`), ...args]);
    t.after(() => program.kill());
    return program;
  };
  const [, port] = await helper('idle-backend').wrote(/idle backend on (\d+)/);
  const proxy = await startProxy(t, {
    services: { ws: `ws://127.0.0.1:${port}` },
    routes: { '*': 'ws' },
    timeout: `drain_timeout: ${(2 * SPREAD_MS) / 1000}`,
    environment: { TOYOU_ADMIN_LISTEN: '127.0.0.1:0' },
  });
  const [, admin = ''] = await proxy.program.wrote(/admin API on (\S+)/);
  const before = proxy.residentBytes();
  const clients = helper('idle-clients', String(proxy.port), String(count));
  await clients.wrote(new RegExp(`opened ${count}`), 120_000);
  await sleep(1000);
  console.log(`${count} idle tunnels: ${inKiB((proxy.residentBytes() - before) / count)} each`);
  return { proxy, admin, clients };
}

/** What the clients were told, and when each was. */
async function told(clients: Program): Promise<{ codes: Record<string, number>; closedAtMs: number[] }> {
  const [, line = ''] = await clients.wrote(/closed (.*) end/s);
  const { codes, firstAtMs, afterMs } = JSON.parse(line) as {
    codes: Record<string, number>;
    firstAtMs: number;
    afterMs: number[];
  };
  return { codes, closedAtMs: afterMs.map((after) => firstAtMs + after) };
}

/** What a process costs while something else goes on. */
async function cpuPerMs(proxy: ProxyProcess, wait: () => Promise<void>): Promise<number> {
  const [from, cpuMs] = [performance.now(), proxy.cpuMs()];
  await wait();
  return (proxy.cpuMs() - cpuMs) / (performance.now() - from);
}

/** The times of echoes that go on until it is asked. */
async function echoing(port: number): Promise<() => Promise<number[]>> {
  const socket = await openUpgraded(port, '/echo');
  socket.setNoDelay(true).resume();
  const trips: number[] = [];
  let over = false;
  const run = (async () => {
    while (!over) {
      const from = performance.now();
      socket.write(HELLO);
      await once(socket, 'data');
      trips.push(performance.now() - from);
    }
  })();
  return async () => {
    over = true;
    await run;
    socket.destroy();
    return trips.sort((a, b) => a - b);
  };
}

test(`${MANY} idle tunnels are listed while one relays, and drained evenly: each client sees 1012`, {
  timeout: 240_000,
}, async (t) => {
  const { proxy, admin, clients } = await withTunnels(t, MANY);
  const stop = await echoing(proxy.port);
  await sleep(500);
  const ids = new Set<string>();
  const cpuMs = proxy.cpuMs();
  const from = performance.now();
  let pages = 0;
  for (let next: string | null = '0'; next !== null; pages++) {
    const page: { connections: { id: string }[]; next: string | null } = await askAdminJson(
      admin,
      'GET',
      `/api/connections?limit=1000&cursor=${next}`,
    );
    for (const { id } of page.connections) ids.add(id);
    next = page.next;
  }
  const pageMs = (proxy.cpuMs() - cpuMs) / pages;
  const listedMs = performance.now() - from;
  const trips = await stop();
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => trips[Math.ceil(share * trips.length) - 1]?.toFixed(1));
  assert.equal(ids.size, MANY + 1);
  console.log(
    `listed in ${Math.round(listedMs)} ms, ${pageMs.toFixed(0)} ms of CPU a page; ${trips.length} echoes: p50 ${p50}, p99 ${p99}, max ${max} ms`,
  );
  // By what it costs, for how long that takes is the machine's: no echo waits longer than for one page.
  assert.ok(pageMs < PAGE_CPU_MS, `${pageMs} ms of CPU a page`);
  assert.ok(trips.length >= pages, `${trips.length} echoes while ${pages} pages were listed`);

  const drainedFrom = Date.now();
  assert.equal((await askAdmin(admin, 'POST', '/api/drain')).status, 202);
  const { status } = await proxy.program.ended();
  assert.equal(status, 0, proxy.program.output);
  const { codes, closedAtMs } = await told(clients);
  assert.deepEqual(codes, { '1012 service restart': MANY });
  const quarters = [0, 1, 2, 3].map((quarter) => {
    return closedAtMs.filter((at) => Math.min(3, Math.floor((4 * (at - drainedFrom)) / SPREAD_MS)) === quarter).length;
  });
  const last = Math.max(...closedAtMs) - drainedFrom;
  console.log(`drained: by quarters of ${SPREAD_MS} ms ${quarters}, the last after ${last} ms`);
  // As the clients saw it, who share this machine's processors: no quarter has most of them.
  for (const closed of quarters) assert.ok(closed < MANY * 0.6, `${quarters}`);
  assert.ok(last > 0.7 * SPREAD_MS && last < 1.6 * SPREAD_MS, `the last Close came after ${last} ms`);
});

test(`a scrape under ${SCRAPED} tunnels takes under 50 ms, closing all of them by the API keeps its pace`, {
  timeout: 240_000,
}, async (t) => {
  const { proxy, admin, clients } = await withTunnels(t, SCRAPED);
  await askAdmin(admin, 'GET', '/metrics'); // loads what makes them
  const idleCpuPerMs = await cpuPerMs(proxy, () => sleep(IDLE_MS));
  const walls: number[] = [];
  const from = performance.now();
  const cpuMs = proxy.cpuMs();
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    const askedAt = performance.now();
    const { text } = await askAdmin(admin, 'GET', '/metrics');
    walls.push(performance.now() - askedAt);
    const { samples = new Map() } = readPrometheusText(text).get('toyou_tunnels_active') ?? {};
    assert.deepEqual([...samples.values()], [SCRAPED]);
  }
  // Without what it does anyhow for its tunnels, four times a second.
  const idleMs = idleCpuPerMs * (performance.now() - from);
  const eachMs = (proxy.cpuMs() - cpuMs - idleMs) / SCRAPES;
  const median = walls.sort((a, b) => a - b)[SCRAPES / 2] ?? 0;
  console.log(
    `a scrape of ${SCRAPED} tunnels: ${eachMs.toFixed(0)} ms of CPU, ${median.toFixed(0)} ms in all (median)`,
  );
  assert.ok(eachMs < 50, `${eachMs} ms of CPU`);

  const perSecond = 1000;
  const body = { filter: { service: 'ws' }, code: 4000, reason: 'moved', per_second: perSecond };
  const closingFrom = Date.now();
  assert.equal((await askAdminJson(admin, 'POST', '/api/connections/close', { body })).closing, SCRAPED);
  const { codes, closedAtMs } = await told(clients);
  assert.deepEqual(codes, { '4000 moved': SCRAPED });
  const lastMs = Math.max(...closedAtMs) - closingFrom;
  console.log(`${SCRAPED} closed at ${perSecond} a second: the last after ${lastMs} ms`);
  assert.ok(lastMs > 4000 && lastMs < 8000, `${lastMs} ms`);
});
