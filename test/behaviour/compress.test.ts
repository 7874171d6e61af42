import assert from 'node:assert/strict';
import * as zlib from 'node:zlib';
import { z } from 'zod';
import type { MiddlewareType } from '../../src/exchange/middleware.js';
import { middlewareTypes } from '../../src/middleware/registry.js';
import { MUCH_BYTES } from '../support/much-bytes.js';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { handshake, openTunnel } from '../support/tunnel-ends.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const GZIP = 'Accept-Encoding: gzip\r\n';
const TEXT = 'some text that is long enough, and once more. '.repeat(50);
const lengthOf = (body: string) => `Content-Length: ${body.length}\r\n`;
const ok = (lines: string, body: string) => `HTTP/1.1 200 OK\r\n${lines}\r\n${body}`;
const PLAIN = ok(`Content-Type: text/plain\r\n${lengthOf(TEXT)}`, TEXT);
const CHUNKED_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunk = (payload: string) => `${payload.length.toString(16)}\r\n${payload}\r\n`;
const gunzipped = (body: string) => zlib.gunzipSync(Buffer.from(body, 'latin1')).toString('latin1');

/** One backend that answers so, and `compress` with these options before it. */
async function started(stage: Stage, answer: string, config: object = {}, more: Setup = {}) {
  const backend = await stage.backend(() => answer);
  await stage.start({ backends: [backend], middlewares: [{ name: 'compress', config }], ...more });
  return backend;
}

/** A response on its way: its head has come to the client, and the backend goes on as the test says. */
async function underway(stage: Stage, head = CHUNKED_HEAD, request = get('/', GZIP)) {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'compress' }] });
  const client = await stage.client();
  client.send(request);
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(head);
  const received = await client.takeHead();
  return { client, peer, received };
}

behaviour('a text is compressed, in chunks, and both connections are kept', async (stage) => {
  const backend = await started(stage, PLAIN);
  const client = await stage.client();
  for (let round = 0; round < 2; round++) {
    client.send(get('/', GZIP));
    const response = await client.takeResponse();
    assert.deepEqual(response.lines, [
      'Content-Type: text/plain',
      'Vary: Accept-Encoding',
      'Content-Encoding: gzip',
      'Transfer-Encoding: chunked',
    ]);
    assert.equal(gunzipped(response.body), TEXT);
  }
  assert.equal(backend.raw.connections.length, 1);
  const { error, responseBytes } = await stage.outcome(1);
  assert.equal(error, null);
  assert.ok(responseBytes < TEXT.length / 4, 'what was sent is counted');
});

behaviour('HEAD has the fields of the GET, and no length', async (stage) => {
  await started(stage, PLAIN.slice(0, -TEXT.length));
  const client = await stage.client();
  for (let round = 0; round < 2; round++) {
    client.send(get('/', GZIP).replace('GET', 'HEAD'));
    const { lines } = await client.takeResponse('HEAD');
    assert.deepEqual(lines, ['Content-Type: text/plain', 'Vary: Accept-Encoding', 'Content-Encoding: gzip']);
  }
});

behaviour('a client of HTTP/1.0 gets it until close', async (stage) => {
  await started(stage, PLAIN);
  const response = await stage.ask(`GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n${GZIP}\r\n`);
  assert.deepEqual(response.lines.slice(-2), ['Content-Encoding: gzip', 'Connection: close']);
  assert.equal(gunzipped(response.body), TEXT);
});

behaviour('a body that trickles is not held back', async (stage) => {
  const { client, peer } = await underway(stage);
  const gunzip = zlib.createGunzip();
  let text = '';
  gunzip.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  for (let line = 1; line <= 3; line++) {
    peer.send(chunk(`line ${line}\n`));
    while (!text.endsWith(`line ${line}\n`)) {
      const size = Number.parseInt(await client.takeThrough('\r\n'), 16);
      const bytes = Buffer.from(await client.take(size + 2), 'latin1').subarray(0, size);
      await new Promise<unknown>((resolve) => gunzip.write(bytes, resolve));
    }
  }
  peer.send('0\r\n\r\n');
  await client.takeThrough('0\r\n\r\n');
  assert.equal(text, 'line 1\nline 2\nline 3\n');
});

behaviour('types, min_size and encodings say what is compressed, and how', async (stage) => {
  const config = { types: ['application/x-mine'], min_size: '10B', encodings: ['gzip', 'br'] };
  const backend = await stage.backend(({ target }) => {
    const [, type, length] = target.split('/');
    const body = 'x'.repeat(Number(length));
    return ok(`Content-Type: ${type === 'mine' ? 'application/x-mine' : 'text/plain'}\r\n${lengthOf(body)}`, body);
  });
  await stage.start({ backends: [backend], middlewares: [{ name: 'compress', config }] });
  const coding = async (target: string) =>
    (await stage.ask(get(target, 'Accept-Encoding: br, gzip\r\n'))).get('content-encoding');
  assert.deepEqual(
    [await coding('/mine/10'), await coding('/mine/9'), await coding('/text/10')],
    ['gzip', undefined, undefined],
  );
});

const asTheyAre: [what: string, answer: string][] = [
  [
    'a part',
    `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Type: text/plain\r\n${lengthOf(TEXT)}\r\n${TEXT}`,
  ],
  ['encoded already', ok(`Content-Encoding: br\r\nContent-Type: text/plain\r\n${lengthOf(TEXT)}`, TEXT)],
  ['small', ok('Content-Type: text/plain\r\nContent-Length: 2\r\n', 'ok')],
  ['not to be transformed', ok(`Cache-Control: no-transform\r\nContent-Type: text/plain\r\n${lengthOf(TEXT)}`, TEXT)],
  ['an image', ok(`Content-Type: image/png\r\n${lengthOf(TEXT)}`, TEXT)],
];
for (const [what, answer] of asTheyAre) {
  behaviour(`what is ${what} passes byte by byte`, async (stage) => {
    await started(stage, answer);
    const client = await stage.client();
    client.send(get('/', GZIP));
    assert.equal(await client.take(answer.length), answer);
  });
}

behaviour('an event stream passes as it comes', async (stage) => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
  const { client, peer, received } = await underway(stage, head, get('/', `${GZIP}Accept: text/event-stream\r\n`));
  assert.equal(received, head);
  peer.send(chunk('data: 1\n\n'));
  assert.equal(await client.takeThrough('\n\n\r\n'), chunk('data: 1\n\n'));
  client.destroy();
});

behaviour('a WebSocket passes, and so does what refuses its handshake', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'compress', config: { min_size: 0 } }] });
  const { client, backend: peer } = await openTunnel(stage, backend, GZIP);
  peer.send(Buffer.from([0x81, 2, 0x68, 0x69]));
  assert.equal(await client.take(4), '\x81\x02hi');
  client.destroy();
  peer.destroy();
  const refused = await stage.client();
  refused.send(handshake(GZIP));
  const second = await backend.connection(1);
  await second.takeHead();
  second.send(PLAIN.replace('200 OK', '403 No'));
  const response = await refused.takeResponse();
  assert.deepEqual([response.body, response.get('content-encoding')], [TEXT, undefined]);
});

behaviour('the trailers of a body that was changed end here, with the field that announces them', async (stage) => {
  await started(
    stage,
    `${CHUNKED_HEAD.replace('\r\n\r\n', '\r\nTrailer: X-Sum\r\n\r\n')}${chunk(TEXT)}0\r\nX-Sum: 1\r\n\r\n`,
  );
  const response = await stage.ask(get('/', GZIP));
  assert.equal(response.get('trailer'), undefined);
  assert.equal(gunzipped(response.body), TEXT);
});

const faults: Record<string, (peer: RawPeer) => void> = {
  resets: (peer) => peer.reset(),
  'ends early': (peer) => peer.end(),
  'breaks its chunks': (peer) => peer.send('x\r\n'),
};
for (const [fault, happen] of Object.entries(faults)) {
  behaviour(`a client is cut off where the backend ${fault}: the body never looks whole`, async (stage) => {
    const { client, peer } = await underway(stage);
    peer.send(chunk(TEXT));
    await client.someBytes();
    happen(peer);
    assert.ok(await client.wasReset());
    assert.ok(!client.received.includes('\r\n0\r\n'));
    const code = fault === 'breaks its chunks' ? 'bad-response' : 'backend-gone';
    assert.deepEqual([(await stage.outcome()).error?.code, stage.log.codes], [code, [code]]);
  });
}

behaviour('a client that leaves ends the exchange, and the backend hears of it', async (stage) => {
  const { client, peer } = await underway(stage);
  peer.send(chunk(TEXT));
  await client.someBytes();
  client.destroy();
  await peer.ending();
  assert.equal((await stage.outcome()).error?.code, 'client-gone');
  await stage.open('backendConnections', 0);
});

behaviour('a client that takes nothing stops the backend; then it gets every byte', async (stage) => {
  const bytes = Buffer.alloc(MUCH_BYTES);
  for (let at = 0, seed = 1; at < bytes.length; at++) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    bytes[at] = seed >> 16;
  }
  const { client, peer } = await underway(
    stage,
    ok(`Content-Type: text/plain\r\nContent-Length: ${bytes.length}\r\n`, ''),
  );
  client.pause();
  peer.send(bytes);
  let unsent = -1;
  while (peer.unsentBytes !== unsent) {
    unsent = peer.unsentBytes;
    await settled(200);
  }
  assert.ok(unsent > 0, 'the backend was stopped');
  client.resume();
  await client.takeThrough('\r\n0\r\n\r\n');
  const body = Buffer.from(client.received.slice(client.received.indexOf('\r\n\r\n') + 4), 'latin1');
  assert.ok(zlib.gunzipSync(unchunked(body)).equals(bytes));
});

function unchunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 4 + size;
  }
}

/** Answers here, with a body of its own. */
function answering(body: string, fields: readonly (readonly [string, string])[]): ReadonlyMap<string, MiddlewareType> {
  const type: MiddlewareType = {
    type: 'answering',
    optionsSchema: z.strictObject({}),
    create: (name) => ({ name, onRequest: (exchange) => exchange.respond(200, fields, body) }),
  };
  return new Map([...middlewareTypes, ['answering', type]]);
}

behaviour('what a middleware answers is compressed too, for GET and HEAD', async (stage) => {
  const middlewares = [{ name: 'compress' }, { name: 'answering' }];
  await stage.start({ middlewares }, { middlewareTypes: answering(TEXT, [['Content-Type', 'text/plain']]) });
  const client = await stage.client();
  client.send(get('/', GZIP));
  const response = await client.takeResponse();
  assert.equal(gunzipped(response.body), TEXT);
  client.send(get('/', GZIP).replace('GET', 'HEAD'));
  assert.deepEqual((await client.takeResponse('HEAD')).lines, response.lines.slice(0, -1));
  assert.deepEqual([(await stage.outcome(0)).error, (await stage.outcome(1)).error], [null, null]);
});

behaviour('a client that leaves while an answer of ours is on its way frees it', async (stage) => {
  const text = 'one 1 and more. '.repeat(MUCH_BYTES / 16);
  const types = answering(text, [
    ['Content-Type', 'text/plain'],
    ['Cache-Control', 'no-store'],
  ]);
  const middlewares = [{ name: 'replace', config: { rules: [{ from: '1', to: '22' }] } }, { name: 'answering' }];
  await stage.start({ middlewares }, { middlewareTypes: types });
  const client = await stage.client();
  client.send(get());
  await client.takeHead();
  client.pause();
  await settled(50);
  client.reset();
  assert.equal((await stage.outcome()).error?.code, 'client-gone');
  await until(() => stage.proxy.counters.exchanges === 0, 'the end');
});
