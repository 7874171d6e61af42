import assert from 'node:assert/strict';
import { unusedPort } from '../support/raw-backend.js';
import type { RecordingBackend } from '../support/recording-backend.js';
import { behaviour, type Stage } from '../support/stage.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const POST = 'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nbody';
const one = { advanced: { connection_pool: { max_active_connections: 1 } } };

async function refusing(): Promise<{ url: string }> {
  return { url: `http://127.0.0.1:${await unusedPort()}` };
}

/** Backends that answer each with its own number. */
async function numbered(stage: Stage, count: number): Promise<RecordingBackend[]> {
  const backends = [];
  for (let index = 0; index < count; index++) {
    backends.push(await stage.backend(() => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${index}`));
  }
  return backends;
}

behaviour('backends are taken in turn', async (stage) => {
  await stage.start({ backends: await numbered(stage, 3) });
  let order = '';
  for (let round = 0; round < 7; round++) order += (await stage.ask(get())).body;
  assert.equal(order, '0120120');
});

behaviour('weight 0 and active: false get no new work', async (stage) => {
  const [a, b, c] = await numbered(stage, 3);
  const backends = [{ url: a?.url, weight: 0 }, { url: b?.url }, { url: c?.url, active: false }];
  await stage.start({ services: { api: { load_balancer: { backends } } } });
  for (let round = 0; round < 4; round++) assert.equal((await stage.ask(get())).body, '1');
  assert.equal(a?.raw.connections.length, 0);
  assert.equal(c?.raw.connections.length, 0);
});

behaviour('no available backend is answered with 503 and Retry-After', async (stage) => {
  const backends = [{ url: 'http://127.0.0.1:1', active: false }];
  await stage.start({ services: { api: { load_balancer: { backends } } } });
  const response = await stage.ask(get());
  assert.equal(response.status, 503);
  assert.equal(response.get('retry-after'), '1');
  assert.match(response.body, /code: no-backend\n/);
  assert.deepEqual(stage.log.codes, ['no-backend']);
});

for (const request of [get(), POST]) {
  behaviour(`a refused connection has a ${request.split(' ')[0]} go to the next backend`, async (stage) => {
    const backend = await stage.backend();
    await stage.start({ backends: [await refusing(), backend] });
    assert.equal((await stage.ask(request)).status, 200);
    assert.equal(backend.requests.length, 1);
    const { tries } = await stage.outcome();
    assert.deepEqual(
      tries.map(({ error }) => error?.code),
      ['connect-refused', undefined],
    );
    assert.deepEqual(stage.log.codes, []);
  });
}

behaviour('no backend left is answered with 502', async (stage) => {
  await stage.start({ backends: [await refusing(), await refusing()] });
  const response = await stage.ask(get());
  assert.equal(response.status, 502);
  assert.match(response.body, /code: connect-refused\n/);
  assert.equal((await stage.outcome()).tries.length, 2);
});

behaviour('two backends are tried, not three', async (stage) => {
  await stage.start({ backends: [await refusing(), await refusing(), await refusing()] });
  assert.equal((await stage.ask(get())).status, 502);
  assert.equal((await stage.outcome()).tries.length, 2);
});

behaviour('a backend that dies before one response byte has a GET go to the next, and a POST not', async (stage) => {
  const dying = await stage.backend(({ peer }) => {
    peer.reset();
    return null;
  });
  const backend = await stage.backend();
  await stage.start({ backends: [dying, backend] });
  const response = await stage.ask(POST);
  assert.equal(response.status, 502);
  assert.match(response.body, /code: backend-gone\n/);
  for (let round = 0; round < 2; round++) assert.equal((await stage.ask(get())).status, 200);
  assert.deepEqual([dying.requests.length, backend.requests.length], [2, 2]);
});

behaviour('full backends are passed over', async (stage) => {
  const held = await stage.backend(() => null);
  const backend = await stage.backend();
  await stage.start({ backends: [held, backend], ...one });
  const client = await stage.client();
  client.send(get('/held'));
  await held.request();
  for (let round = 0; round < 3; round++) assert.equal((await stage.ask(get())).status, 200);
  assert.equal(backend.requests.length, 3);
});

behaviour('where all are full requests wait their turn, first come, first served', async (stage) => {
  const backend = await stage.backend(({ target }) => (target === '/held' ? null : OK));
  await stage.start({ backends: [backend], ...one });
  const [holder, second, third] = [await stage.client(), await stage.client(), await stage.client()];
  holder.send(get('/held'));
  const held = await backend.request();
  second.send(get('/2'));
  await stage.open('waiting', 1);
  third.send(get('/3'));
  await stage.open('waiting', 2);
  await settled();
  assert.equal(backend.requests.length, 1);
  held.peer.send(OK);
  for (const client of [holder, second, third]) assert.equal((await client.takeResponse()).status, 200);
  assert.deepEqual(
    backend.requests.map(({ target }) => target),
    ['/held', '/2', '/3'],
  );
});

behaviour('a request that waited for dial_timeout gets 503 and Retry-After', async (stage) => {
  const backend = await stage.backend(() => null);
  await stage.start({ backends: [backend], ...one });
  const holder = await stage.client();
  holder.send(get());
  await backend.request();
  const client = await stage.client();
  client.send(get());
  await stage.open('waiting', 1);
  await stage.pass(9_750);
  assert.equal(client.received, '');
  await stage.pass(250);
  const response = await client.takeResponse();
  assert.equal(response.status, 503);
  assert.equal(response.get('retry-after'), '1');
  assert.match(response.body, /code: pool-exhausted\n/);
  assert.deepEqual(stage.log.codes, ['pool-exhausted']);
});

behaviour('with dial_timeout 0 requests wait for as long as it takes', async (stage) => {
  const backend = await stage.backend(({ target }) => (target === '/held' ? null : OK));
  const advanced = { ...one.advanced, timeout: { dial_timeout: 0 } };
  await stage.start({ backends: [backend], advanced });
  const holder = await stage.client();
  holder.send(get('/held'));
  const held = await backend.request();
  const client = await stage.client();
  client.send(get());
  await stage.open('waiting', 1);
  await stage.pass(30_000);
  held.peer.send(OK);
  assert.equal((await client.takeResponse()).status, 200);
});

behaviour('a client that leaves while it waits frees its place', async (stage) => {
  const backend = await stage.backend(({ target }) => (target === '/held' ? null : OK));
  await stage.start({ backends: [backend], ...one });
  const [holder, leaver, client] = [await stage.client(), await stage.client(), await stage.client()];
  holder.send(get('/held'));
  const held = await backend.request();
  leaver.send(get('/leaver'));
  await stage.open('waiting', 1);
  client.send(get('/next'));
  await stage.open('waiting', 2);
  leaver.end();
  await stage.open('waiting', 1);
  held.peer.send(OK);
  assert.equal((await client.takeResponse()).status, 200);
  assert.deepEqual(
    backend.requests.map(({ target }) => target),
    ['/held', '/next'],
  );
});

behaviour('requests that failed at one backend and wait for the other do not spin', async (stage) => {
  const backend = await stage.backend(({ target }) => (target === '/held' ? null : OK));
  await stage.start({ backends: [backend, await refusing()], ...one });
  const holder = await stage.client();
  holder.send(get('/held'));
  const held = await backend.request();
  const clients = [await stage.client(), await stage.client()];
  for (const [index, client] of clients.entries()) {
    client.send(get(`/${index}`));
    await stage.open('waiting', index + 1);
  }
  held.peer.send(OK);
  for (const client of [holder, ...clients]) assert.equal((await client.takeResponse()).status, 200);
});
