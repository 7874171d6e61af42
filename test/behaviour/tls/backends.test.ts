import assert from 'node:assert/strict';
import type tls from 'node:tls';
import { Authority } from '../../support/certificates.js';
import type { RawPeer } from '../../support/raw-peer.js';
import { behaviour, type Stage } from '../../support/stage.js';
import { until } from '../../support/turns.js';
import { get } from '../../support/wire.js';
import { clientIdentity, folder, SecureBackend } from './secure-stage.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const stranger = await Authority.create('CN=Stranger');
const good = await folder.authority.issue({ names: ['localhost', '127.0.0.1'] });

async function answering(peer: RawPeer, response: string): Promise<void> {
  while (await peer.someBytes()) {
    await peer.takeHead();
    peer.send(response);
  }
}

/** A proxy in front of one TLS backend. */
async function start(
  stage: Stage,
  backend: tls.TLSSocketOptions & tls.SecureContextOptions,
  service: object = {},
  url = 'https://127.0.0.1',
): Promise<SecureBackend> {
  const listening = await SecureBackend.listen(backend, (peer) => void answering(peer, OK).catch(() => {}));
  stage.closesBehind(listening);
  const api = { url: `${url}:${listening.port}`, ...service };
  await stage.start({ services: { api } });
  return listening;
}

const trusting = { tls: { ca: folder.caFile } };

behaviour('a backend is spoken to in TLS 1.3 with http/1.1, its host as server name', async (stage) => {
  const backend = await start(stage, { ...good, ALPNProtocols: ['h2', 'http/1.1'] }, trusting, 'wss://localhost');
  assert.equal((await stage.ask(get())).body, 'ok');
  const [socket] = backend.sockets as (tls.TLSSocket & { servername: unknown })[];
  assert.deepEqual(
    [socket?.getProtocol(), socket?.alpnProtocol, socket?.servername],
    ['TLSv1.3', 'http/1.1', 'localhost'],
  );
});

behaviour('an address is no server name; server_name is one', async (stage) => {
  const plain = await start(stage, good, trusting);
  await stage.ask(get());
  assert.equal((plain.sockets[0] as unknown as { servername: unknown }).servername, false);
});

behaviour('server_name is asked for, and looked for in the certificate', async (stage) => {
  const named = await folder.authority.issue({ names: ['api.internal'] });
  const backend = await start(stage, named, { tls: { ca: folder.caFile, server_name: 'api.internal' } });
  assert.equal((await stage.ask(get())).status, 200);
  assert.equal((backend.sockets[0] as unknown as { servername: unknown }).servername, 'api.internal');
});

const wrong: Readonly<Record<string, [() => Promise<tls.SecureContextOptions>, RegExp]>> = {
  'of an unknown authority': [() => stranger.issue({ names: ['127.0.0.1'] }), /^UNABLE_TO_VERIFY_LEAF_SIGNATURE: /],
  expired: [
    () => folder.authority.issue({ names: ['127.0.0.1'], fromDays: -9, untilDays: -2 }),
    /^CERT_HAS_EXPIRED: certificate has expired$/,
  ],
  'for another name': [
    () => folder.authority.issue({ names: ['b.example'] }),
    /^ERR_TLS_CERT_ALTNAME_INVALID: .*127\.0\.0\.1/,
  ],
};
for (const [how, [make, reason]] of Object.entries(wrong)) {
  behaviour(`a backend whose certificate is ${how} gets no request: 502, the reason in the log only`, async (stage) => {
    await start(stage, await make(), trusting);
    const response = await stage.ask(get());
    assert.equal(response.status, 502);
    assert.match(response.body, /code: tls-failed/);
    assert.doesNotMatch(response.body, /CERT|ERR_|127\.0\.0\.1/);
    const [line] = stage.log.all('exchange failed');
    assert.equal(line?.code, 'tls-failed');
    assert.match(String(line?.detail), reason);
  });
}

behaviour('verify: false takes any certificate', async (stage) => {
  await start(stage, await stranger.issue({ names: ['b.example'] }), { tls: { verify: false } });
  assert.equal((await stage.ask(get())).status, 200);
});

behaviour('the authorities Node knows vouch where no ca is written', async (stage) => {
  await start(stage, good);
  assert.equal((await stage.ask(get())).status, 502);
});

behaviour('a backend that asks for a certificate gets that of the service', async (stage) => {
  const files = folder.writeIdentity('proxy', await clientIdentity('CN=the proxy'));
  const asking = { ...good, requestCert: true, ca: folder.authority.cert };
  const backend = await start(stage, asking, { tls: { ca: folder.caFile, ...files } });
  await stage.ask(get());
  assert.equal(backend.sockets[0]?.getPeerX509Certificate()?.subject, 'CN=the proxy');
});

behaviour('min_version: "1.3" speaks to nobody older', async (stage) => {
  const old = { ...good, maxVersion: 'TLSv1.2' } as const;
  await start(stage, old, { tls: { ca: folder.caFile, min_version: '1.3' } });
  assert.equal((await stage.ask(get())).status, 502);
  assert.equal(stage.log.codes[0], 'tls-failed');
});

behaviour('a plain port spoken to in TLS is tls-failed', async (stage) => {
  const plain = await stage.plainBackend();
  await stage.start({ services: { api: { url: `https://127.0.0.1:${plain.port}`, ...trusting } } });
  const asked = stage.ask(get());
  const peer = await plain.connection();
  await peer.take(5);
  peer.send('HTTP/1.1 400 Bad Request\r\n\r\n');
  assert.equal((await asked).status, 502);
  assert.deepEqual(stage.log.codes, ['tls-failed']);
});

behaviour('one that closes, or resets, in the middle of the handshake is tls-failed', async (stage) => {
  const plain = await stage.plainBackend();
  await stage.start({ services: { api: { url: `https://127.0.0.1:${plain.port}`, ...trusting } } });
  for (const [index, how] of (['end', 'reset'] as const).entries()) {
    const asked = stage.ask(get());
    const peer = await plain.connection(index);
    await peer.take(5);
    peer[how]();
    assert.equal((await asked).status, 502, how);
  }
  assert.deepEqual(stage.log.codes, ['tls-failed', 'tls-failed']);
});

behaviour('a handshake not done within dial_timeout is connect-timeout, 504', async (stage) => {
  const silent = await stage.plainBackend();
  const advanced = { timeout: { dial_timeout: 3 } };
  await stage.start({ services: { api: { url: `https://127.0.0.1:${silent.port}`, ...trusting } }, advanced });
  const asked = stage.ask(get());
  await (await silent.connection()).take(5);
  await stage.pass(3_250);
  assert.equal((await asked).status, 504);
  assert.deepEqual(stage.log.codes, ['connect-timeout']);
});

behaviour('the next connection resumes the session of the last', async (stage) => {
  const backend = await start(stage, good, trusting);
  await stage.ask(get());
  backend.peers[0]?.end();
  await stage.open('backendConnections', 0);
  await stage.ask(get());
  await until(() => backend.sockets.length === 2, 'a second connection');
  assert.equal(backend.sockets[1]?.isSessionReused(), true);
});

behaviour('a body until close that ends with close_notify is whole; without one it is cut', async (stage) => {
  const head = 'HTTP/1.1 200 OK\r\n\r\nall there is';
  const endings: ((peer: RawPeer, raw: { end(): void }) => void)[] = [(peer) => peer.end(), (_peer, raw) => raw.end()];
  const listening = await SecureBackend.listen(good, (peer, raw) => {
    const finish = endings.shift();
    void peer.takeHead().then(() => {
      peer.send(head);
      void until(() => peer.unsentBytes === 0, 'the bytes are out').then(() => finish?.(peer, raw));
    });
  });
  stage.closesBehind(listening);
  await stage.start({ services: { api: { url: `https://127.0.0.1:${listening.port}`, ...trusting } } });
  assert.equal((await stage.ask(get())).body, 'all there is');
  assert.equal((await stage.outcome()).error, null);
  const client = await stage.client();
  client.send('GET / HTTP/1.0\r\n\r\n');
  await client.takeThrough('all there is');
  assert.equal(await client.wasReset(), true);
  assert.equal((await stage.outcome(1)).error?.code, 'backend-gone');
});

behaviour('a response with a length is whole, however its connection ends', async (stage) => {
  const listening = await SecureBackend.listen(good, (peer, raw) => {
    void peer.takeHead().then(() => {
      peer.send(OK);
      void until(() => peer.unsentBytes === 0, 'the bytes are out').then(() => raw.end());
    });
  });
  stage.closesBehind(listening);
  await stage.start({ services: { api: { url: `https://127.0.0.1:${listening.port}`, ...trusting } } });
  assert.equal((await stage.ask(get())).body, 'ok');
  await stage.open('backendConnections', 0);
});
