import assert from 'node:assert/strict';
import { behaviour } from '../support/stage.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const ahead = { 'an empty line': '\r\n', 'one more request': get('/next'), 'half a request': 'GET /ne' };
const asked = { 'an event stream': STREAM, 'a slow response': '' };

for (const [what, bytes] of Object.entries(ahead)) {
  for (const [where, head] of Object.entries(asked)) {
    for (const how of ['end', 'reset'] as const) {
      behaviour(`${what} behind ${where} does not hide that the client left by ${how}`, async (stage) => {
        const backend = await stage.rawBackend();
        await stage.start({ backends: [backend] });
        const client = await stage.client();
        client.send(get() + bytes);
        const peer = await backend.connection();
        await peer.takeHead();
        if (head !== '') {
          peer.send(head);
          await client.takeHead();
        }
        await settled();
        client[how]();
        await peer.ending();
        assert.equal((await stage.outcome()).error?.code, 'client-gone');
        await stage.open('clientConnections', 0);
        await stage.open('backendConnections', 0);
        assert.deepEqual(stage.proxy.counters.open(), {});
        assert.equal(backend.connections.length, 1, 'the request that was sent ahead is not served');
      });
    }
  }
}

behaviour('bytes that come ahead later, piece by piece, do not hide it either', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  for (const piece of ['\r\n', 'GET /next', ' HTTP/1.1\r\n']) {
    client.send(piece);
    await settled();
  }
  client.end();
  await peer.ending();
  assert.equal((await stage.outcome()).error?.code, 'client-gone');
});

behaviour('with half_close: allow, requests sent ahead of the FIN are answered', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], route: { half_close: 'allow' } });
  const client = await stage.client();
  client.send(get('/1') + get('/2'));
  client.end();
  const peer = await backend.connection();
  for (const target of ['/1', '/2']) {
    assert.ok((await peer.takeHead()).startsWith(`GET ${target} `));
    await settled();
    peer.send(ok(target));
  }
  for (const target of ['/1', '/2']) assert.equal((await client.takeResponse()).body, target);
  assert.equal(await client.takeRest(), '');
});

behaviour('a FIN that one route lets pass is told to the next request, also behind bytes', async (stage) => {
  const backend = await stage.rawBackend();
  const route_rules = [
    { pattern: '/half', target: 'api', half_close: 'allow' },
    { pattern: '/*', target: 'api' },
  ];
  await stage.start({ backends: [backend], host_rules: [{ pattern: '*', target: 'api', route_rules }] });
  const client = await stage.client();
  client.send(`${get('/half') + get('/stream')}\r\n`);
  client.end();
  const peer = await backend.connection();
  await peer.takeHead();
  await settled();
  peer.send(ok('half'));
  assert.equal((await client.takeResponse()).body, 'half');
  assert.equal((await stage.outcome(1)).error?.code, 'client-gone');
  await stage.open('clientConnections', 0);
});

behaviour('more than 64 KiB sent ahead is not read on', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get('/slow') + get('/next').repeat(800_000));
  const peer = await backend.connection();
  await peer.takeHead();
  await settled(100);
  assert.ok(client.unsentBytes > 0);
  assert.deepEqual([client.endings, stage.ended.length], [[], 0]);
  peer.send(ok('slow'));
  assert.equal((await client.takeResponse()).body, 'slow');
});
