import assert from 'node:assert/strict';
import { behaviour } from '../support/stage.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const ok = (body: string, lines = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${lines}\r\n${body}`;

behaviour('an HTTP/1.1 connection is kept, and closed where the client asks for it', async (stage) => {
  const backend = await stage.backend(({ target }) => ok(target));
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get('/1'));
  assert.equal(await client.take(ok('/1').length), ok('/1'));
  client.send(get('/2', 'Connection: close\r\n'));
  assert.equal(await client.takeRest(), ok('/2', 'Connection: close\r\n'));
  assert.deepEqual(client.endings, ['fin']);
});

behaviour('an HTTP/1.0 connection is closed, and kept where the client asks for it', async (stage) => {
  const backend = await stage.backend(({ target }) => ok(target));
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send('GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
  const kept = ok('/1', 'Connection: keep-alive\r\n');
  assert.equal(await client.take(kept.length), kept);
  client.send('GET /2 HTTP/1.0\r\n\r\n');
  assert.equal(await client.takeRest(), ok('/2', 'Connection: close\r\n'));
});

behaviour('a backend that closes its connection does not close the client one', async (stage) => {
  const backend = await stage.backend(({ target }) => ok(target, 'Connection: close\r\n'));
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  for (const target of ['/1', '/2']) {
    client.send(get(target));
    assert.equal(await client.take(ok(target).length), ok(target));
  }
  assert.equal(backend.raw.connections.length, 2);
});

behaviour('pipelined requests are answered in order, one at a time', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get('/slow') + get('/fast'));
  const peer = await backend.connection();
  assert.ok((await peer.takeHead()).startsWith('GET /slow '));
  await settled();
  assert.equal(backend.connections.length, 1, 'the second waits for the first');
  assert.equal(peer.untaken, '');
  peer.send(ok('slow'));
  assert.ok((await peer.takeHead()).startsWith('GET /fast '));
  peer.send(ok('fast'));
  assert.equal(await client.take(ok('slow').length * 2), ok('slow') + ok('fast'));
});

behaviour('hundreds of requests in one chunk are answered in order', async (stage) => {
  const backend = await stage.backend(({ target }) => ok(target));
  await stage.start({ backends: [backend] });
  const targets = Array.from({ length: 500 }, (_, index) => `/${index}`);
  const client = await stage.client();
  client.send(targets.map((target) => get(target)).join(''));
  const expected = targets.map((target) => ok(target)).join('');
  assert.equal(await client.take(expected.length), expected);
  assert.deepEqual(
    backend.requests.map(({ target }) => target),
    targets,
  );
});

behaviour(
  'thousands of requests in one chunk that we answer ourselves are answered without recursion',
  async (stage) => {
    const services = { api: { url: 'http://127.0.0.1:1' } };
    await stage.start({ services, host_rules: [{ pattern: 'other.example', target: 'api' }] });
    const client = await stage.client();
    client.send(get().repeat(2_000));
    for (let count = 0; count < 2_000; count++) assert.equal((await client.takeResponse()).status, 404);
  },
);

behaviour('pipelined bodies go with their requests', async (stage) => {
  const backend = await stage.backend(({ body }) => ok(body));
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  const post = (body: string): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
  client.send(post('GET /x HTTP/1.1') + chunked + post('two') + get());
  const bodies = ['GET /x HTTP/1.1', '2\r\nok\r\n0\r\n\r\n', 'two', ''];
  for (const body of bodies) assert.equal((await client.takeResponse()).body, body);
});

behaviour('requests behind a Connection: close are never answered', async (stage) => {
  const backend = await stage.backend(({ target }) => ok(target));
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get('/1', 'Connection: close\r\n') + get('/2'));
  assert.equal(await client.takeRest(), ok('/1', 'Connection: close\r\n'));
  assert.equal(backend.requests.length, 1);
});

behaviour('the requests in front of a broken one are answered', async (stage) => {
  const backend = await stage.backend(({ target }) => ok(target));
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(`${get('/1')}GET  / HTTP/1.1\r\n\r\n${get('/2')}`);
  assert.equal(await client.take(ok('/1').length), ok('/1'));
  assert.equal((await client.takeResponse()).status, 400);
  assert.equal(await client.takeRest(), '');
  assert.equal(backend.requests.length, 1);
});

behaviour('a client that ends its side between requests is let go', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  await client.takeResponse();
  client.end();
  assert.equal(await client.ending(), 'fin');
  await stage.open('clientConnections', 0);
});
