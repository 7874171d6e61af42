import assert from 'node:assert/strict';
import { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { z } from 'zod';
import { transformBody } from '../../src/exchange/body-transform.js';
import type { MiddlewareType } from '../../src/exchange/middleware.js';
import { middlewareTypes } from '../../src/middleware/registry.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { openTunnel } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const rules = [{ from: 'http://inside', to: 'https://outside.example' }];
const HTML = 'Content-Type: text/html\r\n';
const ok = (lines: string, body: string) => `HTTP/1.1 200 OK\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`;
const chunk = (payload: string) => `${payload.length.toString(16)}\r\n${payload}\r\n`;
const latin1 = (bytes: Buffer) => bytes.toString('latin1');

async function started(stage: Stage, answer: string, config: object = { rules }, more: Setup = {}) {
  const backend = await stage.backend(() => answer);
  await stage.start({ backends: [backend], middlewares: [{ name: 'replace', config }], ...more });
  return backend;
}

behaviour(
  'a plain rule replaces text in a body that streams, also across its chunks, and both connections are kept',
  async (stage) => {
    const head = `HTTP/1.1 200 OK\r\n${HTML}Transfer-Encoding: chunked\r\n\r\n`;
    const backend = await started(stage, `${head}${chunk('<a href=http:')}${chunk('//ins')}${chunk('ide/>')}0\r\n\r\n`);
    const client = await stage.client();
    for (let round = 0; round < 2; round++) {
      client.send(get());
      const response = await client.takeResponse();
      assert.equal(response.body, '<a href=https://outside.example/>');
      assert.deepEqual(response.lines, ['Content-Type: text/html', 'Transfer-Encoding: chunked']);
    }
    assert.equal(backend.raw.connections.length, 1);
  },
);

behaviour('what can be told of a body is told at once, and only what may begin a match is held', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'replace', config: { rules } }] });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(`HTTP/1.1 200 OK\r\n${HTML}\r\nfirst http`);
  await client.takeThrough('first ');
  peer.send('://inside, http');
  await client.takeThrough('https://outside.example, ');
  peer.end();
  await client.takeThrough('http\r\n');
  assert.equal((await stage.outcome()).error, null);
});

for (const [coding, encode, decode] of [
  ['gzip', zlib.gzipSync, zlib.gunzipSync],
  ['br', zlib.brotliCompressSync, zlib.brotliDecompressSync],
  ['deflate', zlib.deflateSync, zlib.inflateSync],
] as const) {
  behaviour(`a body that is encoded as ${coding} is decoded, and encoded so again`, async (stage) => {
    const backend = await started(
      stage,
      ok(`${HTML}Content-Encoding: ${coding}\r\n`, latin1(encode('see http://inside/'))),
    );
    const response = await stage.ask(get('/', `Accept-Encoding: ${coding}, snappy\r\n`));
    assert.equal(response.get('content-encoding'), coding);
    assert.equal(String(decode(Buffer.from(response.body, 'latin1'))), 'see https://outside.example/');
    assert.equal((await backend.request()).get('accept-encoding'), coding);
  });
}

behaviour('rules go by their types and their order; those with regex may use groups', async (stage) => {
  const config = {
    rules: [
      { from: 'one', to: 'two' },
      { from: '(?i)TWO (\\w+)', to: '$1 $$2', regex: true },
      { from: 'json', to: 'JSON', content_types: ['application/json'] },
    ],
  };
  const backend = await stage.backend(({ target }) => ok(`Content-Type: ${target.slice(1)}\r\n`, 'one json'));
  await stage.start({ backends: [backend], middlewares: [{ name: 'replace', config }] });
  const bodyOf = async (type: string) => (await stage.ask(get(`/${type}`))).body;
  assert.deepEqual(
    [await bodyOf('text/plain'), await bodyOf('application/json'), await bodyOf('image/png')],
    ['json $2', 'JSON $2', 'one json'],
  );
});

behaviour('a body over max_body passes its rules with regex unchanged, and the log warns', async (stage) => {
  const config = { rules: [{ from: 'a+', to: 'b', regex: true }], max_body: '10B' };
  const backend = await stage.backend(({ target }) => {
    const [, length, coding] = target.split('/');
    const body = 'a'.repeat(Number(length));
    return coding === 'gzip' ? ok(`${HTML}Content-Encoding: gzip\r\n`, latin1(zlib.gzipSync(body))) : ok(HTML, body);
  });
  await stage.start({ backends: [backend], middlewares: [{ name: 'replace', config }] });
  assert.equal((await stage.ask(get('/10'))).body, 'b');
  assert.deepEqual(stage.log.all('body not replaced'), []);
  assert.equal((await stage.ask(get('/11'))).text, `HTTP/1.1 200 OK\r\n${HTML}Content-Length: 11\r\n\r\n`);
  const packed = await stage.ask(get('/5000/gzip'));
  assert.equal(String(zlib.gunzipSync(Buffer.from(packed.body, 'latin1'))), 'a'.repeat(5000));
  assert.deepEqual(
    stage.log.all('body not replaced').map(({ middleware, detail }) => [middleware, detail]),
    [
      ['replace', '11 bytes are more than max_body'],
      ['replace', 'it is larger than max_body (10 bytes)'],
    ],
  );
});

behaviour('HEAD has no length, since that of the GET is not known', async (stage) => {
  await started(stage, `HTTP/1.1 200 OK\r\n${HTML}ETag: "1"\r\nContent-Length: 100\r\n\r\n`);
  const response = await stage.ask(get().replace('GET', 'HEAD'));
  assert.deepEqual(response.lines, ['Content-Type: text/html', 'ETag: W/"1"']);
});

for (const [what, body] of [
  ['is no gzip', 'never gzip'],
  ['is cut', latin1(zlib.gzipSync('some text')).slice(0, -2)],
] as const) {
  behaviour(
    `a body that ${what} though it says so is cut with a reset, and is the fault of the backend`,
    async (stage) => {
      await started(stage, ok(`${HTML}Content-Encoding: gzip\r\n`, body));
      const client = await stage.client();
      client.send(get());
      assert.ok(await client.wasReset());
      assert.ok(!client.received.includes('\r\n0\r\n'));
      assert.equal((await stage.outcome()).error?.code, 'bad-response');
      assert.deepEqual(stage.log.codes, ['bad-response']);
    },
  );
}

behaviour('a response does not end before its body has: not where what is encoded in it does', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'replace', config: { rules } }] });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  const packed = latin1(zlib.brotliCompressSync('first half'));
  peer.send(`HTTP/1.1 200 OK\r\n${HTML}Content-Encoding: br\r\nContent-Length: ${2 * packed.length}\r\n\r\n${packed}`);
  peer.send(packed.slice(0, 3));
  assert.ok(await client.wasReset());
  assert.ok(!client.received.includes('\r\n0\r\n'));
  assert.equal((await stage.outcome()).error?.code, 'bad-response');
});

behaviour('an event stream and a WebSocket pass as they come', async (stage) => {
  const backend = await stage.rawBackend();
  const config = { rules: [{ from: 'a', to: 'b', content_types: ['*/*'] }] };
  await stage.start({ backends: [backend], middlewares: [{ name: 'replace', config }] });
  const client = await stage.client();
  client.send(get('/', 'Accept: text/event-stream\r\n'));
  const peer = await backend.connection();
  await peer.takeHead();
  const stream = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n';
  peer.send(stream);
  assert.equal(await client.takeThrough('\n\n'), stream.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  client.destroy();
  const ends = await openTunnel(stage, backend);
  ends.backend.send(Buffer.from([0x81, 1, 0x61]));
  assert.equal(await ends.client.take(3), '\x81\x01a');
  ends.client.destroy();
  ends.backend.destroy();
});

behaviour('compress packs what replace made, whichever stands first', async (stage) => {
  const backend = await stage.backend(() => ok(HTML, 'http://inside '.repeat(200)));
  const named = (middlewares: string[], pattern: string) => ({ pattern, target: 'api', middlewares });
  const route_rules = [named(['swap', 'pack'], '/a'), named(['pack', 'swap'], '/b')];
  const middleware_services = [
    { name: 'swap', type: 'replace', config: { rules } },
    { name: 'pack', type: 'compress' },
  ];
  await stage.start({
    backends: [backend],
    middleware_services,
    host_rules: [{ pattern: '*', target: 'api', route_rules }],
  });
  for (const path of ['/a', '/b']) {
    const response = await stage.ask(get(path, 'Accept-Encoding: gzip\r\n'));
    assert.equal(response.get('content-encoding'), 'gzip');
    assert.equal(String(zlib.gunzipSync(Buffer.from(response.body, 'latin1'))), 'https://outside.example '.repeat(200));
  }
});

behaviour('a failure that the proxy tells of passes the rules as well, and stays what it is', async (stage) => {
  await stage.start({ middlewares: [{ name: 'replace', config: { rules: [{ from: 'code: ', to: 'CODE ' }] } }] });
  const response = await stage.ask(get());
  assert.equal(response.status, 502);
  assert.match(response.body, /CODE connect-refused/);
  assert.equal((await stage.outcome()).error?.code, 'connect-refused');
});

behaviour('a transform that cannot be made cuts the response: nothing passes it', async (stage) => {
  const type: MiddlewareType = {
    type: 'broken',
    optionsSchema: z.strictObject({}),
    create: (name) => ({
      name,
      onResponse(_exchange, head) {
        head.transforms = [
          () => {
            throw new Error('cannot be made');
          },
        ];
      },
    }),
  };
  const backend = await stage.backend();
  const middlewares = [{ name: 'broken' }];
  const parts = { middlewareTypes: new Map([...middlewareTypes, ['broken', type]]) };
  await stage.start({ backends: [backend], middlewares }, parts);
  const client = await stage.client();
  client.send(get());
  assert.ok(await client.wasReset());
  assert.equal(client.received, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  const { error } = await stage.outcome();
  assert.deepEqual([error?.code, error?.message], ['middleware-failed', 'body transform: cannot be made']);
});

behaviour(
  'a transform may overwrite what it takes, also of a body that a middleware answers with again',
  async (stage) => {
    const page = Buffer.from('page');
    const [answers, overwrites]: MiddlewareType[] = [
      {
        type: 'answers',
        optionsSchema: z.strictObject({}),
        create: (name) => ({ name, onRequest: (exchange) => exchange.respond(200, [], page) }),
      },
      {
        type: 'overwrites',
        optionsSchema: z.strictObject({}),
        create: (name) => ({
          name,
          onResponse(exchange, head) {
            const stream = new Transform({
              transform: (bytes: Buffer, _encoding, done) => done(null, bytes.fill('x')),
            });
            transformBody(exchange, head, () => [{ stream }]);
          },
        }),
      },
    ];
    assert.ok(answers !== undefined && overwrites !== undefined);
    const middlewareTypes = new Map([
      ['answers', answers],
      ['overwrites', overwrites],
    ]);
    await stage.start({ middlewares: [{ name: 'overwrites' }, { name: 'answers' }] }, { middlewareTypes });
    assert.match((await stage.ask(get())).body, /xxxx/);
    assert.equal(String(page), 'page');
  },
);
