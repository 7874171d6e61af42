import assert from 'node:assert/strict';
import type { RecordingBackend } from '../support/recording-backend.js';
import { behaviour, type Stage } from '../support/stage.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const POST = 'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nbody';

/** Has `count` requests in flight at once, then answers all: so many connections idle then, the last answered last. */
async function fill(stage: Stage, backend: RecordingBackend, count: number, answer = OK): Promise<void> {
  const before = backend.requests.length;
  const clients = [];
  for (let index = 0; index < count; index++) {
    const client = await stage.client();
    clients.push(client);
    client.send(get('/fill'));
    await backend.request(before + index);
  }
  for (const [index, client] of clients.entries()) {
    (await backend.request(before + index)).peer.send(answer);
    assert.equal((await client.takeResponse()).status, 200);
    client.end();
  }
}

const manual = ({ target }: { target: string }): string | null => (target === '/fill' ? null : OK);

behaviour('connections to a backend are used again, by any client', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  for (let round = 0; round < 5; round++) assert.equal((await stage.ask(get())).status, 200);
  assert.deepEqual(
    backend.requests.map(({ connection }) => connection),
    [0, 0, 0, 0, 0],
  );
});

behaviour('the most recently used connection is taken first', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const [first, second] = [await stage.client(), await stage.client()];
  first.send(get('/1'));
  const one = await backend.connection(0);
  await one.takeHead();
  second.send(get('/2'));
  const two = await backend.connection(1);
  await two.takeHead();
  two.send(OK);
  await second.takeResponse();
  one.send(OK);
  await first.takeResponse();
  second.send(get('/3'));
  assert.ok((await one.takeHead()).startsWith('GET /3 '));
  one.send(OK);
  await second.takeResponse();
  assert.equal(two.untaken, '');
});

behaviour('an idle connection is closed at idle_timeout', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], advanced: { connection_pool: { idle_timeout: 90 } } });
  await stage.ask(get());
  await stage.pass(89_750);
  assert.equal(stage.proxy.counters.backendConnections, 1);
  await stage.pass(250);
  await stage.open('backendConnections', 0);
  assert.equal(await backend.raw.connections[0]?.ending(), 'fin');
});

behaviour("an idle connection is closed one second before the backend's own timeout", async (stage) => {
  const keepAlive = 'HTTP/1.1 200 OK\r\nKeep-Alive: max=100, timeout=5\r\nContent-Length: 0\r\n\r\n';
  const backend = await stage.backend(() => keepAlive);
  await stage.start({ backends: [backend] });
  await stage.ask(get());
  await stage.pass(3_750);
  assert.equal(stage.proxy.counters.backendConnections, 1);
  await stage.pass(250);
  await stage.open('backendConnections', 0);
});

behaviour('no more than max_idle_connections are kept', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { connection_pool: { max_idle_connections: 1 } } });
  const clients = [await stage.client(), await stage.client(), await stage.client()];
  for (const client of clients) client.send(get());
  const peers = await Promise.all(clients.map((_, index) => backend.connection(index)));
  for (const peer of peers) await peer.takeHead();
  for (const peer of peers) peer.send(OK);
  for (const client of clients) await client.takeResponse();
  await stage.open('backendConnections', 1);
});

behaviour('an idle connection that the backend closes is forgotten', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  await stage.ask(get());
  backend.raw.connections[0]?.end();
  await stage.open('backendConnections', 0);
  await stage.ask(get());
  backend.raw.connections[1]?.reset();
  await stage.open('backendConnections', 0);
  assert.equal((await stage.ask(get())).status, 200);
  assert.deepEqual(stage.log.codes, []);
});

behaviour('a connection whose request was not relayed whole is not used again', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send('POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nhello');
  const peer = await backend.connection();
  await peer.takeThrough('hello');
  peer.send(OK);
  assert.equal((await client.takeResponse()).status, 200);
  await stage.open('backendConnections', 0);
  await peer.ending();
});

for (const [how, body] of [
  ['without a body', ''],
  ['whose body is still held', 'held'],
] as const) {
  behaviour(`a pooled connection that dies has an idempotent request ${how} sent once more`, async (stage) => {
    const backend = await stage.rawBackend();
    await stage.start({ backends: [backend] });
    const client = await stage.client();
    client.send(get());
    const first = await backend.connection();
    await first.takeHead();
    first.send(OK);
    await client.takeResponse();
    const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
    client.send(`PUT /again HTTP/1.1\r\nHost: a.example\r\n${length}\r\n${body}`);
    const before = await first.takeThrough(`\r\n\r\n${body}`);
    first.reset();
    const second = await backend.connection(1);
    assert.equal(await second.takeThrough(`\r\n\r\n${body}`), before);
    second.send(OK);
    assert.equal((await client.takeResponse()).status, 200);
    assert.equal(backend.connections.length, 2);
    assert.deepEqual(stage.log.codes, []);
  });
}

behaviour('a request is sent once more only once', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const first = await backend.connection();
  await first.takeHead();
  first.send(OK);
  await client.takeResponse();
  client.send(get());
  await first.takeHead();
  first.reset();
  const second = await backend.connection(1);
  await second.takeHead();
  second.reset();
  const response = await client.takeResponse();
  assert.equal(response.status, 502);
  assert.match(response.body, /code: backend-gone\n/);
  assert.equal(backend.connections.length, 2);
});

behaviour('a request whose body is not held whole any more is not sent again', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const first = await backend.connection();
  await first.takeHead();
  first.send(OK);
  await client.takeResponse();
  client.send(`PUT / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 65537\r\n\r\n${'x'.repeat(65537)}`);
  await first.takeHead();
  await first.take(65537);
  first.reset();
  assert.equal((await client.takeResponse()).status, 502);
  assert.equal(backend.connections.length, 1);
});

behaviour('a request of which a response byte has come is not sent again', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const first = await backend.connection();
  await first.takeHead();
  first.send(OK);
  await client.takeResponse();
  client.send(get());
  await first.takeHead();
  first.send('HTTP/1.1 ');
  await settled();
  first.end();
  assert.equal((await client.takeResponse()).status, 502);
  assert.equal(backend.connections.length, 1);
});

behaviour('a POST that was sent is not sent again', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const first = await backend.connection();
  await first.takeHead();
  first.send(OK);
  await client.takeResponse();
  client.send(POST);
  await first.takeThrough('body');
  first.reset();
  assert.equal((await client.takeResponse()).status, 502);
  assert.equal(backend.connections.length, 1);
});

behaviour('a POST uses a connection only that has idled under 2 s', async (stage) => {
  const backend = await stage.backend(manual);
  await stage.start({ backends: [backend] });
  await fill(stage, backend, 1);
  await stage.pass(1_750);
  await stage.ask(POST);
  assert.equal(backend.requests.at(-1)?.connection, 0);
  await stage.pass(2_000);
  await stage.ask(POST);
  assert.equal(backend.requests.at(-1)?.connection, 1);
  await stage.pass(30_000);
  await stage.ask(get());
  assert.equal(backend.requests.at(-1)?.connection, 1, 'a GET may use any');
  assert.equal(backend.raw.connections.length, 2);
});
