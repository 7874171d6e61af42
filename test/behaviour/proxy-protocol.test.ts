import assert from 'node:assert/strict';
import { binaryHeader, IPV6_ADDRESSES } from '../support/proxy-header.js';
import { behaviour, type Stage } from '../support/stage.js';
import { handshake, switching, text } from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const TEXT = 'PROXY TCP4 203.0.113.7 192.0.2.1 51000 443\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** The configuration, with this peer among the trusted. */
const announced = (...trusted: string[]) => {
  return { proxy_protocol: true, security: { trusted_proxies: ['127.0.0.1', ...trusted] } };
};
const untrusted = { proxy_protocol: true, security: { trusted_proxies: ['192.0.2.1'] } };

/** The addresses that a request has in our log and at the backend. */
async function addresses(stage: Stage, index = 0) {
  const request = await stageBackend(stage).request(index);
  await stage.outcome(index);
  const client = stage.ended[index]?.exchange.client;
  return {
    client: client?.address,
    peer: `${client?.peerAddress} ${client?.port}`,
    trusted: client?.trusted,
    forwardedFor: request.get('x-forwarded-for'),
  };
}

type Backend = Awaited<ReturnType<Stage['backend']>>;
const backends = new WeakMap<Stage, Backend>();
const stageBackend = (stage: Stage): Backend => backends.get(stage) as Backend;

async function start(stage: Stage, advanced: Readonly<Record<string, unknown>>): Promise<void> {
  const backend = await stage.backend();
  backends.set(stage, backend);
  await stage.start({ backends: [backend], advanced });
}

const fromHeader = { client: '203.0.113.7', peer: '203.0.113.7 51000', trusted: false, forwardedFor: '203.0.113.7' };

for (const [version, header, expected] of [
  ['1', Buffer.from(TEXT), fromHeader],
  ['2', binaryHeader({ checksum: true }), fromHeader],
  [
    '2 with IPv6',
    binaryHeader({ family: 0x21, addresses: IPV6_ADDRESSES }),
    { client: '2001:db8::7', peer: '2001:db8::7 51000', trusted: false, forwardedFor: '2001:db8::7' },
  ],
] as const) {
  behaviour(`a header of version ${version} names the client of every request of its connection`, async (stage) => {
    await start(stage, announced());
    const client = await stage.client();
    client.send(Buffer.concat([header, Buffer.from(get('/1') + get('/2'))]));
    assert.equal(await client.take(2 * OK.length), OK + OK);
    client.send(get('/3'));
    assert.equal(await client.take(OK.length), OK);
    for (const index of [0, 1, 2]) assert.deepEqual(await addresses(stage, index), expected);
  });

  behaviour(`a header of version ${version} may come byte by byte`, async (stage) => {
    await start(stage, announced());
    const client = await stage.client();
    for (const byte of header) {
      client.send(Buffer.of(byte));
      await settled(1);
    }
    client.send(get('/'));
    assert.equal(await client.take(OK.length), OK);
    assert.deepEqual(await addresses(stage), expected);
  });
}

behaviour('a WebSocket behind a header, its first frame in the same segment, is a tunnel', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: announced() });
  const client = await stage.client();
  const frame = text('client', 'first');
  client.send(Buffer.concat([Buffer.from(TEXT + handshake()), frame]));
  const peer = await backend.connection();
  assert.match(await peer.takeHead(), /^X-Forwarded-For: 203\.0\.113\.7\r$/m);
  peer.send(switching());
  await client.takeHead();
  assert.equal(await peer.take(frame.length), frame.toString('latin1'));
  await stage.open('tunnels', 1);
  assert.equal(stage.log.all('tunnel opened')[0]?.client, '203.0.113.7');
});

for (const [what, header] of [
  ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
  ['LOCAL', binaryHeader({ command: 0x20 })],
] as const) {
  behaviour(`behind ${what} the connection is its peer's own`, async (stage) => {
    await start(stage, announced());
    const client = await stage.client();
    client.send(Buffer.concat([header, Buffer.from(get())]));
    assert.equal(await client.take(OK.length), OK);
    const { client: address, peer, trusted, forwardedFor } = await addresses(stage);
    assert.deepEqual([address, trusted, forwardedFor], ['127.0.0.1', true, '127.0.0.1']);
    assert.match(peer, /^127\.0\.0\.1 \d+$/);
  });
}

behaviour('X-Forwarded-For of a client that was announced is not believed', async (stage) => {
  await start(stage, announced());
  const client = await stage.client();
  client.send(TEXT + get('/', 'X-Forwarded-For: 1.2.3.4\r\n'));
  await client.take(OK.length);
  assert.deepEqual(await addresses(stage), fromHeader);
});

behaviour('X-Forwarded-For of a client that was announced and is trusted itself is believed', async (stage) => {
  await start(stage, announced('203.0.113.0/24'));
  const client = await stage.client();
  client.send(TEXT + get('/', 'X-Forwarded-For: 1.2.3.4\r\n'));
  await client.take(OK.length);
  assert.deepEqual(await addresses(stage), {
    client: '1.2.3.4',
    peer: '203.0.113.7 51000',
    trusted: true,
    forwardedFor: '1.2.3.4, 203.0.113.7',
  });
});

for (const [why, bytes, code] of [
  ['no header', get(), 'missing-proxy-header'],
  ['a malformed line', 'PROXY TCP4 203.0.113.7 192.0.2.1 51000\r\n', 'bad-proxy-header'],
  ['a wrong checksum', binaryHeader({ tlvs: [[3, Buffer.alloc(4)]] }), 'bad-proxy-header'],
] as const) {
  behaviour(`a trusted peer with ${why} is closed on without an answer, and logged`, async (stage) => {
    await start(stage, announced());
    const client = await stage.client();
    client.send(bytes);
    await client.ending();
    assert.equal(client.received, '');
    const [line, ...more] = stage.log.all('request refused');
    assert.deepEqual(more, []);
    const { side, phase, status } = line ?? {};
    assert.deepEqual([line?.code, line?.client, side, phase, status], [code, '127.0.0.1', 'client', 'head', 0]);
    await stage.open('clientConnections', 0);
  });
}

behaviour('a second header is a bad request: the first has spoken', async (stage) => {
  await start(stage, announced());
  const client = await stage.client();
  client.send(TEXT + TEXT + get());
  assert.equal((await client.takeResponse()).status, 400);
  assert.equal(stage.log.all('request refused')[0]?.client, '203.0.113.7');
});

behaviour('a trusted peer that ends inside its header is logged, one that says nothing is not', async (stage) => {
  await start(stage, announced());
  const silent = await stage.client();
  silent.end();
  await silent.ending();
  assert.deepEqual(stage.log.codes, []);
  const cut = await stage.client();
  cut.send(TEXT.slice(0, 20));
  cut.end();
  await cut.ending();
  assert.deepEqual(stage.log.codes, ['bad-proxy-header']);
});

for (const sent of ['', TEXT.slice(0, 20)]) {
  behaviour(`a header that is not whole after header_timeout is refused (${sent.length} bytes)`, async (stage) => {
    await start(stage, announced());
    const client = await stage.client();
    await stage.open('clientConnections', 1);
    client.send(sent);
    await stage.pass(9_500);
    assert.deepEqual([client.endings, stage.log.codes], [[], []]);
    await stage.pass(750);
    await client.ending();
    assert.deepEqual(stage.log.codes, ['proxy-header-timeout']);
  });
}

behaviour('a drain ends connections that wait for their header', async (stage) => {
  await start(stage, announced());
  const client = await stage.client();
  await stage.open('clientConnections', 1);
  const drained = stage.proxy.drain();
  assert.equal(await client.ending(), 'fin');
  client.end();
  await stage.open('clientConnections', 0);
  await stage.pass(250);
  await drained;
});

for (const [where, advanced] of [
  ['from a peer that is not trusted', untrusted],
  ['where proxy_protocol is off', { security: { trusted_proxies: ['127.0.0.1'] } }],
] as const) {
  behaviour(`${where}, requests are served as ever and a header is a bad request`, async (stage) => {
    await start(stage, advanced);
    assert.equal((await stage.ask(get())).status, 200);
    assert.equal((await addresses(stage)).client, '127.0.0.1');
    for (const header of [TEXT, 'PROXY UNKNOWN\r\n', binaryHeader().toString('latin1')]) {
      const client = await stage.client();
      client.send(header + get());
      const { status } = await client.takeResponse();
      assert.equal(status, 400, JSON.stringify(header));
    }
    assert.equal(stageBackend(stage).requests.length, 1);
  });
}
