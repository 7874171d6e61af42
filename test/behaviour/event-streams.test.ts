import assert from 'node:assert/strict';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const CHUNKED = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const ACCEPT = 'Accept: text/event-stream\r\n';
const chunk = (payload: string): string => `${payload.length.toString(16)}\r\n${payload}\r\n`;

interface Streaming {
  readonly client: RawPeer;
  readonly peer: RawPeer;
}

/** A stream whose head has reached the client. */
async function streaming(
  stage: Stage,
  setup: Setup = {},
  head = CHUNKED,
  request = get('/', ACCEPT),
): Promise<Streaming> {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], ...setup });
  const client = await stage.client();
  client.send(request);
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(head);
  await client.takeHead();
  return { client, peer };
}

behaviour('the head of an event stream goes out at once, and each event as it comes', async (stage) => {
  const { client, peer } = await streaming(stage);
  assert.equal(client.received, CHUNKED);
  for (const event of ['data: 1\n\n', ': nothing\n\n', 'event: x\ndata: 2\n\n', 'data: half']) {
    peer.send(chunk(event));
    assert.equal(await client.takeThrough(chunk(event)), chunk(event));
  }
  peer.send(`${chunk('\n\n')}0\r\n\r\n`);
  assert.equal(await client.takeThrough('0\r\n\r\n'), `${chunk('\n\n')}0\r\n\r\n`);
});

behaviour('the events of a stream are counted, and its kind is known by its response', async (stage) => {
  const { client, peer } = await streaming(stage, {}, CHUNKED, get());
  peer.send(chunk('data: 1\n\ndata: 2\r\n'));
  await client.takeThrough('2');
  peer.send(`${chunk('\r\n: comment\n\nid: 1\n\ndata: 3\n\ndata: never ended')}0\r\n\r\n`);
  await client.takeThrough('0\r\n\r\n');
  const { events, error } = await stage.outcome();
  assert.deepEqual([events, error], [3, null]);
  assert.equal(stage.ended[0]?.exchange.kind, 'sse');
});

behaviour('events are counted in streams with other framings too', async (stage) => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\n';
  const { client, peer } = await streaming(stage, {}, head);
  peer.send('data: 1\n\ndata: 2\n\n');
  await client.takeThrough('2\n\n');
  peer.end();
  assert.equal((await stage.outcome()).events, 2);
});

behaviour('a response that only was asked for as a stream is none', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  await stage.ask(get('/', ACCEPT));
  await stage.outcome();
  assert.equal(stage.ended[0]?.exchange.kind, 'http');
});

behaviour('an event stream outlives read_timeout and ends at sse_idle_timeout', async (stage) => {
  const timeout = { read_timeout: 10, sse_idle_timeout: 60 };
  const { client, peer } = await streaming(stage, { advanced: { timeout } });
  await stage.pass(59_000);
  peer.send(chunk('data: 1\n\n'));
  await client.takeThrough('1\n\n\r\n');
  await stage.pass(59_750);
  assert.deepEqual(client.endings, []);
  await stage.pass(250);
  assert.equal(await client.takeThrough('0\r\n\r\n'), '0\r\n\r\n', 'no event is cut: the end is polite');
  await peer.ending();
  assert.equal((await stage.outcome()).error?.code, 'stream-idle-timeout');
});

behaviour('a stream that falls silent inside an event is cut with a reset', async (stage) => {
  const { client, peer } = await streaming(stage, { advanced: { timeout: { sse_idle_timeout: 60 } } });
  peer.send(chunk('data: ha'));
  await client.takeThrough('ha\r\n');
  await stage.pass(60_250);
  assert.ok(await client.wasReset());
  assert.equal((await stage.outcome()).error?.code, 'stream-idle-timeout');
});

behaviour('sse_idle_timeout is an hour unless it is written', async (stage) => {
  const { client, peer } = await streaming(stage);
  await stage.pass(3_599_000);
  peer.send(chunk('data: 1\n\n'));
  await client.takeThrough('1\n\n');
});

for (const how of ['end', 'reset'] as const) {
  behaviour(`a client that leaves by ${how} ends the backend's side of a stream`, async (stage) => {
    const { client, peer } = await streaming(stage);
    peer.send(chunk('data: 1\n\n'));
    await client.takeThrough('1\n\n');
    client[how]();
    await peer.ending();
    const { error, events } = await stage.outcome();
    assert.deepEqual([error?.code, events], ['client-gone', 1]);
  });
}

behaviour('a backend that dies inside a stream has the client cut with a reset', async (stage) => {
  const { client, peer } = await streaming(stage);
  peer.send(chunk('data: 1\n\n'));
  await client.takeThrough('1\n\n\r\n');
  peer.reset();
  assert.ok(await client.wasReset());
  assert.equal((await stage.outcome()).error?.code, 'backend-gone');
});

behaviour('a drain ends a stream behind its last whole event', async (stage) => {
  const { client, peer } = await streaming(stage);
  peer.send(chunk('data: 1\n\n'));
  await client.takeThrough('1\n\n\r\n');
  const drained = stage.proxy.drain();
  assert.equal(await client.takeRest(), '0\r\n\r\n');
  assert.deepEqual(client.endings, ['fin']);
  await peer.ending();
  client.end();
  await stage.open('clientConnections', 0);
  await stage.pass(250);
  await drained;
  assert.equal((await stage.outcome()).error, null);
});

behaviour('a drain waits for the end of an event that is half through', async (stage) => {
  const { client, peer } = await streaming(stage);
  peer.send(chunk('data: ha'));
  await client.takeThrough('ha\r\n');
  void stage.proxy.drain();
  await settled();
  assert.equal(client.untaken, '');
  peer.send(chunk('lf\n\n'));
  assert.equal(await client.takeRest(), `${chunk('lf\n\n')}0\r\n\r\n`);
  client.end();
});

behaviour('a drain waits for the end of a chunk too', async (stage) => {
  const { client, peer } = await streaming(stage);
  peer.send('13\r\ndata: 1\n\n');
  await client.takeThrough('1\n\n');
  void stage.proxy.drain();
  await settled();
  assert.deepEqual(client.endings, []);
  peer.send('data: 22\n\n\r\n');
  assert.equal(await client.takeRest(), 'data: 22\n\n\r\n0\r\n\r\n');
  client.end();
});

behaviour('sse_retry writes a random retry before the end of a drained stream', async (stage) => {
  const backend = await stage.rawBackend();
  const setup = { backends: [backend], route: { sse_retry: '1s-10s' } };
  await stage.start(setup, { random: () => 0.5 });
  const client = await stage.client();
  client.send(get('/', ACCEPT));
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(CHUNKED + chunk('data: 1\n\n'));
  await client.takeThrough('1\n\n\r\n');
  void stage.proxy.drain();
  assert.equal(await client.takeRest(), `${chunk('retry: 5500\n\n')}0\r\n\r\n`);
  client.end();
});

behaviour('a drained stream to HTTP/1.0 ends at an event too', async (stage) => {
  const request = 'GET / HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n';
  const { client, peer } = await streaming(stage, { route: { sse_retry: '3s' } }, CHUNKED, request);
  peer.send(chunk('data: 1\n\n'));
  assert.equal(await client.takeThrough('1\n\n'), 'data: 1\n\n');
  void stage.proxy.drain();
  assert.equal(await client.takeRest(), 'retry: 3000\n\n');
  client.end();
});

behaviour('a drained stream to HTTP/1.0 does not wait for the end of the chunk of its last event', async (stage) => {
  const request = 'GET / HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n';
  const { client, peer } = await streaming(stage, { route: { sse_retry: '3s' } }, CHUNKED, request);
  peer.send('9\r\ndata: 1\n\n');
  assert.equal(await client.takeThrough('1\n\n'), 'data: 1\n\n');
  void stage.proxy.drain();
  assert.equal(await client.takeRest(), 'retry: 3000\n\n');
  client.end();
});

behaviour('an encoded stream is not touched by a drain until it is cut', async (stage) => {
  const head = CHUNKED.replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n');
  const { client, peer } = await streaming(stage, { advanced: { timeout: { drain_timeout: 5 } } }, head);
  peer.send(chunk('\n\n'));
  await client.takeThrough('\n\n\r\n');
  const drained = stage.proxy.drain();
  await stage.pass(4_750);
  assert.deepEqual(client.endings, []);
  await stage.pass(500);
  assert.ok(await client.wasReset());
  await until(() => stage.ended.length === 1, 'the end of the stream');
  await drained;
  assert.equal((await stage.outcome()).error?.code, 'drained');
});
