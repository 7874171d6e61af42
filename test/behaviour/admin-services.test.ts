import assert from 'node:assert/strict';
import type { BackendView } from '../../src/exchange/service-view.js';
import { askAdmin, askAdminJson } from '../support/admin-client.js';
import { readPrometheusText } from '../support/prometheus-text.js';
import { unusedPort } from '../support/raw-backend.js';
import type { RecordingBackend } from '../support/recording-backend.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { answerAndLeave, type Ends, openTunnel, takeClose } from '../support/tunnel-ends.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const advanced = { admin: { listen: '127.0.0.1:0' } };
const at = (stage: Stage): string | null => stage.proxy.wings.admin.address;

/** The address of a backend as the API has it. */
const idOf = ({ url }: { readonly url: string }): string => new URL(url).host;

async function backendsOf(stage: Stage, name = 'api'): Promise<BackendView[]> {
  const { services } = await askAdminJson(at(stage), 'GET', '/api/services');
  return services.find((one: { name: string }) => one.name === name).backends;
}

const pathOf = (word: string, service = 'api'): string =>
  `/api/services/${encodeURIComponent(service)}/backends/${encodeURIComponent(word)}`;

/** Changes a backend of `api`, named by its id or url. */
async function change(stage: Stage, word: string, body: object): Promise<BackendView[]> {
  const { status, backends, detail } = await askAdminJson(at(stage), 'PATCH', pathOf(word), { body });
  assert.equal(status, 200, detail);
  return backends;
}

/** Backends that answer each with its own number. */
async function numbered(stage: Stage, count: number): Promise<RecordingBackend[]> {
  const backends = [];
  for (let index = 0; index < count; index++) {
    backends.push(await stage.backend(() => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${index}`));
  }
  return backends;
}

/** What answers so many requests, one after the other. */
async function answers(stage: Stage, count: number): Promise<string> {
  let order = '';
  for (let round = 0; round < count; round++) order += (await stage.ask(get())).body;
  return order;
}

behaviour('services are listed with their backends, and with what is known of each', async (stage) => {
  const sockets = await stage.rawBackend();
  const [plain] = (await numbered(stage, 1)) as [RecordingBackend];
  await stage.start({
    services: {
      api: { load_balancer: { strategy: 'round_robin', backends: [{ url: plain.url, weight: 2 }] } },
      chat: { url: sockets.url, on_unhealthy: 'drain' },
    },
    host_rules: [{ pattern: '*', target: 'api', route_rules: [{ pattern: '/ws', target: 'chat' }] }],
    advanced,
  });
  await openTunnel(stage, sockets);
  await stage.ask(get());
  await until(() => stage.ended.length === 1, 'the end of the request');
  const { status, services } = await askAdminJson(at(stage), 'GET', '/api/services');
  assert.equal(status, 200);
  const known = { state: 'unknown', reason: null, checked_at: null, changed_at: null };
  const quiet = { active: true, available: true, health: known, circuit: { state: 'closed', retry_in_ms: 0 } };
  assert.equal(typeof services[0].backends[0].latency_ms, 'number');
  assert.deepEqual(services, [
    {
      name: 'api',
      strategy: 'round_robin',
      retries: 0,
      on_unhealthy: 'keep',
      backends: [
        {
          id: idOf(plain),
          url: plain.url,
          address: idOf(plain),
          ...quiet,
          weight: 2,
          configured: { active: true, weight: 2 },
          leases: 0,
          exchanges: 0,
          tunnels: 0,
          connections: { active: 0, idle: 1, tunnels: 0 },
          latency_ms: services[0].backends[0].latency_ms,
          failures: {},
        },
      ],
    },
    {
      name: 'chat',
      strategy: 'round_robin',
      retries: 0,
      on_unhealthy: 'drain',
      backends: [
        {
          id: idOf(sockets),
          url: sockets.url,
          address: idOf(sockets),
          ...quiet,
          weight: 1,
          configured: { active: true, weight: 1 },
          leases: 1,
          exchanges: 0,
          tunnels: 1,
          connections: { active: 0, idle: 0, tunnels: 1 },
          latency_ms: services[1].backends[0].latency_ms,
          failures: {},
        },
      ],
    },
  ]);
});

behaviour('a backend that is deactivated gets no new work, and gets it again with null', async (stage) => {
  const [a, b] = (await numbered(stage, 2)) as [RecordingBackend, RecordingBackend];
  await stage.start({ backends: [a, b], advanced });
  assert.equal(await answers(stage, 2), '01');
  const [changed, ...more] = await change(stage, idOf(a), { active: false });
  assert.deepEqual(more, []);
  assert.deepEqual([changed?.id, changed?.active, changed?.available], [idOf(a), false, false]);
  assert.deepEqual(changed?.configured, { active: true, weight: 1 });
  assert.equal(await answers(stage, 3), '111');
  const [back] = await change(stage, idOf(a), { active: null });
  assert.deepEqual([back?.active, back?.available], [true, true]);
  assert.match(await answers(stage, 2), /^(?:01|10)$/);
  const place = { service: 'api', backend: a.url, address: idOf(a) };
  assert.deepEqual(stage.log.all('backend changed'), [
    { ...place, reason: 'an operator set active false, weight 1' },
    { ...place, reason: 'an operator set active true, weight 1' },
  ]);
  const lines = stage.log.all('admin request').map(({ method, target, status }) => `${method} ${target} ${status}`);
  assert.deepEqual(lines, Array(2).fill(`PATCH ${pathOf(idOf(a))} 200`));
});

behaviour('weight 0 is no new work, and what is not named stays as it is', async (stage) => {
  const [a, b] = (await numbered(stage, 2)) as [RecordingBackend, RecordingBackend];
  await stage.start({ backends: [a, b], advanced });
  await change(stage, b.url, { weight: 0 });
  assert.equal(await answers(stage, 3), '000');
  const [changed] = await change(stage, b.url, { active: true });
  assert.deepEqual([changed?.weight, changed?.active, changed?.available], [0, true, false]);
  await change(stage, a.url, { weight: 0 });
  assert.equal((await stage.ask(get())).status, 503);
  const { reasons } = await askAdminJson(at(stage), 'GET', '/readyz');
  assert.deepEqual(reasons, ['service api has no backend that is available']);
  const [weighed] = await change(stage, b.url, { weight: 7, active: null });
  assert.deepEqual([weighed?.weight, weighed?.available], [7, true]);
  assert.equal(await answers(stage, 2), '11');
});

behaviour('what operators set survives a reload, which changes what null goes back to', async (stage) => {
  const [a, b] = (await numbered(stage, 2)) as [RecordingBackend, RecordingBackend];
  const setup = (weight: number): Setup => ({
    services: { api: { load_balancer: { backends: [{ url: a.url, weight }, { url: b.url }] } } },
    advanced,
  });
  await stage.start(setup(2));
  await change(stage, idOf(a), { active: false, weight: 9 });
  assert.ok((await stage.reload(setup(3))).ok);
  assert.equal(await answers(stage, 2), '11');
  const [kept] = await backendsOf(stage);
  assert.deepEqual([kept?.active, kept?.weight, kept?.configured], [false, 9, { active: true, weight: 3 }]);
  const [back] = await change(stage, idOf(a), { active: null, weight: null });
  assert.deepEqual([back?.active, back?.weight, back?.available], [true, 3, true]);
});

behaviour('a url that is written twice has two ids, and names both', async (stage) => {
  const [a, b] = (await numbered(stage, 2)) as [RecordingBackend, RecordingBackend];
  await stage.start({ backends: [a, a, b], advanced });
  const states = async () => (await backendsOf(stage)).map(({ id, active }) => `${id} ${active}`);
  assert.deepEqual(await states(), [`${idOf(a)} true`, `${idOf(a)}#2 true`, `${idOf(b)} true`]);
  assert.equal((await change(stage, `${idOf(a)}#2`, { active: false })).length, 1);
  assert.deepEqual(await states(), [`${idOf(a)} true`, `${idOf(a)}#2 false`, `${idOf(b)} true`]);
  const both = await change(stage, a.url, { active: false });
  assert.deepEqual(
    both.map(({ id, active }) => `${id} ${active}`),
    [`${idOf(a)} false`, `${idOf(a)}#2 false`],
  );
  assert.equal(await answers(stage, 3), '111');
});

behaviour('what is no backend, no change or no JSON is refused, and changes nothing', async (stage) => {
  const [a] = (await numbered(stage, 1)) as [RecordingBackend];
  await stage.start({ backends: [a], advanced });
  const asked = (path: string, body: unknown) => askAdminJson(at(stage), 'PATCH', path, { body });
  for (const [path, detail] of [
    [pathOf(idOf(a), 'chat'), /^there is no service "chat"$/],
    [pathOf('127.0.0.1:1'), /^service "api" has no backend with the id or the url "127\.0\.0\.1:1"$/],
    [pathOf(`${a.url}/`), /has no backend/],
    [pathOf(`${idOf(a)}#2`), /has no backend/],
    ['/api/services/api/backends/%zz', /"%zz"$/],
  ] as const) {
    const refused = await asked(path, { active: false });
    assert.equal(refused.status, 404, path);
    assert.match(refused.detail, detail);
  }
  for (const [body, detail] of [
    [{}, /^say `active`, `weight`, or both/],
    [[], /^the body: /],
    ['active', /^the body: /],
    [{ active: 'false' }, /^active: /],
    [{ active: 0 }, /^active: /],
    [{ weight: -1 }, /^weight: /],
    [{ weight: 1.5 }, /^weight: /],
    [{ weight: '1' }, /^weight: /],
    [{ weight: 1e300 }, /^weight: /],
    [{ active: false, drain: true }, /drain/],
  ] as const) {
    const refused = await asked(pathOf(idOf(a)), body);
    assert.equal(refused.status, 400, JSON.stringify(body));
    assert.match(refused.detail, detail);
  }
  assert.equal((await asked(`${pathOf(idOf(a))}?force`, { active: false })).status, 400);
  assert.equal((await asked(pathOf(idOf(a)), { active: false, more: 'x'.repeat(70_000) })).status, 413);
  assert.equal((await askAdmin(at(stage), 'PATCH', pathOf(idOf(a)))).status, 415);
  assert.equal((await askAdmin(at(stage), 'GET', '/api/services?name=api')).status, 400);
  for (const [method, path, allow] of [
    ['GET', pathOf(idOf(a)), 'PATCH'],
    ['DELETE', pathOf(idOf(a)), 'PATCH'],
    ['PATCH', '/api/services', 'GET, HEAD'],
  ] as const) {
    const { status, headers } = await askAdmin(at(stage), method, path);
    assert.deepEqual([status, headers.allow], [405, allow]);
  }
  const [unchanged] = await backendsOf(stage);
  assert.deepEqual([unchanged?.active, unchanged?.weight], [true, 1]);
  assert.deepEqual(stage.log.all('backend changed'), []);
});

behaviour('failures, retries and the circuit they open are shown, logged and counted', async (stage) => {
  const dead = { url: `http://127.0.0.1:${await unusedPort()}` };
  const [b] = (await numbered(stage, 1)) as [RecordingBackend];
  const service = { passive_health_check: { failures: 2, retry_after: 10 } };
  await stage.start({ backends: [dead, b], service, advanced });
  assert.equal(await answers(stage, 6), '000000');
  await until(() => stage.ended.length === 6, 'the end of the requests');
  await stage.pass(4000);
  const { services } = await askAdminJson(at(stage), 'GET', '/api/services');
  const [first] = services[0].backends;
  assert.equal(services[0].retries, 2);
  assert.deepEqual(first.failures, { 'connect-refused': 2 });
  assert.deepEqual([first.circuit, first.available], [{ state: 'open', retry_in_ms: 6000 }, false]);
  const metrics = readPrometheusText(await stage.proxy.wings.metrics());
  const value = (name: string, labels: string) => metrics.get(name)?.samples.get(`${name}{${labels}}`);
  const failures = `service="api",backend="${dead.url}",code="connect-refused"`;
  assert.equal(value('toyou_backend_failures_total', failures), 2);
  assert.equal(value('toyou_retries_total', 'route="*",service="api"'), 2);
  assert.equal(value('toyou_backend_healthy', `service="api",backend="${dead.url}"`), 0);
  assert.equal(value('toyou_backend_healthy', `service="api",backend="${b.url}"`), 1);
  const [out, ...more] = stage.log.all('backend taken out');
  assert.deepEqual(
    [out?.backend, out?.reason, more],
    [dead.url, '2 failures, the last one connect-refused; for 10 s', []],
  );
});

behaviour('what checks find out is shown, logged once and counted', async (stage) => {
  let status = '500 Oops';
  const backend = await stage.backend(() => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
  const service = { health_check: { interval: 1, healthy_threshold: 1 } };
  await stage.start({ backends: [backend], service, advanced });
  const state = async (): Promise<string> => {
    const [{ health, available } = assert.fail()] = await backendsOf(stage);
    return [health.state, available, health.reason].join(' ');
  };
  const healthy = async (): Promise<number | undefined> => {
    const metrics = readPrometheusText(await stage.proxy.wings.metrics());
    const name = `toyou_backend_healthy{service="api",backend="${backend.url}"}`;
    return metrics.get('toyou_backend_healthy')?.samples.get(name);
  };
  for (let second = 0; second < 4; second++) await stage.pass(1000);
  assert.match(await state(), /^unhealthy false .*500/);
  assert.equal(await healthy(), 0);
  status = '200 OK';
  for (let second = 0; second < 3; second++) await stage.pass(1000);
  assert.equal(await state(), 'healthy true ');
  assert.equal(await healthy(), 1);
  const place = { service: 'api', backend: backend.url, address: idOf(backend) };
  const [bad, good] = [stage.log.all('backend unhealthy'), stage.log.all('backend healthy')];
  assert.deepEqual(bad, [{ ...place, reason: bad[0]?.reason }]);
  assert.match(String(bad[0]?.reason), /500/);
  assert.deepEqual(good, [{ ...place, reason: 'its checks are good' }]);
});

/** A tunnel to the first of two backends, whose service says this of what is open on one that failed. */
async function onUnhealthy(stage: Stage, on_unhealthy: string, tunnels = 1) {
  const [first, second] = [await stage.rawBackend(), await stage.rawBackend()];
  const service = {
    load_balancer: { backends: [{ url: first.url }, { url: second.url, active: false }] },
    on_unhealthy,
    ping_interval: 0,
  };
  await stage.start({ services: { api: service }, advanced });
  const open: Ends[] = [];
  for (let count = 0; count < tunnels; count++) open.push(await openTunnel(stage, first));
  await change(stage, idOf(second), { active: true });
  await change(stage, idOf(first), { active: false });
  await settled();
  return { open, first, second };
}

async function leave({ client, backend }: Ends): Promise<void> {
  assert.equal(await takeClose(client, 'client'), '1012 service restart');
  await answerAndLeave(client, 'client');
  await takeClose(backend, 'backend');
  await answerAndLeave(backend, 'backend');
}

behaviour('a tunnel of a backend that is deactivated stays under `keep`; new ones go elsewhere', async (stage) => {
  const { open, first, second } = await onUnhealthy(stage, 'keep');
  await stage.pass(40_000);
  assert.deepEqual([open[0]?.client.untaken, open[0]?.backend.untaken], ['', '']);
  assert.equal(stage.proxy.counters.tunnels, 1);
  await openTunnel(stage, second);
  assert.deepEqual([first.connections.length, second.connections.length], [1, 1]);
  const [inactive] = await backendsOf(stage);
  assert.deepEqual([inactive?.active, inactive?.leases, inactive?.connections.tunnels], [false, 1, 1]);
});

behaviour('under `close` its tunnels are closed at once', async (stage) => {
  const { open } = await onUnhealthy(stage, 'close', 3);
  await Promise.all(open.map(leave));
  await stage.open('tunnels', 0);
  const [closed] = stage.log.all('tunnel closed');
  assert.deepEqual([closed?.cause, closed?.detail], ['drained', 'its backend failed or was deactivated']);
});

behaviour('under `close` its event streams end behind an event, and its requests finish', async (stage) => {
  const [events, other] = [await stage.rawBackend(), await stage.backend()];
  const service = {
    on_unhealthy: 'close',
    load_balancer: { backends: [{ url: events.url }, { url: other.url, active: false }] },
  };
  await stage.start({ services: { api: service }, advanced });
  const [stream, plain] = [await stage.client(), await stage.client()];
  stream.send(get('/events', 'Accept: text/event-stream\r\n'));
  const source = await events.connection(0);
  await source.takeHead();
  source.send(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n',
  );
  await stream.takeThrough('data: 1\n\n');
  plain.send(get('/plain'));
  const answering = await events.connection(1);
  await answering.takeHead();
  await change(stage, events.url, { active: false });
  await stream.takeThrough('0\r\n\r\n');
  answering.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate');
  assert.equal((await plain.takeResponse()).body, 'late');
});

behaviour('under `drain` they are closed one by one over 30 s; those left stay where it comes back', async (stage) => {
  const { open, first } = await onUnhealthy(stage, 'drain', 4);
  /** How many were told since the last call: they leave. */
  const told = async (): Promise<number> => {
    await settled();
    const leaving = open.filter(({ client }) => client.untaken !== '');
    await Promise.all(leaving.map(leave));
    return leaving.length;
  };
  assert.equal(await told(), 1);
  await stage.pass(7000);
  assert.equal(await told(), 0);
  await stage.pass(1000);
  assert.equal(await told(), 1);
  await change(stage, idOf(first), { active: null });
  await stage.pass(30_000);
  assert.equal(await told(), 0);
  await stage.open('tunnels', 2);
});

behaviour('connections of all backends add up to what is open', async (stage) => {
  const sockets = await stage.rawBackend();
  const held = await stage.rawBackend();
  const [plain] = (await numbered(stage, 1)) as [RecordingBackend];
  await stage.start({
    services: { api: { url: plain.url }, chat: { url: sockets.url }, slow: { url: held.url } },
    host_rules: [
      {
        pattern: '*',
        target: 'api',
        route_rules: [
          { pattern: '/ws', target: 'chat' },
          { pattern: '/slow', target: 'slow' },
        ],
      },
    ],
    advanced,
  });
  const sums = async () => {
    const read = readPrometheusText(await stage.proxy.wings.metrics()).get('toyou_backend_connections');
    const samples = [...(read?.samples ?? [])];
    return ['active', 'idle', 'tunnel'].map((state) =>
      samples.filter(([name]) => name.includes(`state="${state}"`)).reduce((sum, [, value]) => sum + value, 0),
    );
  };
  const { client, backend } = await openTunnel(stage, sockets);
  await stage.ask(get());
  const waiting = await stage.client();
  waiting.send(get('/slow'));
  await (await held.connection()).takeHead();
  assert.deepEqual(await sums(), [1, 1, 1]);
  await stage.open('backendConnections', 2);
  assert.equal(stage.proxy.counters.tunnels, 1);
  (await held.connection()).send('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
  await waiting.takeResponse();
  for (const end of [client, backend]) end.destroy();
  await stage.open('tunnels', 0);
  await stage.open('backendConnections', 1);
  assert.deepEqual(await sums(), [0, 1, 0]);
  assert.ok((await stage.reload({ services: {}, host_rules: [], advanced })).ok);
  assert.deepEqual([await sums(), stage.proxy.counters.backendConnections], [[0, 0, 0], 0]);
});
