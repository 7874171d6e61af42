import assert from 'node:assert/strict';
import { SMUGGLED, smuggling } from '../../support/smuggling.js';
import { behaviour, type Stage } from '../../support/stage.js';
import type { StrictBackend } from '../../support/strict-backend.js';
import { text } from '../../support/tunnel-ends.js';
import { settled } from '../../support/turns.js';
import { get } from '../../support/wire.js';

// The example of RFC 6455 section 1.3.
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const ACCEPT = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n';
const VERSION = 'Sec-WebSocket-Version: 13\r\n';
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const HANDSHAKE = get('/ws', UPGRADE + KEY + VERSION);
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const EVIL = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';

const handshake = (start: string, lines: string): string => `${start}\r\nHost: a.example\r\n${lines}\r\n`;

/** Handshakes that are none, with a request behind them that is for the tunnel or for nobody. */
const refusals: readonly (readonly [what: string, request: string, status: number, code: string])[] = [
  ['POST', handshake('POST /ws HTTP/1.1', UPGRADE + KEY + VERSION), 400, 'upgrade-not-get'],
  ['get in lower case', handshake('get /ws HTTP/1.1', UPGRADE + KEY + VERSION), 400, 'upgrade-not-get'],
  ['HTTP/1.0', handshake('GET /ws HTTP/1.0', UPGRADE + KEY + VERSION), 400, 'upgrade-http10'],
  ['no key', get('/ws', UPGRADE + VERSION), 400, 'upgrade-bad-key'],
  ['two keys', get('/ws', UPGRADE + KEY + KEY + VERSION), 400, 'upgrade-bad-key'],
  ['version 8', get('/ws', `${UPGRADE}${KEY}Sec-WebSocket-Version: 8\r\n`), 426, 'upgrade-bad-version'],
  ['no version', get('/ws', UPGRADE + KEY), 426, 'upgrade-bad-version'],
  [
    'a body announced',
    get('/ws', `${UPGRADE}${KEY}${VERSION}Content-Length: ${SMUGGLED.length}\r\n`),
    400,
    'upgrade-with-body',
  ],
  [
    'a chunked body',
    `${get('/ws', `${UPGRADE}${KEY}${VERSION}Transfer-Encoding: chunked\r\n`)}0\r\n\r\n`,
    400,
    'upgrade-with-body',
  ],
];
for (const [what, request, status, code] of refusals) {
  behaviour(
    `a handshake with ${what} is refused, and what stands behind it is never read as a request`,
    async (stage) => {
      const backend = await stage.strictBackend();
      await stage.start({ backends: [backend] });
      const client = await stage.client();
      client.send(request + SMUGGLED);
      const response = await client.takeResponse();
      assert.equal(response.status, status);
      assert.match(response.get('connection') ?? '', /(?:^|, )close$/);
      assert.match(response.body, new RegExp(`\\ncode: ${code}\\n`));
      assert.equal(await client.takeRest(), '');
      assert.deepEqual(
        stage.log.lines.map(({ message, fields }) => [message, fields.cause]),
        [['tunnel refused', code]],
      );
      assert.equal(backend.raw.connections.length, 0);
      assert.equal((await stage.ask(get('/after'))).status, 200);
      backend.assertSaw('GET /after');
    },
  );
}

/** The client sends a request behind its handshake, ahead of the answer. */
async function answered(stage: Stage, answer: string, late: string): Promise<{ backend: StrictBackend; got: string }> {
  const backend = await stage.strictBackend(({ target }) => (target === '/ws' ? answer : OK));
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(HANDSHAKE + SMUGGLED);
  await client.takeHead();
  client.send(late);
  const got = client.received.slice(0, client.received.length - client.untaken.length) + (await client.takeRest());
  await stage.open('exchanges', 0);
  return { backend, got };
}

/** Answers that are no 101: complete ones, with a second response behind some. */
const answers: readonly (readonly [what: string, answer: string, whole: string])[] = [
  ['200', OK, 'ok'],
  [
    '200 in chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    '2\r\nok\r\n0\r\n\r\n',
  ],
  ['200 and a response behind it', OK + EVIL, 'ok'],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ['304', 'HTTP/1.1 304 Not Modified\r\n\r\n', ''],
  ['400', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno', 'no'],
  ['426', 'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n', ''],
  [
    '503 that asks to keep the connection',
    'HTTP/1.1 503 No\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n',
    '',
  ],
];
for (const [what, answer, whole] of answers) {
  behaviour(`a request behind a handshake that is answered with ${what} is read by nobody`, async (stage) => {
    const { backend, got } = await answered(stage, answer, SMUGGLED);
    assert.equal(got.slice(0, 12), answer.slice(0, 12));
    assert.match(got, /\r\nConnection: (?:[^\r\n]*, )?close\r\n/);
    assert.equal(got.slice(got.indexOf('\r\n\r\n') + 4), whole);
    assert.equal(stage.log.all('tunnel refused')[0]?.cause, 'answered');
    assert.deepEqual(stage.log.codes, []);
    backend.assertSaw('GET /ws');
    assert.equal((await stage.ask(get('/after'))).body, 'ok');
    backend.assertSaw('GET /ws', 'GET /after');
  });
}

const switching = (lines: string): string => `HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`;
const wrong: readonly (readonly [what: string, answer: string])[] = [
  ['a wrong Accept', switching(`${UPGRADE}Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n`)],
  ['no Accept', switching(UPGRADE)],
  ['h2c', switching(`Connection: Upgrade\r\nUpgrade: h2c\r\n${ACCEPT}`)],
  ['no Connection', switching(`Upgrade: websocket\r\n${ACCEPT}`)],
  ['a body announced', switching(`${UPGRADE}${ACCEPT}Content-Length: 5\r\n`)],
  ['a chunked body', switching(`${UPGRADE}${ACCEPT}Transfer-Encoding: chunked\r\n`)],
];
for (const [what, answer] of wrong) {
  behaviour(
    `a request behind a handshake whose 101 has ${what} is read by nobody, nor what follows it`,
    async (stage) => {
      const { backend, got } = await answered(stage, answer + EVIL, SMUGGLED);
      assert.ok(got.startsWith('HTTP/1.1 502 Bad Gateway\r\n'), got);
      assert.ok(!got.includes('evil') && !got.includes('HTTP/1.1 101'), got);
      assert.equal(stage.log.all('tunnel refused')[0]?.cause, 'bad-handshake');
      backend.assertSaw('GET /ws');
      await stage.open('backendConnections', 0);
      assert.equal((await stage.ask(get('/after'))).body, 'ok');
      backend.assertSaw('GET /ws', 'GET /after');
    },
  );
}

behaviour(
  'what looks like a request behind a handshake waits for the verified 101, and is bytes of the tunnel then',
  async (stage) => {
    const early = text('client', SMUGGLED).toString('latin1');
    const backend = await stage.rawBackend();
    await stage.start({ backends: [backend] });
    const client = await stage.client();
    client.send(HANDSHAKE + early);
    const peer = await backend.connection();
    await peer.takeHead();
    await settled();
    assert.equal(peer.untaken, '');
    peer.send('HTTP/1.1 100 Continue\r\n\r\n');
    await client.takeHead();
    assert.equal(peer.untaken, '', 'a 100 is no 101');
    peer.send(switching(UPGRADE + ACCEPT));
    assert.equal(await peer.take(early.length), early);
    assert.equal(stage.proxy.counters.exchanges, 1, 'it is the tunnel, and no other');
    assert.equal(backend.connections.length, 1);
  },
);

/** An upgrade to anything else ends here: what stands behind is the next request, for both sides. */
const others: readonly (readonly [what: string, lines: string])[] = [
  ['h2c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n'],
  ['TLS', 'Connection: upgrade\r\nUpgrade: TLS/1.0, HTTP/1.1\r\n'],
  ['what is not quite websocket', 'Connection: upgrade\r\nUpgrade: websockets, "websocket", websocket/13\r\n'],
  ['websocket that Connection does not name', `Connection: keep-alive\r\nUpgrade: websocket\r\n${KEY}${VERSION}`],
  ['nothing', `Connection: Upgrade\r\n${KEY}${VERSION}`],
];
smuggling(
  'other upgrades',
  others.map(([what, lines]) => ({
    what: `an upgrade to ${what}`,
    bytes: get('/', lines) + get('/next'),
    seen: ['GET /', 'GET /next'],
    without: ['upgrade', 'connection', 'http2-settings'],
  })),
);

behaviour('a 101 to an upgrade that ended here is a broken response', async (stage) => {
  const h2c = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
  const backend = await stage.strictBackend(({ target }) => (target === '/' ? h2c + EVIL : OK));
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get('/', others[0]?.[1]) + get('/next'));
  assert.equal((await client.takeResponse()).status, 502);
  assert.equal((await client.takeResponse()).body, 'ok');
  assert.equal(client.untaken, '');
  assert.deepEqual(stage.log.codes, ['bad-response']);
  backend.assertSaw('GET /', 'GET /next');
  assert.equal(backend.raw.connections.length, 2);
});
