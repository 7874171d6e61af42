import assert from 'node:assert/strict';
import { MUCH_BYTES } from '../support/much-bytes.js';
import { behaviour } from '../support/stage.js';
import { get } from '../support/wire.js';

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

behaviour('a response with a length passes as it came', async (stage) => {
  const answer = 'HTTP/1.1 200 Fine\r\nDate: x\r\nContent-Length: 5\r\nserver: y\r\n\r\nhello';
  const backend = await stage.backend(() => answer);
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  assert.equal(await client.take(answer.length), answer);
});

behaviour(
  'a chunked response keeps its chunks, without extensions and leading zeros, with its trailers',
  async (stage) => {
    const backend = await stage.backend(() => `${CHUNKED}5;a=b\r\nhello\r\n05\r\nworld\r\n0\r\nX-Sum: 1\r\n\r\n`);
    await stage.start({ backends: [backend] });
    const client = await stage.client();
    client.send(get());
    const expected = `${CHUNKED}5\r\nhello\r\n5\r\nworld\r\n0\r\nX-Sum: 1\r\n\r\n`;
    assert.equal(await client.take(expected.length), expected);
    client.send(get());
    assert.equal(await client.take(expected.length), expected, 'the connection is kept');
    assert.equal(backend.raw.connections.length, 1);
  },
);

behaviour('a response until close ends with the connection', async (stage) => {
  const backend = await stage.backend((request) => {
    setImmediate(() => request.peer.end());
    return 'HTTP/1.1 200 OK\r\n\r\nhello';
  });
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  assert.equal(await client.takeRest(), 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello');
  assert.deepEqual(client.endings, ['fin']);
  assert.equal((await stage.outcome()).error, null);
});

behaviour('the head of a response until close goes out before its body', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 200 OK\r\n\r\n');
  await client.takeHead();
  peer.send('a');
  await client.takeThrough('a');
  peer.end();
  assert.equal(await client.takeRest(), '');
});

for (const version of ['1.0', '1.1']) {
  behaviour(`a response of HTTP/1.0 to a client of HTTP/${version} is read by its length`, async (stage) => {
    const backend = await stage.backend(() => 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await stage.start({ backends: [backend] });
    const response = await stage.ask(`GET / HTTP/${version}\r\nHost: a.example\r\n\r\n`);
    assert.equal(response.firstLine, 'HTTP/1.1 200 OK');
    assert.equal(response.body, 'ok');
    await stage.open('backendConnections', 0);
  });
}

// One that speaks of a body has its connection rest for a second: the body may come all the same.
const bodiless = [
  ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n', 1_000],
  ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 1_000],
  ['HEAD', 'HTTP/1.1 200 OK\r\n\r\n', 1_000],
  ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 0],
  ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', 0],
  ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 1_000],
  ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: "x"\r\n\r\n', 1_000],
  ['GET', 'HTTP/1.1 304 Not Modified\r\n\r\n', 0],
] as const;
for (const [method, answer, restsMs] of bodiless) {
  behaviour(`${JSON.stringify(answer)} to ${method} has no body, and the connections go on`, async (stage) => {
    const backend = await stage.backend(() => answer);
    await stage.start({ backends: [backend] });
    const client = await stage.client();
    for (let round = 0; round < 2; round++) {
      client.send(`${method} / HTTP/1.1\r\nHost: a.example\r\n\r\n`);
      assert.equal(await client.takeHead(), answer.replace('Transfer-Encoding: chunked\r\n', ''));
      await stage.pass(restsMs);
    }
    assert.equal(client.untaken, '');
    assert.equal(backend.raw.connections.length, 1);
  });
}

behaviour('a client of HTTP/1.0 gets a chunked response until close, without chunks and trailers', async (stage) => {
  const backend = await stage.backend(() => `${CHUNKED}5\r\nhello\r\n5;x\r\nworld\r\n0\r\nX-Sum: 1\r\n\r\n`);
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send('GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n');
  assert.equal(await client.takeRest(), 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhelloworld');
  assert.deepEqual(client.endings, ['fin']);
});

behaviour('a chunked response to HTTP/1.0 that breaks off is cut with a reset', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send('GET / HTTP/1.0\r\n\r\n');
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(`${CHUNKED}5\r\nhello\r\n`);
  await client.takeThrough('hello');
  peer.end();
  assert.ok(await client.wasReset());
});

behaviour('no reason phrase is fine', async (stage) => {
  const answers = ['HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'];
  const backend = await stage.backend(({ target }) => answers[Number(target.slice(1))] ?? null);
  await stage.start({ backends: [backend] });
  for (const target of ['/0', '/1']) {
    assert.equal((await stage.ask(get(target))).text, 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n');
  }
});

behaviour('a large download arrives whole at a client that reads slowly, and the backend waits', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  const body = Buffer.alloc(MUCH_BYTES, 'abcdefghijklmnop');
  peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
  await client.takeHead();
  client.pause();
  peer.send(body);
  await stage.pass(2_000);
  assert.ok(peer.unsentBytes > 0, 'the backend was made to wait');
  client.resume();
  assert.equal(await client.take(body.length), body.toString('latin1'));
  client.send(get());
  await peer.takeHead();
  peer.send('HTTP/1.1 204 No Content\r\n\r\n');
  assert.equal((await client.takeResponse()).status, 204);
});
