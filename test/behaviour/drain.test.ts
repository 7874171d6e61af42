import assert from 'node:assert/strict';
import { RawPeer } from '../support/raw-peer.js';
import { behaviour } from '../support/stage.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const LAST = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

behaviour('a drain lets what is in flight finish, closes what idles, and takes nothing new', async (stage) => {
  const backend = await stage.backend(({ target }) => (target === '/slow' ? null : OK));
  await stage.start({ backends: [backend] });
  const { ownPort: port } = stage;
  const [idle, fresh, busy] = [await stage.client(), await stage.client(), await stage.client()];
  idle.send(get());
  await idle.takeResponse();
  busy.send(get('/slow') + get('/never'));
  const slow = await backend.request(1);
  await stage.open('clientConnections', 3);

  let drained = false;
  const draining = stage.proxy.drain().then(() => {
    drained = true;
  });
  assert.deepEqual([await idle.ending(), await fresh.ending()], ['fin', 'fin']);
  assert.equal(idle.untaken + fresh.untaken, '');
  await assert.rejects(RawPeer.connect(port), { code: 'ECONNREFUSED' });
  idle.end();
  fresh.end();
  await stage.open('clientConnections', 1);
  await stage.pass(5_000);
  assert.equal(drained, false);

  slow.peer.send(OK);
  assert.equal(await busy.takeRest(), LAST, 'what was pipelined behind it is not begun');
  busy.end();
  await stage.open('clientConnections', 0);
  await stage.pass(250);
  await draining;
  assert.equal(backend.requests.length, 2);
});

behaviour('a request whose head had begun when the drain did is still answered', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send('GET / HTTP/1.1\r\n');
  await stage.open('clientConnections', 1);
  await settled();
  void stage.proxy.drain();
  await settled();
  assert.deepEqual(client.endings, []);
  client.send('Host: a.example\r\n\r\n');
  assert.equal(await client.takeRest(), LAST);
});

behaviour('what is left at drain_timeout is cut: answered with 503 where that is still possible', async (stage) => {
  const backend = await stage.backend(({ target }) => (target === '/begun' ? `${OK.slice(0, -2)}o` : null));
  await stage.start({ backends: [backend], advanced: { timeout: { drain_timeout: 30 } } });
  const [waiting, begun] = [await stage.client(), await stage.client()];
  waiting.send(get());
  await backend.request(0);
  begun.send(get('/begun'));
  await begun.takeThrough('\r\n\r\no');
  const drained = stage.proxy.drain();
  await stage.pass(29_750);
  assert.equal(waiting.received, '');
  await stage.pass(500);
  const response = await waiting.takeResponse();
  assert.equal(response.status, 503);
  assert.equal(response.get('connection'), 'close');
  assert.match(response.body, /code: drained\n/);
  assert.ok(await begun.wasReset());
  await stage.pass(500);
  await drained;
  assert.deepEqual(stage.log.codes, ['drained', 'drained']);
});

behaviour('a drain with nothing open is over at once, and may be asked for twice', async (stage) => {
  await stage.start({});
  await Promise.all([stage.proxy.drain(), stage.proxy.drain()]);
});

behaviour('stop ends everything at once', async (stage) => {
  const backend = await stage.backend(() => null);
  await stage.start({ backends: [backend] });
  const [idle, busy] = [await stage.client(), await stage.client()];
  busy.send(get());
  await backend.request();
  await stage.open('clientConnections', 2);
  await stage.close();
  await Promise.all([idle.ending(), busy.ending()].map((ending) => ending.catch(() => {})));
});

behaviour('past max_connections a new connection is closed at once, with one warning a second', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], advanced: { max_connections: 2 } });
  const first = await stage.client();
  const second = await stage.client();
  await stage.open('clientConnections', 2);
  for (let count = 0; count < 5; count++) {
    const refused = await stage.client();
    await refused.ending();
    assert.equal(refused.received, '');
  }
  const warnings = () => stage.log.all('connections refused').map(({ refused }) => refused);
  assert.deepEqual(warnings(), [1]);
  stage.clock.advance(1_000);
  assert.deepEqual(warnings(), [1, 4]);
  stage.clock.advance(5_000);
  assert.deepEqual(warnings(), [1, 4]);

  first.end();
  await stage.open('clientConnections', 1);
  const third = await stage.client();
  third.send(get());
  assert.equal((await third.takeResponse()).status, 200);
  second.send(get());
  assert.equal((await second.takeResponse()).status, 200);
  await until(() => stage.ended.length === 2, 'both exchanges');
});
