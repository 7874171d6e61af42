import assert from 'node:assert/strict';
import net from 'node:net';
import { behaviour, type Stage } from '../../support/stage.js';
import { until } from '../../support/turns.js';
import { get } from '../../support/wire.js';
import { folder, handshakeError, secureClient, sessionOf, shakeHands, tlsFor } from './secure-stage.js';

/** The common names and alternatives of what the proxy shows for a server name. */
async function shownFor(stage: Stage, servername: string | undefined): Promise<string | undefined> {
  const socket = await shakeHands(stage.port, {
    ...(servername === undefined ? { servername: '' } : { servername }),
    checkServerIdentity: () => undefined,
  });
  const shown = socket.getPeerX509Certificate()?.subjectAltName;
  socket.destroy();
  return shown;
}

behaviour('a request over TLS is one over https, to the backend too', async (stage) => {
  const backend = await stage.backend();
  const tls = await tlsFor('a.example');
  await stage.start({ backends: [backend], host_rules: [{ pattern: 'a.example', target: 'api', tls }] });
  assert.equal(stage.proxy.listeners[0]?.scheme, 'https');
  const client = await secureClient(stage.port);
  client.send(get());
  assert.equal((await client.takeResponse()).body, 'ok');
  assert.equal((await backend.request()).get('x-forwarded-proto'), 'https');
  const exchange = stage.ended[0]?.exchange;
  assert.equal(exchange?.request.scheme, 'https');
  assert.deepEqual(exchange?.client.tls, {
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    serverName: 'a.example',
    resumed: false,
    subject: null,
    clientAuthority: null,
  });
});

behaviour('the certificate is chosen by SNI: exact, wildcard, else the first', async (stage) => {
  const rule = async (pattern: string) => ({ pattern, target: 'api', tls: await tlsFor(pattern) });
  const host_rules = [await rule('first.example'), await rule('*.example.org'), await rule('www.example.org')];
  await stage.start({ host_rules: [...host_rules, { pattern: 'plain.example', target: 'api' }] });
  for (const [servername, shown] of [
    ['first.example', 'first.example'],
    ['www.example.org', 'www.example.org'],
    ['WWW.Example.ORG', 'www.example.org'],
    ['deep.down.example.org', '*.example.org'],
    ['example.org', 'first.example'],
    ['plain.example', 'first.example'],
    [undefined, 'first.example'],
  ] as const) {
    assert.equal(await shownFor(stage, servername), `DNS:${shown}`, String(servername));
  }
});

behaviour('RSA and ECDSA, TLS 1.2 and 1.3; nothing older', async (stage) => {
  const rsa = await folder.authority.issue({ names: ['rsa.example'], algorithm: 'RSA' });
  const host_rules = [
    { pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') },
    { pattern: 'rsa.example', target: 'api', tls: folder.writeIdentity('rsa', rsa) },
  ];
  await stage.start({ host_rules });
  for (const servername of ['a.example', 'rsa.example']) {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await shakeHands(stage.port, { servername, minVersion: version, maxVersion: version });
      assert.equal(socket.getProtocol(), version);
      socket.destroy();
    }
  }
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  assert.match((await handshakeError(stage.port, old)).message, /alert protocol version|alert number 70/);
});

behaviour('http/1.1 is agreed on by ALPN; a client that offers only others gets an alert', async (stage) => {
  await stage.start({ host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }] });
  const socket = await shakeHands(stage.port, { ALPNProtocols: ['h2', 'http/1.1'] });
  assert.equal(socket.alpnProtocol, 'http/1.1');
  socket.destroy();
  const error = await handshakeError(stage.port, { ALPNProtocols: ['h2'] });
  assert.match(error.message, /no application protocol|alert number 120/);
});

behaviour('sessions are resumed', async (stage) => {
  const backend = await stage.backend();
  await stage.start({
    backends: [backend],
    host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }],
  });
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const first = await shakeHands(stage.port, { maxVersion: version });
    first.write(get());
    const session = await sessionOf(first);
    first.destroy();
    const again = await shakeHands(stage.port, { maxVersion: version, session });
    assert.equal(again.isSessionReused(), true, version);
    again.write(get());
    await until(() => stage.ended.at(-1)?.exchange.client.tls?.resumed === true, 'a request on it');
    again.destroy();
    await stage.open('clientConnections', 0);
  }
});

behaviour('plain HTTP on a TLS port is told so, and closed', async (stage) => {
  await stage.start({ host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }] });
  const client = await stage.plainClient();
  client.send(get());
  const response = await client.takeResponse();
  assert.equal(response.status, 400);
  assert.equal(response.body, 'this port speaks TLS: use https or wss\n');
  assert.equal(await client.ending(), 'fin');
  client.end();
  await stage.open('clientConnections', 0);
  const line = stage.log.lines.find(({ message }) => message === 'plain HTTP on a TLS port');
  assert.equal(line?.level, 'info');
});

behaviour(
  'plain HTTP that comes bit by bit on a TLS port is told so too: no reset overtakes the answer',
  async (stage) => {
    await stage.start({ host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }] });
    const client = await stage.plainClient();
    const request = Buffer.from(get(), 'latin1');
    for (const byte of request) {
      client.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    const response = await client.takeResponse();
    assert.equal(response.status, 400);
    assert.equal(await client.ending(), 'fin');
    client.end();
    await stage.open('clientConnections', 0);
  },
);

behaviour('a handshake and its first head have header_timeout together', async (stage) => {
  await stage.start({
    host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }],
    advanced: { timeout: { header_timeout: 5 } },
  });
  const silent = await stage.plainClient();
  const halfway = await stage.plainClient();
  halfway.send(Buffer.from('16030100c8010000c40303', 'hex'));
  const slow = await secureClient(stage.port);
  slow.send('GET / HT');
  await stage.open('clientConnections', 3);
  await stage.pass(5_000);
  assert.equal((await slow.takeResponse()).status, 408);
  slow.end();
  await silent.ending();
  await halfway.ending();
  await stage.pass(2_500);
  await stage.open('clientConnections', 0);
});

behaviour('what is no TLS, or breaks off in the middle of a handshake, leaves nothing open', async (stage) => {
  await stage.start({ host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }] });
  const seen: Buffer[] = [];
  // What a client would say first.
  const listener = net.createServer((socket) => socket.once('data', (bytes) => seen.push(bytes)));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as net.AddressInfo;
  const dialing = net.connect(port, '127.0.0.1');
  const { connect } = await import('node:tls');
  const hello = connect({ socket: dialing, servername: 'a.example' });
  hello.on('error', () => {});
  await until(() => seen.length > 0, 'a ClientHello');
  hello.destroy();
  dialing.destroy();
  listener.close();
  const bytes = seen[0] as Buffer;
  const failures = () => stage.log.lines.filter(({ message }) => message === 'TLS handshake failed');
  const ways = [
    [Buffer.from('\0\0\0\0 no TLS at all'), 'end'],
    [bytes.subarray(0, 3), 'end'],
    [bytes.subarray(0, 100), 'reset'],
    [bytes, 'end'],
    [bytes, 'reset'],
    [Buffer.concat([bytes, Buffer.from('ffffffffffff', 'hex')]), 'end'],
  ] as const;
  for (const [index, [sent, how]] of ways.entries()) {
    const client = await stage.plainClient();
    client.send(sent);
    if (how === 'end') client.end();
    else client.reset();
    await until(() => failures().length > index, `failure ${index}`);
    await stage.open('clientConnections', 0);
    client.destroy();
  }
  assert.deepEqual([...new Set(failures().map(({ level }) => level))], ['debug']);
  assert.deepEqual(
    failures().map(({ fields }) => fields.failed),
    ways.map((_way, index) => index + 1),
  );
});

behaviour('a TLS 1.2 client cannot renegotiate', async (stage) => {
  await stage.start({ host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }] });
  const socket = await shakeHands(stage.port, { maxVersion: 'TLSv1.2' });
  const refused = new Promise<Error>((resolve) => socket.on('error', resolve));
  socket.renegotiate({}, () => {});
  assert.match((await refused).message, /no renegotiation|alert number 100/);
  await stage.open('clientConnections', 0);
});
