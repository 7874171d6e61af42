import assert from 'node:assert/strict';
import { behaviour, type Stage } from '../support/stage.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const saying = (word: string) => () => `HTTP/1.1 200 OK\r\nContent-Length: ${word.length}\r\n\r\n${word}`;
const servicesOf = (...urls: string[]) => ({ api: { load_balancer: { backends: urls.map((url) => ({ url })) } } });

function lastReload(stage: Stage) {
  return stage.log.all('reloaded').at(-1) ?? {};
}

behaviour('the next request on an open connection goes where the new configuration says', async (stage) => {
  const [old, next] = [await stage.backend(saying('old')), await stage.backend(saying('next'))];
  await stage.start({ backends: [old] });
  const client = await stage.client();
  client.send(get());
  assert.equal((await client.takeResponse()).body, 'old');
  const result = await stage.reload({ backends: [next] });
  assert.ok(result.ok);
  assert.deepEqual([result.outcome, result.revision], ['applied', 2]);
  client.send(get());
  assert.equal((await client.takeResponse()).body, 'next');
  assert.deepEqual(client.endings, []);
});

behaviour('an exchange in flight keeps what it began with, its removed backend too', async (stage) => {
  const [old, next] = [await stage.backend(() => null), await stage.backend(saying('next'))];
  await stage.start({ backends: [old], route: { timeout: { read_timeout: 0 } } });
  const client = await stage.client();
  client.send(get());
  const { peer } = await old.request();
  await stage.reload({ backends: [next], route: { timeout: { read_timeout: 1 } } });
  await stage.pass(5_000);
  assert.equal(client.received, '');
  peer.send(OK);
  assert.equal((await client.takeResponse()).body, 'ok');
  // The backend is gone from the configuration: its connection does not go back to a pool.
  await peer.ending();
  peer.end();
  client.send(get());
  assert.equal((await client.takeResponse()).body, 'next');
});

behaviour('what idles to a removed backend is closed; what stays keeps its connections', async (stage) => {
  const [stays, goes] = [await stage.backend(), await stage.backend()];
  await stage.start({ backends: [stays, goes] });
  await stage.ask(get());
  await stage.ask(get());
  await stage.reload({ backends: [stays] });
  await goes.raw.connections[0]?.ending();
  goes.raw.connections[0]?.end();
  await stage.ask(get());
  await stage.ask(get());
  assert.deepEqual([stays.raw.connections.length, stays.requests.length, goes.requests.length], [1, 3, 1]);
  assert.deepEqual(lastReload(stage).backends_removed, [`api ${goes.url}`]);
});

behaviour('round robin goes on where it was', async (stage) => {
  const [a, b] = [await stage.backend(saying('a')), await stage.backend(saying('b'))];
  await stage.start({ backends: [a, b] });
  let order = '';
  for (const expose of [true, false, true, false]) {
    order += (await stage.ask(get())).body;
    await stage.reload({ backends: [a, b], advanced: { expose } });
  }
  assert.equal(order, 'abab');
});

behaviour('active and weight of a backend change in place', async (stage) => {
  const [a, b] = [await stage.backend(saying('a')), await stage.backend(saying('b'))];
  const asked = async () => [(await stage.ask(get())).body, (await stage.ask(get())).body].sort().join('');
  const backends = (traits: object) => ({
    api: { load_balancer: { backends: [{ url: a.url, ...traits }, { url: b.url }] } },
  });
  await stage.start({ services: backends({}) });
  assert.equal(await asked(), 'ab');
  await stage.reload({ services: backends({ active: false }) });
  assert.equal(await asked(), 'bb');
  await stage.reload({ services: backends({ weight: 0 }) });
  assert.equal(await asked(), 'bb');
  await stage.reload({ services: backends({}) });
  assert.equal(await asked(), 'ab');
  assert.equal(a.raw.connections.length, 1);
  assert.deepEqual(lastReload(stage).services_changed, ['api']);
  assert.deepEqual(lastReload(stage).backends_changed, [`api ${a.url}`]);
});

behaviour('a backend that is removed and comes back is counted with what it still has', async (stage) => {
  const [a, b] = [await stage.backend(() => null), await stage.backend(saying('b'))];
  const one = { connection_pool: { max_active_connections: 1 } };
  const advanced = one;
  await stage.start({ backends: [a], advanced });
  const first = await stage.client();
  first.send(get());
  const { peer } = await a.request();
  await stage.reload({ backends: [b], advanced });
  await stage.reload({ backends: [a], advanced });
  const second = await stage.client();
  second.send(get());
  await stage.open('waiting', 1);
  peer.send(OK);
  assert.equal((await first.takeResponse()).status, 200);
  (await a.request(1)).peer.send(OK);
  assert.equal((await second.takeResponse()).status, 200);
});

behaviour('who waits for room stands in one line, whichever configuration it began with', async (stage) => {
  const backend = await stage.backend(() => null);
  const limited = (max_active_connections: number) => ({
    backends: [backend],
    advanced: { connection_pool: { max_active_connections } },
  });
  await stage.start(limited(1));
  const clients = [await stage.client(), await stage.client(), await stage.client()];
  for (const [index, client] of clients.entries()) {
    client.send(get(`/${index}`));
    if (index === 0) await backend.request();
    else await stage.open('waiting', index);
    if (index === 1) await stage.reload({ ...limited(1), route: { half_close: 'allow' } });
  }
  (await backend.request(0)).peer.send(OK);
  const second = await backend.request(1);
  assert.equal(second.target, '/1');
  // The next configuration has room for one more: the one that waits goes, though it began before.
  await stage.reload(limited(2));
  const third = await backend.request(2);
  assert.equal(third.target, '/2');
  second.peer.send(OK);
  third.peer.send(OK);
  for (const client of clients) assert.equal((await client.takeResponse()).status, 200);
});

behaviour('limits of heads and bodies hold for the next request', async (stage) => {
  const backend = await stage.backend();
  const security = (keys: object) => ({ backends: [backend], advanced: { security: keys } });
  await stage.start(security({}));
  const client = await stage.client();
  const large = get('/', `X: ${'x'.repeat(2_000)}\r\n`);
  client.send(large);
  assert.equal((await client.takeResponse()).status, 200);
  await stage.reload(security({ max_header_size: 1024, max_body_size: 1 }));
  assert.deepEqual(lastReload(stage).settings_changed, [
    'advanced.security.max_header_size',
    'advanced.security.max_body_size',
  ]);
  client.send(large);
  assert.equal((await client.takeResponse()).status, 431);
  const tooMuch = await stage.ask('POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nxx');
  assert.equal(tooMuch.status, 413);
});

behaviour('a head that had begun is held to the limits of its beginning', async (stage) => {
  const backend = await stage.backend();
  const security = (keys: object) => ({ backends: [backend], advanced: { security: keys } });
  await stage.start(security({}));
  const client = await stage.client();
  client.send(`GET / HTTP/1.1\r\nX: ${'x'.repeat(2_000)}\r\n`);
  await stage.open('clientConnections', 1);
  await settled();
  await stage.reload(security({ max_header_size: 1024 }));
  client.send('Host: a.example\r\n\r\n');
  assert.equal((await client.takeResponse()).status, 200);
});

behaviour('keepalive_timeout holds after the next request', async (stage) => {
  const backend = await stage.backend();
  const timeout = (keepalive_timeout: number) => ({
    backends: [backend],
    advanced: { timeout: { keepalive_timeout } },
  });
  await stage.start(timeout(75));
  const client = await stage.client();
  client.send(get());
  await client.takeResponse();
  await stage.reload(timeout(5));
  await stage.pass(10_000);
  assert.deepEqual(client.endings, []);
  client.send(get());
  await client.takeResponse();
  await stage.pass(5_500);
  assert.equal(await client.ending(), 'fin');
});

behaviour('max_connections follows', async (stage) => {
  const backend = await stage.backend();
  const limited = (max_connections: number) => ({ backends: [backend], advanced: { max_connections } });
  await stage.start(limited(1));
  await stage.client();
  await stage.open('clientConnections', 1);
  await (await stage.client()).ending();
  await stage.reload(limited(2));
  assert.equal((await stage.ask(get())).status, 200);
});

behaviour('a reload that changes nothing is one line, and the revision stays', async (stage) => {
  await stage.start({});
  const result = await stage.reload({});
  assert.ok(result.ok);
  assert.deepEqual([result.outcome, result.revision, result.changes], ['unchanged', 1, null]);
  assert.deepEqual(stage.log.lines, [
    { level: 'info', message: 'reload: the configuration is the same', fields: { revision: 1 } },
  ]);
});

behaviour('what is fixed at the start is warned of, and the rest is applied', async (stage) => {
  const [old, next] = [await stage.backend(saying('old')), await stage.backend(saying('next'))];
  await stage.start({ backends: [old] });
  const advanced = { port: 0, bind: '127.0.0.2', buffer_size: { read_buffer: '64KiB' }, log: { level: 'error' } };
  const result = await stage.reload({ backends: [next], advanced });
  const keys = ['advanced.bind', 'advanced.buffer_size.read_buffer', 'advanced.log.level'];
  assert.deepEqual(result.ok && result.needRestart, keys);
  const [warning] = stage.log.all('these keys need a restart: what was before holds on');
  assert.deepEqual(warning, { keys });
  assert.equal((await stage.ask(get())).body, 'next');
});

behaviour('a dry run says what would change, and changes nothing', async (stage) => {
  const [old, next] = [await stage.backend(saying('old')), await stage.backend(saying('next'))];
  await stage.start({ backends: [old] });
  const result = await stage.reload({ backends: [next] }, { dryRun: true });
  assert.ok(result.ok);
  assert.deepEqual([result.outcome, result.revision], ['dry-run', 2]);
  assert.deepEqual(result.changes?.backends, { added: [`api ${next.url}`], removed: [`api ${old.url}`], changed: [] });
  assert.deepEqual(stage.log.lines, []);
  assert.equal((await stage.ask(get())).body, 'old');
  const applied = await stage.reload({ backends: [next] });
  assert.deepEqual(applied, { ...result, outcome: 'applied' });
});

behaviour('of several that come at once the last one holds', async (stage) => {
  const backends = [];
  for (const word of ['0', '1', '2', '3']) backends.push(await stage.backend(saying(word)));
  const [first, ...others] = backends.map(({ url }) => servicesOf(url));
  await stage.start({ services: first ?? {} });
  const results = await Promise.all(others.map((services) => stage.reload({ services })));
  assert.deepEqual(
    results.map((result) => (result.ok ? result.revision : result.reason)),
    [2, 'superseded', 3],
  );
  assert.equal((await stage.ask(get())).body, '3');
});

behaviour('a proxy that drains takes no other configuration', async (stage) => {
  await stage.start({});
  const drained = stage.proxy.drain();
  const result = await stage.reload({ route: { encoded_slash: 'reject' } });
  assert.deepEqual(result, { ok: false, reason: 'draining', message: 'the proxy is draining' });
  await drained;
});
