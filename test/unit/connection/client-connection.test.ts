import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../src/protocol/http1/header-list.js';
import { get } from '../../support/wire.js';
import { answer, answered, ClientStand } from './client-stand.js';
import { RecordingSink } from './recording-sink.js';

const POST = 'POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\n';

test('ten thousand pipelined requests in one chunk are answered in order, without recursion', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  const targets = Array.from({ length: 10_000 }, (_, index) => `/${index}`);
  let depth = 0;
  let deepest = 0;
  stand.serve = (exchange) => {
    deepest = Math.max(deepest, ++depth);
    answer(exchange);
    depth--;
  };
  peer.send(targets.map((target) => get(target)).join(''));
  await stand.settle();
  assert.ok(peer.text === targets.map((target) => answered(target)).join(''));
  assert.equal(deepest, 1);
});

test('the next request waits for the response of the one before', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  stand.serve = () => {};
  peer.send(get('/1') + get('/2'));
  await stand.settle();
  assert.equal(stand.exchanges.length, 1);
  stand.serve = answer;
  stand.exchanges.forEach(answer);
  await stand.settle();
  assert.equal(peer.text, answered('/1') + answered('/2'));
});

test('an end inside a head is no request: nothing is answered', async () => {
  for (const text of ['', 'GET / HT', 'GET / HTTP/1.1\r\nHost: a.example\r\n']) {
    const stand = new ClientStand();
    const { peer, channel } = await stand.connect();
    peer.send(text);
    peer.end();
    await stand.settle();
    assert.deepEqual([peer.text, peer.ended, channel.closed, stand.closings], ['', true, true, 1]);
    assert.deepEqual([stand.refusals.length, stand.exchanges.length, stand.deadlines.size], [0, 0, 0]);
  }
});

test('an end behind a complete request is a client that left', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  stand.serve = () => {};
  peer.send(get());
  peer.end();
  await stand.settle();
  assert.deepEqual([stand.outcomes[0]?.error?.code, stand.outcomes[0]?.status], ['client-gone', 499]);
  assert.deepEqual([peer.text, stand.closings, stand.deadlines.size], ['', 1, 0]);
});

test('an end right behind a request that is answered at once is no failure', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  peer.send(get('/x'));
  peer.end();
  await stand.settle();
  assert.deepEqual([stand.outcomes[0]?.error, peer.text, stand.closings], [null, answered('/x'), 1]);
});

test('a response before the request was read whole says close, and what follows is no request', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  peer.send(`${POST}bo`);
  await stand.settle();
  peer.send(`dy${get('/smuggled')}`);
  await stand.settle();
  assert.equal(peer.text, answered('/p', 'Connection: close\r\n'));
  assert.deepEqual([stand.exchanges.length, peer.ended], [1, true]);
  peer.end();
  await stand.settle();
  assert.equal(stand.closings, 1);
});

test('bytes of the body are told to who starts it, early or late', async () => {
  for (const late of [false, true]) {
    const stand = new ClientStand();
    const { peer } = await stand.connect();
    const sink = new RecordingSink();
    stand.serve = (exchange) => (late ? undefined : exchange.request.body.start(sink));
    peer.send(`${POST}body${get('/next')}`);
    await stand.settle();
    if (late) stand.exchanges[0]?.request.body.start(sink);
    await stand.settle();
    assert.deepEqual([sink.text, sink.endings], ['body', ['end']]);
    stand.serve = answer;
    stand.exchanges.forEach(answer);
    await stand.settle();
    assert.equal(peer.text, answered('/p') + answered('/next'));
  }
});

test('a congested sink holds the client; resume() goes on', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  const sink = new RecordingSink();
  sink.takesMore = false;
  stand.serve = (exchange) => exchange.request.body.start(sink);
  peer.send(`${POST}bo`);
  await stand.settle();
  peer.send('dy');
  await stand.settle();
  assert.equal(sink.text, 'bo');
  stand.exchanges[0]?.request.body.resume();
  await stand.settle();
  assert.deepEqual([sink.text, sink.endings], ['body', ['end']]);
});

test('a head that is not complete in time is 408; a connection that says nothing ends without a word', async () => {
  const slow = new ClientStand();
  const slowClient = await slow.connect();
  slowClient.peer.send('GET / HT');
  await slow.settle();
  await slow.pass(9_750);
  assert.equal(slow.refusals.length, 0);
  await slow.pass(250);
  assert.equal(slow.refusals[0]?.error.code, 'header-timeout');
  assert.match(slowClient.peer.text, /^HTTP\/1\.1 408 /);
  const silent = new ClientStand();
  const silentClient = await silent.connect();
  await silent.pass(10_000);
  assert.deepEqual([silentClient.peer.text, silentClient.peer.ended, silent.refusals.length], ['', true, 0]);
});

test('between requests it idles for the keep-alive timeout; the next head has its own time', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  peer.send(get('/1'));
  await stand.settle();
  await stand.pass(70_000);
  peer.send('GET /2 HT');
  await stand.settle();
  await stand.pass(9_750);
  peer.send('TP/1.1\r\nHost: a.example\r\n\r\n');
  await stand.settle();
  assert.equal(peer.text, answered('/1') + answered('/2'));
  await stand.pass(74_750);
  assert.equal(peer.ended, false);
  await stand.pass(250);
  assert.equal(peer.ended, true);
});

test('a body that falls silent fails as request-timeout', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  const sink = new RecordingSink();
  stand.serve = (exchange) => exchange.request.body.start(sink);
  peer.send(`${POST}bo`);
  await stand.settle();
  await stand.pass(59_750);
  assert.deepEqual(sink.endings, []);
  await stand.pass(250);
  assert.deepEqual(sink.endings, ['request-timeout']);
});

test('a body over the limit is refused: announced before it is read, chunked when it passes it', async () => {
  const stand = new ClientStand();
  const announced = await stand.connect();
  announced.peer.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n');
  await stand.settle();
  assert.match(announced.peer.text, /^HTTP\/1\.1 413 /);
  assert.equal(stand.exchanges.length, 0);
  const chunked = await stand.connect();
  const sink = new RecordingSink();
  stand.serve = (exchange) => exchange.request.body.start(sink);
  chunked.peer.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${'x'.repeat(1_001)}`);
  await stand.settle();
  assert.deepEqual(sink.endings, ['body-too-large']);
});

test('a refused head is answered, told once, and the rest is discarded', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  peer.send(`GET / HTTP/1.1\r\n\r\n${get('/behind')}`);
  await stand.settle();
  assert.match(peer.text, /^HTTP\/1\.1 400 .*\r\nConnection: close\r\n.*missing-host/s);
  assert.deepEqual([stand.refusals.length, stand.refusals[0]?.status, stand.exchanges.length], [1, 400, 0]);
  await stand.pass(2_000);
  assert.deepEqual([stand.closings, stand.deadlines.size], [1, 0]);
});

test('a reset while a response is made ends its exchange as 499', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  stand.serve = () => {};
  peer.send(get());
  await stand.settle();
  peer.cut();
  await stand.settle();
  assert.deepEqual([stand.outcomes[0]?.status, stand.closings, stand.deadlines.size], [499, 1, 0]);
});

test('abort cuts the connection with a reset', async () => {
  const stand = new ClientStand();
  const { peer } = await stand.connect();
  stand.serve = (exchange) => {
    exchange.sendHead({ status: 200, reason: 'OK', headers: new HeaderList() }, { kind: 'chunked' }, () => {});
  };
  peer.send(get());
  await stand.settle();
  assert.match(peer.text, /Transfer-Encoding: chunked/);
  stand.exchanges[0]?.writer.abort();
  await stand.settle();
  assert.deepEqual([peer.broken, stand.closings], [true, 1]);
});

test('an upgrade gives the channel away with what stands behind the head, and stays told of the close', async () => {
  const stand = new ClientStand();
  const { peer, connection, channel } = await stand.connect();
  stand.serve = (exchange) => {
    exchange.writer.writeHead(
      { status: 101, reason: 'Switching Protocols', headers: new HeaderList() },
      { kind: 'none' },
    );
    exchange.writer.flush();
  };
  peer.send(get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n').concat('frames'));
  await stand.settle();
  assert.match(peer.text, /^HTTP\/1\.1 101 /);
  const side = connection.handOver();
  assert.equal(side.channel, channel);
  let text = '';
  channel.owner = {
    onChunk: (bytes, from, to) => {
      text += bytes.toString('latin1', from, to);
      return to - from;
    },
    onEnd: () => {},
    onWritable: () => {},
    onWriteFailed: () => {},
    onClose: () => side.closed(),
  };
  channel.resume();
  await stand.settle();
  assert.deepEqual([text, stand.deadlines.size], ['frames', 0]);
  channel.destroy();
  await stand.settle();
  assert.equal(stand.closings, 1);
});

test('draining ends an idle connection at once, a busy one behind its response', async () => {
  const stand = new ClientStand();
  const idle = await stand.connect();
  idle.connection.drain();
  await stand.settle();
  assert.equal(idle.peer.ended, true);
  const busy = await stand.connect();
  stand.serve = () => {};
  busy.peer.send(get('/b'));
  await stand.settle();
  busy.connection.drain();
  await stand.settle();
  assert.equal(busy.peer.ended, false);
  stand.exchanges.forEach(answer);
  await stand.settle();
  assert.deepEqual([busy.peer.text, busy.peer.ended], [answered('/b', 'Connection: close\r\n'), true]);
});

test('cut() answers what can be answered with 503, and destroys the rest', async () => {
  const stand = new ClientStand();
  const [busy, idle] = [await stand.connect(), await stand.connect()];
  stand.serve = () => {};
  busy.peer.send(get());
  await stand.settle();
  busy.connection.cut();
  idle.connection.cut();
  await stand.settle();
  assert.match(busy.peer.text, /^HTTP\/1\.1 503 /);
  assert.equal(stand.outcomes[0]?.error?.code, 'drained');
  assert.equal(idle.peer.ended, true);
});
