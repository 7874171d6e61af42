import assert from 'node:assert/strict';
import { unusedPort } from '../support/raw-backend.js';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { text } from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';
import { added, get, plain } from '../support/wire.js';

// The example of RFC 6455 section 1.3.
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

const handshake = (lines = ''): string =>
  get('/ws', `${UPGRADE}Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n${lines}`);
const switching = (lines = '', accept = ACCEPT): string =>
  `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}Sec-WebSocket-Accept: ${accept}\r\n${lines}\r\n`;

interface Asked {
  readonly client: RawPeer;
  readonly peer: RawPeer;
}

/** A handshake that the backend has read. */
async function asked(stage: Stage, request = handshake(), setup: Setup = {}): Promise<Asked> {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], ...setup });
  const client = await stage.client();
  client.send(request);
  const peer = await backend.connection();
  await peer.takeHead();
  return { client, peer };
}

const version = 'Sec-WebSocket-Version: 13\r\n';
const key = `Sec-WebSocket-Key: ${KEY}\r\n`;
const post = `POST /ws HTTP/1.1\r\nHost: a.example\r\n${UPGRADE}${key}${version}\r\n`;
const refusals: [what: string, request: string, code: string][] = [
  ['a method other than GET', post, 'upgrade-not-get'],
  ['HTTP/1.0', handshake().replace('HTTP/1.1', 'HTTP/1.0'), 'upgrade-http10'],
  ['no key', get('/ws', UPGRADE + version), 'upgrade-bad-key'],
  ['two keys', get('/ws', UPGRADE + key + key + version), 'upgrade-bad-key'],
  [
    'a key of 15 bytes',
    get('/ws', `${UPGRADE}Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1\r\n${version}`),
    'upgrade-bad-key',
  ],
  [
    'a key that is not base64',
    get('/ws', `${UPGRADE}Sec-WebSocket-Key: ${'!'.repeat(24)}\r\n${version}`),
    'upgrade-bad-key',
  ],
  ['a body', `${handshake('Content-Length: 5\r\n')}hello`, 'upgrade-with-body'],
  ['a chunked body', `${handshake('Transfer-Encoding: chunked\r\n')}0\r\n\r\n`, 'upgrade-with-body'],
];
for (const [what, request, code] of refusals) {
  behaviour(`a handshake with ${what} is refused with 400`, async (stage) => {
    const backend = await stage.backend();
    await stage.start({ backends: [backend] });
    const response = await stage.ask(request);
    assert.equal(response.firstLine, 'HTTP/1.1 400 Bad Request');
    assert.match(response.body, new RegExp(`code: ${code}\\n`));
    assert.equal(backend.raw.connections.length, 0);
    const [refused] = stage.log.all('tunnel refused');
    assert.deepEqual([refused?.cause, refused?.status], [code, 400]);
    assert.equal(stage.log.lines.length, 1);
  });
}

for (const lines of ['Sec-WebSocket-Version: 8\r\n', '', `${version}Sec-WebSocket-Version: 8\r\n`]) {
  behaviour(`a handshake with ${JSON.stringify(lines)} as version is told which one is spoken`, async (stage) => {
    await stage.start({});
    const response = await stage.ask(get('/ws', UPGRADE + key + lines));
    assert.equal(response.firstLine, 'HTTP/1.1 426 Upgrade Required');
    assert.equal(response.get('upgrade'), 'websocket');
    assert.match(response.get('connection') ?? '', /^Upgrade\b/);
    assert.equal(response.get('sec-websocket-version'), '13');
    assert.match(response.body, /code: upgrade-bad-version\n/);
  });
}

behaviour('an upgrade that no rule matches is answered with 404', async (stage) => {
  const services = { api: { url: 'http://127.0.0.1:1' } };
  await stage.start({ services, host_rules: [{ pattern: 'other.example', target: 'api' }] });
  assert.equal((await stage.ask(handshake())).status, 404);
});

behaviour('the backend gets the handshake of the client, the client the 101 of the backend', async (stage) => {
  const offer =
    'Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Extensions: permessage-deflate; a=1\r\nOrigin: x\r\n';
  const { client, peer } = await asked(stage, handshake(`${offer}Content-Length: 0\r\n`));
  const sent = `GET /ws HTTP/1.1\r\nHost: a.example\r\n${key}${version}${offer}Content-Length: 0\r\n`;
  assert.equal(plain(peer.received), `${sent}${added('a.example')}${UPGRADE}\r\n`);
  const agreed = 'Sec-WebSocket-Protocol: superchat\r\nSec-WebSocket-Extensions: permessage-deflate\r\nX-A: 1\r\n';
  peer.send(switching(agreed));
  const response = await client.takeHead();
  assert.equal(
    response,
    `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n${agreed}${UPGRADE}\r\n`,
  );
  await stage.open('tunnels', 1);
  assert.equal(stage.log.all('tunnel opened').length, 1);
  client.end();
  peer.end();
  await stage.open('tunnels', 0);
  assert.equal(stage.log.all('tunnel closed').length, 1);
  assert.equal((await stage.outcome()).status, 101);
});

behaviour('upgrade among other options and protocols, in any case, is one', async (stage) => {
  const lines = `Connection: keep-alive, UPGRADE\r\nUpgrade: h2c, WebSocket\r\n${key}${version}`;
  const { client, peer } = await asked(stage, get('/ws', lines));
  peer.send(switching());
  assert.ok((await client.takeHead()).startsWith('HTTP/1.1 101 '));
});

const wrong: Record<string, string> = {
  'the wrong Accept': switching('', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='),
  'no Accept': `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}\r\n`,
  'two Accepts': switching(`Sec-WebSocket-Accept: ${ACCEPT}\r\n`),
  'another Upgrade': switching().replace('websocket', 'h2c'),
  'no Connection: upgrade': switching().replace('Connection: Upgrade', 'Connection: keep-alive'),
  'a subprotocol that was not offered': switching('Sec-WebSocket-Protocol: other\r\n'),
  'two subprotocols': switching('Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\n'),
  'an extension that was not offered': switching('Sec-WebSocket-Extensions: x-other\r\n'),
  'a 101 of HTTP/1.0': switching().replace('HTTP/1.1', 'HTTP/1.0'),
  'a body announced': switching('Content-Length: 5\r\n'),
};
for (const [what, answer] of Object.entries(wrong)) {
  behaviour(`a 101 with ${what} is answered with 502, and nothing is tunnelled`, async (stage) => {
    const offer = 'Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n';
    const { client, peer } = await asked(stage, `${handshake(offer)}early`);
    peer.send(`${answer}secret`);
    const response = await client.takeResponse();
    assert.equal(response.status, 502);
    assert.match(response.body, /code: bad-handshake\n/);
    assert.equal(await client.takeRest(), '');
    await peer.ending();
    assert.equal(peer.untaken, '');
    assert.equal(stage.log.all('tunnel refused')[0]?.cause, 'bad-handshake');
    assert.equal(stage.log.all('tunnel opened').length, 0);
  });
}

for (const [line, fields] of [
  ['401 Unauthorized', 'WWW-Authenticate: Basic\r\n'],
  ['302 Found', 'Location: /login\r\n'],
  ['404 Not Found', ''],
  ['200 OK', ''],
] as const) {
  behaviour(`another response to a handshake, ${line}, is relayed as it is`, async (stage) => {
    const { client, peer } = await asked(stage);
    peer.send(`HTTP/1.1 ${line}\r\n${fields}Content-Length: 4\r\n\r\nbody`);
    const response = await client.takeResponse();
    assert.equal(response.firstLine, `HTTP/1.1 ${line}`);
    assert.equal(response.body, 'body');
    if (fields !== '') assert.ok(response.lines.includes(fields.trim()));
    const [refused] = stage.log.all('tunnel refused');
    assert.deepEqual([refused?.cause, refused?.status], ['answered', Number(line.slice(0, 3))]);
  });
}

behaviour('bytes of the client ahead of the 101 wait for it, and come first', async (stage) => {
  const [early, and, late] = ['early', 'and', 'late'].map((word) => text('client', word).toString('latin1'));
  const { client, peer } = await asked(stage, `${handshake()}${early}`);
  client.send(`${and}`);
  await settled();
  assert.equal(peer.untaken, '');
  peer.send(switching());
  await client.takeHead();
  client.send(`${late}`);
  assert.equal(await peer.takeThrough(`${late}`), `${early}${and}${late}`);
});

behaviour("the backend's bytes behind its 101 come behind it", async (stage) => {
  const { client, peer } = await asked(stage);
  const [first, second] = ['first', 'second'].map((word) => text('backend', word).toString('latin1'));
  peer.send(`${switching()}${first}`);
  await client.takeHead();
  assert.equal(await client.take(7), first);
  peer.send(`${second}`);
  assert.equal(await client.take(8), second);
});

behaviour('a handshake takes at most handshake_timeout', async (stage) => {
  const { client, peer } = await asked(stage);
  await stage.pass(9_750);
  assert.equal(client.received, '');
  await stage.pass(250);
  const response = await client.takeResponse();
  assert.equal(response.status, 504);
  assert.match(response.body, /code: handshake-timeout\n/);
  await peer.ending();
});

behaviour('a backend that refuses the connection has the handshake go to the next', async (stage) => {
  const backend = await stage.rawBackend();
  const refusing = { url: `ws://127.0.0.1:${await unusedPort()}` };
  await stage.start({ backends: [refusing, backend] });
  const client = await stage.client();
  client.send(handshake());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(switching());
  assert.ok((await client.takeHead()).startsWith('HTTP/1.1 101 '));
});

for (const how of ['end', 'reset'] as const) {
  behaviour(`a backend that dies inside the handshake by ${how} has it go to the next`, async (stage) => {
    const [dying, backend] = [await stage.rawBackend(), await stage.rawBackend()];
    await stage.start({ backends: [dying, backend] });
    const client = await stage.client();
    client.send(handshake());
    const first = await dying.connection();
    await first.takeHead();
    first[how]();
    const peer = await backend.connection();
    assert.ok((await peer.takeHead()).startsWith('GET /ws '));
    peer.send(switching());
    assert.ok((await client.takeHead()).startsWith('HTTP/1.1 101 '));
  });

  behaviour(`a client that leaves inside the handshake by ${how} frees everything`, async (stage) => {
    const { client, peer } = await asked(stage, handshake(), { route: { half_close: 'allow' } });
    client[how]();
    await peer.ending();
    await stage.open('backendConnections', 0);
    assert.equal((await stage.outcome()).error?.code, 'client-gone');
    assert.equal(stage.log.all('tunnel refused').length, 1);
  });
}

behaviour("a backend's own 426 reaches the client with its Upgrade", async (stage) => {
  const { client, peer } = await asked(stage);
  const own = 'Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\nContent-Length: 0\r\n';
  peer.send(`HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\n${own}\r\n`);
  const response = await client.takeResponse();
  assert.equal(response.get('upgrade'), 'websocket');
  assert.equal(response.get('connection'), 'Upgrade, close');
  assert.equal(response.get('sec-websocket-version'), '8');
});

behaviour('a handshake on a pooled connection that dies is sent on a fresh one', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const first = await backend.connection();
  await first.takeHead();
  first.send('HTTP/1.1 204 No Content\r\n\r\n');
  await client.takeResponse();
  client.send(handshake());
  assert.ok((await first.takeHead()).startsWith('GET /ws '));
  first.reset();
  const second = await backend.connection(1);
  await second.takeHead();
  second.send(switching());
  assert.ok((await client.takeHead()).startsWith('HTTP/1.1 101 '));
});

behaviour(
  'a client that leaves with bytes ahead of the 101 frees everything at the latest at the timeout',
  async (stage) => {
    const { client, peer } = await asked(stage, `${handshake()}early`);
    client.reset();
    await stage.pass(10_000);
    await peer.ending();
    await stage.open('clientConnections', 0);
    assert.equal(peer.untaken, '');
  },
);
