import assert from 'node:assert/strict';
import { MUCH_BYTES } from '../support/much-bytes.js';
import { behaviour } from '../support/stage.js';
import { added, plain } from '../support/wire.js';

const HOST = 'Host: a.example\r\n';
const CHUNKED = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;

behaviour('a body with a length reaches the backend as it came, in any pieces', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(`POST /a HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\nhello`);
  const peer = await backend.connection();
  await peer.takeThrough('hello');
  client.send('wor');
  await peer.takeThrough('wor');
  client.send('ld');
  await peer.takeThrough('ld');
  assert.equal(
    plain(peer.received),
    `POST /a HTTP/1.1\r\n${HOST}Content-Length: 10\r\n${added('a.example')}\r\nhelloworld`,
  );
});

behaviour('a chunked body reaches the backend in its chunks', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  await stage.ask(`${CHUNKED}5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n`);
  const request = await backend.request();
  assert.equal(request.body, '5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n');
  assert.equal(request.get('transfer-encoding'), 'chunked');
});

behaviour('chunk extensions and leading zeros are written anew without them', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  await stage.ask(`${CHUNKED}5;a=b\r\nhello\r\n0005 ;c="d"\r\nworld\r\n00;e\r\n\r\n`);
  assert.equal((await backend.request()).body, '5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n');
});

behaviour('trailers pass', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  const trailer = `POST / HTTP/1.1\r\n${HOST}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n`;
  await stage.ask(`${trailer}2\r\nok\r\n0\r\nX-Sum: 1\r\nx-other: 2\r\n\r\n`);
  const request = await backend.request();
  assert.equal(request.body, '2\r\nok\r\n0\r\nX-Sum: 1\r\nx-other: 2\r\n\r\n');
  assert.equal(request.get('trailer'), 'X-Sum');
});

const broken = {
  'a chunk size that is no number': 'xyz\r\n',
  'a chunk size with a sign': '+5\r\nhello\r\n0\r\n\r\n',
  'a chunk size of 0x5': '0x5\r\nhello\r\n0\r\n\r\n',
  'a chunk size of 14 digits': '00000000000005\r\nhello\r\n0\r\n\r\n',
  'an empty chunk size': '\r\nhello\r\n0\r\n\r\n',
  'a chunk line that ends in LF': '5\nhello\r\n0\r\n\r\n',
  'a chunk longer than its size': '5\r\nhello!\r\n0\r\n\r\n',
  'a bare LF in a chunk extension': '5;a\nb\r\nhello\r\n0\r\n\r\n',
  'a chunk extension over 256 bytes': `5;${'a'.repeat(256)}\r\nhello\r\n0\r\n\r\n`,
  'a Content-Length trailer': '5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n',
  'a Host trailer': '5\r\nhello\r\n0\r\nHost: b\r\n\r\n',
  'a Transfer-Encoding trailer': '5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n',
  'an X-Forwarded-For trailer': '5\r\nhello\r\n0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n',
  'a trailer that is no field': '5\r\nhello\r\n0\r\nabc\r\n\r\n',
  'trailers over 8 KiB': `5\r\nhello\r\n0\r\nA: ${'a'.repeat(8192)}\r\n\r\n`,
};
for (const [what, body] of Object.entries(broken)) {
  behaviour(`${what} in a request is answered with 400, and the backend never sees the end`, async (stage) => {
    const backend = await stage.rawBackend();
    await stage.start({ backends: [backend] });
    const client = await stage.client();
    client.send(`${CHUNKED}4\r\ngood\r\n`);
    const peer = await backend.connection();
    await peer.takeThrough('good');
    client.send(`${body}GET /smuggled HTTP/1.1\r\n${HOST}\r\n`);
    const response = await client.takeResponse();
    assert.equal(response.firstLine, 'HTTP/1.1 400 Bad Request');
    assert.equal(response.get('connection'), 'close');
    assert.match(response.body, /code: bad-request-body\n/);
    assert.equal(await client.takeRest(), '');
    await peer.ending();
    assert.ok(!/\r\n0+\r\n/.test(peer.received), peer.received);
    assert.ok(!peer.received.includes('smuggled'));
    assert.deepEqual(stage.log.codes, ['bad-request-body']);
    assert.equal(backend.connections.length, 1);
  });
}

behaviour('a chunked body that passes max_body_size is answered with 413', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { security: { max_body_size: 10 } } });
  const client = await stage.client();
  client.send(`${CHUNKED}A\r\n0123456789\r\n`);
  const peer = await backend.connection();
  await peer.takeThrough('0123456789');
  client.send('1\r\nx\r\n0\r\n\r\n');
  const response = await client.takeResponse();
  assert.equal(response.firstLine, 'HTTP/1.1 413 Payload Too Large');
  assert.equal(response.get('connection'), 'close');
  assert.deepEqual(stage.log.codes, ['body-too-large']);
  await peer.ending();
  assert.ok(!peer.received.includes('\r\n0\r\n'));
});

behaviour('a chunked body over max_body_size that comes at once never looks whole to the backend', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { security: { max_body_size: 10 } } });
  const response = await stage.ask(`${CHUNKED}B\r\n0123456789x\r\n0\r\n\r\n`);
  assert.equal(response.status, 413);
  for (const peer of backend.connections) assert.ok(!peer.received.includes('0\r\n\r\n'), peer.received);
});

behaviour('a body of exactly max_body_size passes, framing does not count', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], advanced: { security: { max_body_size: 10 } } });
  assert.equal((await stage.ask(`${CHUNKED}5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n`)).status, 200);
  assert.equal((await stage.ask(`POST / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\n0123456789`)).status, 200);
});

behaviour('a large upload arrives whole through a backend that reads slowly', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  const body = Buffer.alloc(MUCH_BYTES, 'abcdefghijklmnop');
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n`);
  const peer = await backend.connection();
  await peer.takeHead();
  peer.pause();
  client.send(body);
  await stage.pass(2_000);
  assert.ok(client.unsentBytes > 0, 'the client was made to wait');
  peer.resume();
  assert.equal(await peer.take(body.length), body.toString('latin1'));
  peer.send('HTTP/1.1 204 No Content\r\n\r\n');
  assert.equal((await client.takeResponse()).status, 204);
});

behaviour('a final response before the request was read whole closes the connection', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\nhello`);
  const peer = await backend.connection();
  await peer.takeThrough('hello');
  peer.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
  const response = await client.takeResponse();
  assert.equal(response.text, 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\n');
  assert.equal(await client.ending(), 'fin');
  client.send(`worldGET /smuggled HTTP/1.1\r\n${HOST}\r\n`);
  client.end();
  await client.whenClosed();
  assert.deepEqual(client.endings, ['fin']);
  await peer.ending();
  assert.equal(backend.connections.length, 1);
  assert.equal(stage.ended.length, 1);
});

behaviour('the 413 of a backend that closes without reading is not lost', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 4000000\r\n\r\n`);
  const peer = await backend.connection();
  await peer.takeHead();
  peer.pause();
  client.send('x'.repeat(2_000_000));
  await stage.pass(250);
  peer.send('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig');
  peer.end();
  await stage.pass(250);
  peer.destroy();
  const response = await client.takeResponse();
  assert.equal(response.firstLine, 'HTTP/1.1 413 Too Large');
  assert.equal(response.body, 'big');
});
