import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TlsClient } from '../../../../src/channel/tls-client.js';
import { acceptFor } from '../../../../src/protocol/websocket/handshake.js';
import type { HealthCheckTraits, ProbeResult } from '../../../../src/service/health/probe.js';
import { RawBackend, unusedPort } from '../../../support/raw-backend.js';
import type { RawPeer } from '../../../support/raw-peer.js';
import { stageCertificates } from '../../../support/tls-variant.js';
import { settled, until } from '../../../support/turns.js';
import { bad, GOOD, RealProbes } from './probe-stand.js';

type Play = (peer: RawPeer) => void | Promise<void>;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const asking = ['http', 'websocket'] as const;

/** One probe of a backend that does this with its connection. */
async function against(play: Play, traits: Partial<HealthCheckTraits> = {}): Promise<ProbeResult | null | undefined> {
  const played: (void | Promise<void>)[] = [];
  const backend = await RawBackend.listen((peer) => void played.push(play(peer)), null);
  const result = await new RealProbes().ask({ host: '127.0.0.1', port: backend.port }, traits);
  await until(() => played.length > 0, 'the connection');
  await Promise.all(played);
  await backend.close();
  return result;
}

/** A WebSocket server: the handshake, then what it does once it has read the Close. */
function websocketServer(closing: Play): Play {
  return async (peer) => {
    const key = /Sec-WebSocket-Key: (\S+)/.exec(await peer.takeHead())?.[1] ?? '';
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
    peer.send(`${switched}Sec-WebSocket-Accept: ${acceptFor(key)}\r\n\r\n\x81\x05hello`);
    await peer.take(8);
    await closing(peer);
  };
}

function reasonOf(result: ProbeResult | null | undefined): string {
  return result?.good === false ? result.reason : `no bad result: ${JSON.stringify(result)}`;
}

test('http: a backend that answers is good, and sees the end of the connection', async () => {
  let ending = '';
  const result = await against(async (peer) => {
    await peer.takeHead();
    peer.send(OK);
    ending = await peer.ending();
  });
  assert.deepEqual([result, ending], [GOOD, 'fin']);
});

test('tcp: a backend that accepts is good, also where it greets', async () => {
  assert.deepEqual(await against(() => {}, { type: 'tcp' }), GOOD);
  assert.deepEqual(await against((peer) => peer.send('220 ready\r\n'), { type: 'tcp' }), GOOD);
});

test('websocket: a server that answers the Close and ends the connection is good', async () => {
  let ending = '';
  const play = websocketServer(async (peer) => {
    peer.send('\x88\x02\x03\xe8');
    peer.end();
    ending = await peer.ending();
  });
  assert.deepEqual([await against(play, { type: 'websocket' }), ending], [GOOD, 'fin']);
});

test('websocket: a server that resets behind its 101 has shown that it is well', async () => {
  assert.deepEqual(
    await against(
      websocketServer((peer) => peer.reset()),
      { type: 'websocket' },
    ),
    GOOD,
  );
});

test('websocket: a server that does not react to the Close is left after a second', async () => {
  const probes = new RealProbes();
  let closeRead = false;
  const backend = await RawBackend.listen(
    websocketServer(() => {
      closeRead = true;
    }) as (peer: RawPeer) => void,
    null,
  );
  const results = probes.begin({ host: '127.0.0.1', port: backend.port }, { type: 'websocket' });
  await until(() => closeRead, 'the Close');
  assert.deepEqual(results, []);
  probes.clock.advance(1000);
  assert.deepEqual([results, probes.counters.open()], [[GOOD], {}]);
  assert.equal(await backend.connections[0]?.ending(), 'fin');
  await backend.close();
});

for (const type of ['http', 'tcp', 'websocket'] as const) {
  test(`${type}: a refused connection is bad`, async () => {
    const port = await unusedPort();
    const result = await new RealProbes().ask({ host: '127.0.0.1', port }, { type });
    assert.deepEqual(result, bad(`connect-refused: connect ECONNREFUSED 127.0.0.1:${port}`));
  });
}

for (const type of asking) {
  const faults: Readonly<Record<string, [play: Play, reason: RegExp]>> = {
    // The kernel may have the reset before it tells of the connection.
    'resets at once': [(peer) => peer.reset(), /^(?:backend-gone|connect-failed): .*ECONNRESET/],
    'resets instead of an answer': [
      async (peer) => {
        await peer.takeHead();
        peer.reset();
      },
      /^backend-gone: .*ECONNRESET/,
    ],
    'resets within its head': [
      async (peer) => {
        await peer.takeHead();
        peer.send('HTTP/1.1 200 OK\r\nX');
        await settled();
        peer.reset();
      },
      /^backend-gone: /,
    ],
    'ends without an answer': [
      async (peer) => {
        await peer.takeHead();
        peer.end();
      },
      /^backend-gone: the backend ended the connection$/,
    ],
    'speaks another protocol': [(peer) => peer.send('SSH-2.0-OpenSSH_9.7\r\n\r\n'), /^bad-response: bad-status-line: /],
    'sends an endless head': [
      (peer) => peer.send(`HTTP/1.1 200 OK\r\n${`X-Line: ${'x'.repeat(1000)}\r\n`.repeat(200)}`),
      /^bad-response: head-too-large: /,
    ],
    'sends a line that never ends': [
      (peer) => peer.send(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`),
      /^bad-response: head-too-large: /,
    ],
    'contradicts itself in its framing': [
      (peer) => peer.send('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'),
      /^bad-response: duplicate-content-length: /,
    ],
  };
  for (const [name, [play, reason]] of Object.entries(faults)) {
    test(`${type}: a backend that ${name} is bad`, async () => {
      assert.match(reasonOf(await against(play, { type })), reason);
    });
  }

  test(`${type}: a silent backend is bad at the timeout, and sees the end of the connection`, async () => {
    const probes = new RealProbes();
    const backend = await RawBackend.listen(() => {}, null);
    const results = probes.begin({ host: '127.0.0.1', port: backend.port }, { type, timeoutMs: 5000 });
    const peer = await backend.connection();
    await peer.takeHead();
    probes.clock.advance(5000);
    assert.deepEqual([results, probes.counters.open()], [[bad('no answer within 5 s')], {}]);
    assert.equal(await peer.ending(), 'fin');
    await backend.close();
  });
}

test('http: a 101 that nobody asked for is bad', async () => {
  const play: Play = (peer) => peer.send('HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  assert.equal(reasonOf(await against(play)), 'bad-response: bad-response: a 101 that nobody asked for');
});

test('over TLS, the handshake is part of every probe', async () => {
  const { folder, identity } = await stageCertificates();
  const trusting = { host: '127.0.0.1', ca: folder.authority.cert, verify: true, minVersion: 'TLSv1.2' as const };
  const play = async (peer: RawPeer): Promise<void> => {
    peer.send(OK);
    await peer.ending();
    peer.end();
  };
  const backend = await RawBackend.listen((peer) => void play(peer).catch(() => {}), identity);
  const ask = (type: HealthCheckTraits['type'], options: Partial<ConstructorParameters<typeof TlsClient>[0]> = {}) => {
    const tls = new TlsClient({ ...trusting, ...options });
    return new RealProbes().ask({ host: '127.0.0.1', port: backend.port, tls }, { type });
  };
  assert.deepEqual(await ask('http'), GOOD);
  assert.deepEqual(await ask('tcp'), GOOD);
  assert.deepEqual(await ask('websocket'), bad('no valid 101: status 200'));
  for (const type of ['http', 'tcp', 'websocket'] as const) {
    assert.match(reasonOf(await ask(type, { ca: undefined })), /^tls-failed: .*certificate/);
    assert.match(
      reasonOf(await ask(type, { serverName: 'else.example' })),
      /^tls-failed: ERR_TLS_CERT_ALTNAME_INVALID/,
    );
    assert.deepEqual(
      await ask(type, { ca: undefined, verify: false }),
      type === 'websocket' ? bad('no valid 101: status 200') : GOOD,
    );
  }
  await backend.close();
});

test('over TLS, a tcp probe brings its handshake to an end, and says that it leaves', async () => {
  const { folder, identity } = await stageCertificates();
  const endings: string[] = [];
  const play = async (peer: RawPeer): Promise<void> => {
    endings.push(await peer.ending());
    peer.end();
  };
  const backend = await RawBackend.listen((peer) => void play(peer), identity);
  const tls = new TlsClient({ host: '127.0.0.1', ca: folder.authority.cert, verify: true, minVersion: 'TLSv1.2' });
  for (let round = 1; round <= 3; round++) {
    const result = await new RealProbes().ask({ host: '127.0.0.1', port: backend.port, tls }, { type: 'tcp' });
    assert.deepEqual([result, endings.length], [GOOD, round]);
  }
  assert.deepEqual(endings, ['fin', 'fin', 'fin']);
  await backend.close();
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`over ${version}, a backend that refuses our certificate is bad, also where the handshake seemed to be over`, async () => {
    const { folder, identity } = await stageCertificates();
    const ca = folder.authority.cert;
    const asking = { ...identity, ca, requestCert: true, rejectUnauthorized: true, maxVersion: version };
    const backend = await RawBackend.listen((peer) => peer.send(OK), asking);
    const tls = new TlsClient({ host: '127.0.0.1', ca, verify: true, minVersion: 'TLSv1.2' });
    for (const type of ['http', 'tcp', 'websocket'] as const) {
      const result = await new RealProbes().ask({ host: '127.0.0.1', port: backend.port, tls }, { type });
      assert.match(reasonOf(result), /^(?:tls-failed: ERR_SSL_[\w/]+|backend-gone): [a-z0-9 /]*alert [a-z ]+$/);
    }
    await backend.close();
  });
}

test('over TLS, a backend that speaks none or never answers the handshake is bad', async () => {
  const tls = new TlsClient({ host: '127.0.0.1', verify: true, minVersion: 'TLSv1.2' });
  for (const type of ['http', 'tcp', 'websocket'] as const) {
    const plain = await RawBackend.listen((peer) => peer.send('HTTP/1.1 400 Bad Request\r\n\r\n'), null);
    const result = await new RealProbes().ask({ host: '127.0.0.1', port: plain.port, tls }, { type });
    assert.match(reasonOf(result), /^tls-failed: /);
    await plain.close();
    const probes = new RealProbes();
    const silent = await RawBackend.listen(() => {}, null);
    const results = probes.begin({ host: '127.0.0.1', port: silent.port, tls }, { type, timeoutMs: 2000 });
    await (await silent.connection()).take(1);
    probes.clock.advance(2000);
    assert.deepEqual([results, probes.counters.open()], [[bad('no connection within 2 s')], {}]);
    await silent.connections[0]?.ending();
    await silent.close();
  }
});
