import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RawPeer } from '../../support/raw-peer.js';
import { behaviour, Stage } from '../../support/stage.js';
import type { StrictBackend } from '../../support/strict-backend.js';
import { until } from '../../support/turns.js';
import { get } from '../../support/wire.js';
import { brokenBodies, brokenHeads } from './response-cases.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const EVIL = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';

describe('a broken head of a response is a 502, and nothing behind it reaches anybody', () => {
  const stage = new Stage();
  let backend: StrictBackend;
  let answer = '';
  before(async () => {
    backend = await stage.strictBackend(({ target }) => (target === '/broken' ? answer : OK));
    await stage.start({ backends: [backend] });
  });
  for (const { what, bytes, rule } of brokenHeads()) {
    test(`${what}: ${rule}`, async () => {
      backend.forget();
      stage.log.lines.length = 0;
      answer = bytes;
      const connections = backend.raw.connections.length;
      const client = await stage.client();
      client.send(get('/broken'));
      // Of a 103 that came before the fault the client may hear.
      let response = await client.takeResponse();
      if (response.status === 103) response = await client.takeResponse();
      assert.equal(response.firstLine, 'HTTP/1.1 502 Bad Gateway');
      assert.match(response.body, /\ncode: bad-response\n/);
      assert.deepEqual(stage.log.codes, ['bad-response']);
      const detail = String(stage.log.all('exchange failed')[0]?.detail);
      assert.ok(detail.startsWith(rule), detail);
      await stage.open('backendConnections', 0);

      client.send(get('/same-client'));
      assert.equal((await client.takeResponse()).body, 'ok');
      assert.equal((await stage.ask(get('/after'))).body, 'ok');
      assert.equal(client.untaken, '');
      backend.assertSaw('GET /broken', 'GET /same-client', 'GET /after');
      assert.ok(backend.raw.connections.length > connections, 'on another connection');
    });
  }
  after(() => stage.close());
});

describe('a broken body of a response never looks whole', () => {
  const stage = new Stage();
  let answer = '';
  before(async () => {
    const backend = await stage.strictBackend(({ target }, peer) => {
      if (target !== '/broken') return OK;
      setImmediate(() => peer.end());
      return answer;
    });
    await stage.start({ backends: [backend] });
  });
  for (const { what, bytes } of brokenBodies()) {
    test(what, async () => {
      stage.log.lines.length = 0;
      answer = bytes;
      const client = await stage.client();
      client.send(get('/broken'));
      assert.ok(await client.wasReset());
      assert.ok(!/(?:^|\r\n)0+\r\n/.test(client.received), client.received);
      const [code] = stage.log.codes;
      assert.ok(code === 'bad-response' || code === 'backend-gone', String(code));
      await stage.open('backendConnections', 0);
      assert.equal((await stage.ask(get('/after'))).body, 'ok');
    });
  }
  after(() => stage.close());
});

for (const count of [16, 17, 10_000]) {
  behaviour(`${count} responses 1xx: sixteen pass, and the final one behind them`, async (stage) => {
    const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    const backend = await stage.strictBackend(() => hint.repeat(count) + OK);
    await stage.start({ backends: [backend] });
    const client = await stage.client();
    client.send(get());
    const expected = hint.repeat(16) + OK;
    assert.equal(await client.take(expected.length), expected);
    await stage.open('exchanges', 0);
    assert.equal(client.untaken, '');
    assert.equal((await stage.ask('GET / HTTP/1.0\r\nHost: a.example\r\n\r\n')).body, 'ok', 'none to HTTP/1.0');
  });
}

/** A complete response: what the backend sends behind it is a response nobody asked for, or a body it must not have. */
const complete: readonly (readonly [what: string, method: string, bytes: string])[] = [
  ['a length', 'GET', OK],
  ['an empty body', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['chunks', 'GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
  ['a 204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['a 304', 'GET', 'HTTP/1.1 304 Not Modified\r\n\r\n'],
  ['a HEAD of nothing', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
];
/** These speak of the body that a faulty backend sends all the same. */
const doubtful: readonly (readonly [what: string, method: string, bytes: string])[] = [
  ['a HEAD with a length', 'HEAD', `HTTP/1.1 200 OK\r\nContent-Length: ${EVIL.length}\r\n\r\n`],
  ['a HEAD with chunks', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a HEAD with no framing', 'HEAD', 'HTTP/1.1 200 OK\r\n\r\n'],
  ['a 204 with a length', 'GET', `HTTP/1.1 204 No Content\r\nContent-Length: ${EVIL.length}\r\n\r\n`],
  ['a 204 with chunks', 'GET', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a 304 with a length', 'GET', `HTTP/1.1 304 Not Modified\r\nContent-Length: ${EVIL.length}\r\n\r\n`],
];

interface Poisoned {
  readonly backend: StrictBackend;
  readonly first: RawPeer;
  readonly client: RawPeer;
}

/** A client has its response, and the connection to the backend is in the pool. */
async function answered(stage: Stage, method: string, bytes: string): Promise<Poisoned> {
  const backend = await stage.strictBackend(({ target }) => (target === '/first' ? bytes : OK));
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(`${method} /first HTTP/1.1\r\nHost: a.example\r\n\r\n`);
  await client.takeResponse(method);
  await stage.open('exchanges', 0);
  return { backend, client, first: await backend.raw.connection() };
}

/** The next client's request is answered by its own response, on another connection; the first client gets no more. */
async function assertClean(stage: Stage, { backend, client, first }: Poisoned): Promise<void> {
  assert.equal((await stage.ask(get('/victim'))).body, 'ok');
  assert.equal(client.untaken, '');
  assert.deepEqual(backend.faults, []);
  assert.equal(backend.raw.connections.length, 2);
  assert.notEqual(await backend.raw.connection(1), first);
  assert.deepEqual(stage.log.codes, []);
}

for (const [what, method, bytes] of [...complete, ...doubtful]) {
  behaviour(`a response behind ${what}, in the same segment, reaches nobody`, async (stage) => {
    const played = await answered(stage, method, bytes + EVIL);
    await stage.open('backendConnections', 0);
    await assertClean(stage, played);
  });

  behaviour(`a response behind ${what}, in a later segment, reaches nobody`, async (stage) => {
    const played = await answered(stage, method, bytes);
    await stage.open('backendConnections', 1);
    played.first.send(EVIL);
    await stage.open('backendConnections', 0);
    await assertClean(stage, played);
  });
}

for (const [what, method, bytes] of doubtful) {
  behaviour(`a body behind ${what} that comes once another request is under way reaches nobody`, async (stage) => {
    const peers: RawPeer[] = [];
    const backend = await stage.strictBackend((_request, peer) => {
      peers.push(peer);
      return peers.length === 1 ? bytes : null;
    });
    await stage.start({ backends: [backend] });
    const client = await stage.client();
    client.send(`${method} / HTTP/1.1\r\nHost: a.example\r\n\r\n`);
    await client.takeResponse(method);
    const victim = await stage.client();
    victim.send(get('/victim'));
    await until(() => peers.length === 2, 'the request of the next client');
    peers[0]?.send(EVIL);
    await peers[0]?.ending();
    peers[1]?.send(OK);
    assert.equal((await victim.takeResponse()).body, 'ok');
    assert.deepEqual([victim.untaken, client.untaken], ['', '']);
    assert.deepEqual([backend.raw.connections.length, stage.log.codes.length], [2, 0]);
  });
}
