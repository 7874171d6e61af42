import assert from 'node:assert/strict';
import { loadConfigText } from '../../src/config/load-config.js';
import { middlewareTypes } from '../../src/middleware/registry.js';
import { acceptFor } from '../../src/protocol/websocket/handshake.js';
import { createProxy } from '../../src/proxy.js';
import { unusedPort } from '../support/raw-backend.js';
import type { RecordedRequest } from '../support/recording-backend.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { tlsVariant } from '../support/tls-variant.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

/** Chance that draws the middle: each interval is as long as it is written. */
const parts = { random: () => 0.5 };
const INTERVAL_MS = 200;
const STEP_MS = 50;
const check = { interval: '200ms', timeout: '100ms' };

/** Answers with its name, and its checks with a status that the test changes. */
class CheckedBackend {
  status = 200;
  url = '';
  readonly probes: RecordedRequest[] = [];

  static async on(stage: Stage, name: string): Promise<CheckedBackend> {
    const checked = new CheckedBackend();
    const backend = await stage.backend((request) => {
      if (!request.target.endsWith('/health')) return `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${name}`;
      checked.probes.push(request);
      return checked.status === 0 ? null : `HTTP/1.1 ${checked.status} X\r\nContent-Length: 0\r\n\r\n`;
    });
    checked.url = backend.url;
    return checked;
  }
}

type Keys = Readonly<Record<string, unknown>>;

function checkedBy(
  health_check: Keys | undefined,
  backends: readonly { readonly url: string }[],
  more: Keys = {},
): Setup {
  const load_balancer = { backends: backends.map(({ url }) => ({ url })), health_check };
  return { services: { api: { load_balancer, ...more } } };
}

/** Lets time pass until so many more probes were made, and what they led to is done. */
async function probed(stage: Stage, { probes }: CheckedBackend, count: number): Promise<void> {
  const wanted = probes.length + count;
  for (let passedMs = 0; probes.length < wanted; passedMs += STEP_MS) {
    assert.ok(passedMs < 10 * count * INTERVAL_MS, 'probes go on');
    await pass(stage, STEP_MS);
  }
}

/** Lets time pass, and answers come before the next probe begins or is given up. */
async function pass(stage: Stage, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
    stage.clock.advance(STEP_MS);
    await settled();
  }
}

/** Who answers so many requests in turn. */
async function answers(stage: Stage, count = 4): Promise<string> {
  let names = '';
  for (let round = 0; round < count; round++) names += (await stage.ask(get())).body;
  return names;
}

/** What became of backends, and why. */
function changes(stage: Stage): string[] {
  return stage.backendChanges.map(({ became, reason }) => `${became}: ${reason}`);
}

behaviour('a backend whose checks fail gets no new work, and gets it again once they are good', async (stage) => {
  const [a, b] = [await CheckedBackend.on(stage, 'a'), await CheckedBackend.on(stage, 'b')];
  await stage.start(checkedBy({ ...check, healthy_threshold: 2, unhealthy_threshold: 3 }, [a, b]), parts);
  await probed(stage, a, 1);
  assert.equal(await answers(stage), 'abab');
  a.status = 503;
  await probed(stage, a, 2);
  assert.equal(await answers(stage), 'abab', 'two of three');
  await probed(stage, a, 1);
  assert.equal(await answers(stage), 'bbbb');
  a.status = 200;
  await probed(stage, a, 1);
  assert.equal(await answers(stage), 'bbbb', 'one of two');
  await probed(stage, a, 1);
  assert.equal([...(await answers(stage))].sort().join(''), 'aabb');
});

behaviour('a backend counts as healthy until its first check, which decides alone', async (stage) => {
  const [a, b] = [await CheckedBackend.on(stage, 'a'), await CheckedBackend.on(stage, 'b')];
  a.status = 503;
  await stage.start(checkedBy(check, [a, b]), parts);
  assert.equal(await answers(stage), 'abab');
  assert.equal(a.probes.length, 0);
  await probed(stage, a, 1);
  assert.equal(await answers(stage), 'bbbb');
});

behaviour('where every backend has failed its checks, the answer is 503 no-backend', async (stage) => {
  const a = await CheckedBackend.on(stage, 'a');
  a.status = 500;
  await stage.start(checkedBy(check, [a]), parts);
  await probed(stage, a, 1);
  const response = await stage.ask(get());
  assert.equal(response.status, 503);
  assert.match(response.body, /code: no-backend\n/);
});

behaviour('a change is an event and one line of the log, with its reason, however long it lasts', async (stage) => {
  const a = await CheckedBackend.on(stage, 'a');
  await stage.start(checkedBy(check, [a]), parts);
  await probed(stage, a, 2);
  assert.deepEqual([changes(stage), stage.log.lines], [[], []]);
  a.status = 503;
  await probed(stage, a, 8);
  assert.deepEqual(changes(stage), ['unhealthy: status 503']);
  assert.equal(stage.log.lines.length, 1);
  const [line] = stage.log.lines;
  assert.deepEqual([line?.level, line?.fields.service, line?.fields.backend], ['warn', 'api', a.url]);
  assert.equal(line?.fields.reason, 'status 503');
  a.status = 200;
  await probed(stage, a, 8);
  assert.equal(changes(stage).length, 2);
  assert.match(changes(stage)[1] ?? '', /^healthy: /);
  assert.equal(stage.log.lines.length, 2);
  assert.equal(stage.log.lines[1]?.level, 'info');
});

behaviour('expected_status says what is good', async (stage) => {
  const [a, b] = [await CheckedBackend.on(stage, 'a'), await CheckedBackend.on(stage, 'b')];
  a.status = 418;
  await stage.start(checkedBy({ ...check, expected_status: '204,410-420' }, [a, b]), parts);
  await probed(stage, b, 1);
  assert.equal(a.probes.length, 1);
  assert.deepEqual(changes(stage), ['unhealthy: status 200']);
  assert.equal(await answers(stage), 'aaaa');
});

behaviour('a probe is a GET below the path of the url, with the Host of the service', async (stage) => {
  const a = await CheckedBackend.on(stage, 'a');
  const proxied = checkedBy({ ...check, path: '/deep/health' }, [{ url: `${a.url}/v1` }], {
    proxy_host: 'api.example',
  });
  await stage.start(proxied, parts);
  await probed(stage, a, 1);
  const [probe] = a.probes;
  assert.equal(probe?.text.split('\r\n').slice(0, 2).join(' '), 'GET /v1/deep/health HTTP/1.1 Host: api.example');
  assert.equal(probe?.get('connection'), 'close');
});

behaviour('a backend that does not answer its check in time is out', async (stage) => {
  const [a, b] = [await CheckedBackend.on(stage, 'a'), await CheckedBackend.on(stage, 'b')];
  a.status = 0;
  await stage.start(checkedBy(check, [a, b]), parts);
  await probed(stage, a, 1);
  assert.equal(await answers(stage), 'abab');
  stage.clock.advance(100);
  assert.deepEqual(changes(stage), ['unhealthy: no answer within 100 ms']);
  assert.equal(await answers(stage), 'bbbb');
});

behaviour('tcp: whoever cannot be reached is out, before any request went there', async (stage) => {
  const b = await stage.backend();
  const gone = { url: `${tlsVariant.out ? 'https' : 'http'}://127.0.0.1:${await unusedPort()}` };
  await stage.start(checkedBy({ ...check, type: 'tcp' }, [gone, b]), parts);
  stage.clock.advance(100);
  await until(() => stage.backendChanges.length > 0, 'the change');
  assert.match(changes(stage)[0] ?? '', /^unhealthy: connect-refused: /);
  await until(() => b.raw.connections.length === 1, 'the probe of the other');
  for (let round = 0; round < 3; round++) assert.equal((await stage.ask(get())).status, 200);
  assert.equal(
    stage.ended.every(({ outcome }) => outcome.tries.length === 1),
    true,
  );
  assert.equal(changes(stage).length, 1);
});

behaviour('websocket: a handshake that is agreed to is closed with 1000', async (stage) => {
  const a = await stage.rawBackend();
  const b = await stage.backend();
  await stage.start(checkedBy({ ...check, type: 'websocket', path: '/ws' }, [a, b]), parts);
  stage.clock.advance(100);
  const peer = await a.connection();
  const head = await peer.takeHead();
  assert.match(head, /^GET \/ws HTTP\/1\.1\r\n/);
  const key = /\r\nSec-WebSocket-Key: (\S+)\r\n/.exec(head)?.[1] ?? '';
  const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
  peer.send(`${switched}Sec-WebSocket-Accept: ${acceptFor(key)}\r\n\r\n`);
  const close = Buffer.from(await peer.take(8), 'latin1');
  const masked = (at: number): number => (close[6 + at] as number) ^ (close[2 + at] as number);
  assert.deepEqual([close[0], close[1], masked(0) * 256 + masked(1)], [0x88, 0x82, 1000]);
  peer.send(Buffer.from('880203e8', 'hex'));
  peer.end();
  assert.equal(await peer.ending(), 'fin');
  await until(() => stage.backendChanges.length > 0, 'the change of the other');
  assert.deepEqual(changes(stage), ['unhealthy: no valid 101: status 200']);
  assert.equal(stage.backendChanges[0]?.backend, b.url);
});

behaviour('probes take no place of max_active_connections', async (stage) => {
  const one = { advanced: { connection_pool: { max_active_connections: 1 } } };
  const backend = await stage.backend(({ target }) => (target === '/health' ? 'HTTP/1.1 204 X\r\n\r\n' : null));
  await stage.start({ ...checkedBy({ ...check, unhealthy_threshold: 1 }, [backend]), ...one }, parts);
  const [first, second] = [await stage.client(), await stage.client()];
  first.send(get('/1'));
  await backend.request(0);
  second.send(get('/2'));
  await stage.open('waiting', 1);
  await pass(stage, 3 * INTERVAL_MS);
  const targets = backend.requests.map(({ target }) => target);
  assert.ok(targets.filter((target) => target === '/health').length >= 2);
  assert.ok(!targets.includes('/2'), 'there is no room');
  assert.deepEqual(changes(stage), []);
  backend.requests[0]?.peer.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  assert.equal((await first.takeResponse()).status, 200);
  await until(() => backend.requests.some(({ target }) => target === '/2'), 'the request that waited');
});

behaviour('what is known of a backend outlives a reload', async (stage) => {
  const [a, b] = [await CheckedBackend.on(stage, 'a'), await CheckedBackend.on(stage, 'b')];
  a.status = 503;
  await stage.start(checkedBy(check, [a, b]), parts);
  await probed(stage, a, 1);
  assert.deepEqual(changes(stage), ['unhealthy: status 503']);
  await stage.reload(checkedBy({ ...check, unhealthy_threshold: 9 }, [a, b], { proxy_host: 'api.example' }));
  assert.equal(await answers(stage), 'bbbb');
  await probed(stage, a, 2);
  assert.equal(a.probes.at(-1)?.get('host'), 'api.example');
  assert.equal(changes(stage).length, 1);
  a.status = 200;
  await probed(stage, a, 2);
  assert.equal(changes(stage).length, 2);
});

behaviour('a reload that takes the check away makes its backends available again', async (stage) => {
  const [a, b] = [await CheckedBackend.on(stage, 'a'), await CheckedBackend.on(stage, 'b')];
  a.status = 503;
  await stage.start(checkedBy(check, [a, b]), parts);
  await probed(stage, a, 1);
  assert.equal(await answers(stage), 'bbbb');
  await stage.reload(checkedBy(undefined, [a, b]));
  assert.equal(changes(stage).at(-1), 'healthy: nobody checks it any more');
  assert.equal([...(await answers(stage))].sort().join(''), 'aabb');
  assert.deepEqual(changes(stage), ['unhealthy: status 503', 'healthy: nobody checks it any more']);
  const { length } = a.probes;
  await pass(stage, 5 * INTERVAL_MS);
  assert.equal(a.probes.length, length);
});

behaviour('a backend whose check is taken away is kept ready again', async (stage) => {
  const a = await CheckedBackend.on(stage, 'a');
  a.status = 503;
  const advanced = { connection_pool: { prewarm: 1 } };
  await stage.start({ ...checkedBy(check, [a]), advanced }, parts);
  await probed(stage, a, 1);
  await stage.pass(16_000);
  await stage.open('backendConnections', 0);
  await stage.reload({ ...checkedBy(undefined, [a]), advanced });
  await stage.open('backendConnections', 1);
});

behaviour('a backend that a reload adds is probed, one that it removes is not', async (stage) => {
  const [a, b] = [await CheckedBackend.on(stage, 'a'), await CheckedBackend.on(stage, 'b')];
  await stage.start(checkedBy(check, [a]), parts);
  await probed(stage, a, 1);
  await stage.reload(checkedBy(check, [b]));
  const { length } = a.probes;
  await probed(stage, b, 3);
  assert.equal(a.probes.length, length);
});

behaviour('a proxy that stops ends the probes under way', async (stage) => {
  const a = await CheckedBackend.on(stage, 'a');
  a.status = 0;
  await stage.start(checkedBy(check, [a]), parts);
  await probed(stage, a, 1);
  assert.equal(stage.proxy.counters.backendConnections, 1);
  await stage.proxy.stop();
  assert.equal(stage.proxy.counters.backendConnections, 0);
  assert.deepEqual(changes(stage), []);
});

behaviour('a proxy that is stopped while it starts opens nothing, and probes nobody', async (stage) => {
  const a = await CheckedBackend.on(stage, 'a');
  const keys = { ...checkedBy(check, [a]), host_rules: [{ pattern: '*', target: 'api' }], advanced: { port: 0 } };
  const loaded = loadConfigText(JSON.stringify(keys), 'test.yaml', { env: {}, middlewareTypes });
  assert.ok(loaded.ok);
  const { clock, log } = stage;
  const proxy = createProxy({ config: loaded.config, log, clock, ...parts });
  const starting = proxy.start();
  await proxy.stop();
  await assert.rejects(starting, /stopped while it started/);
  assert.deepEqual(proxy.listeners, []);
  await pass(stage, 5 * INTERVAL_MS);
  assert.equal(proxy.counters.backendConnections + a.probes.length, 0);
});
