import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBackends } from './support/backends-stage.js';
import { HttpLoad } from './support/http-load.js';
import { TunnelLoad } from './support/tunnel-load.js';
import { sleep, until } from './support/wait.js';

const CLIENTS = 200;
const TUNNELS = 100;
const PAUSE_MS = 200;

test(`three backends are restarted one after the other under ${CLIENTS} clients and ${TUNNELS} tunnels`, {
  timeout: 60_000,
}, async (t) => {
  const { proxy, log, backends } = await startBackends(t, ['a', 'b', 'c']);
  const http = new HttpLoad(t, proxy.origin, CLIENTS, PAUSE_MS);
  const tunnels = new TunnelLoad(t, proxy.webSocketOrigin, TUNNELS, PAUSE_MS);
  await tunnels.allOpen(TUNNELS);
  await sleep(1000);
  for (const backend of backends) {
    backend.signal('SIGTERM');
    assert.equal(await backend.ended(), 'status 0');
    await until(
      () => tunnels.open[backend.name] === undefined,
      10_000,
      () => `tunnels of ${backend.name} are open`,
    );
    await tunnels.allOpen(TUNNELS);
    await backend.startAgain();
    const againAtMs = performance.now();
    await until(
      () => http.since(againAtMs)[backend.name] !== undefined,
      15_000,
      () => `${backend.name} gets no work`,
    );
    await sleep(1000);
  }
  await Promise.all([http.stop(), tunnels.stop()]);
  const statuses = new Set(log.all('exchange ended').map(({ fields }) => fields.status));
  console.log(
    `rolling-restart: ${http.served.length} requests, ${tunnels.messages} messages, ${tunnels.ended.length} tunnels moved`,
  );
  assert.deepEqual(http.failed.slice(0, 5), []);
  assert.deepEqual(
    [...statuses].filter((status) => Number(status) >= 400),
    [],
  );
  assert.deepEqual(log.all('exchange failed').slice(0, 5), []);
  assert.deepEqual(log.all('tunnel refused').slice(0, 5), []);
  assert.deepEqual(tunnels.failed.slice(0, 5), []);
  assert.deepEqual(new Set(tunnels.ended.map(({ code, reason }) => `${code} ${reason}`)), new Set(['1001 going away']));
  assert.ok(tunnels.ended.length > TUNNELS / 2);
  assert.deepEqual(Object.keys(http.since(0)).sort(), ['a', 'b', 'c']);
  assert.equal((await proxy.drained()).status, 0, proxy.program.output);
});
