import assert from 'node:assert/strict';
import { Authority } from '../../support/certificates.js';
import type { RawPeer } from '../../support/raw-peer.js';
import { behaviour, type Stage } from '../../support/stage.js';
import { until } from '../../support/turns.js';
import { folder, SecureBackend } from './secure-stage.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const parts = { random: () => 0.5 };
const trusting = { ca: folder.caFile };

async function answerAndEnd(peer: RawPeer): Promise<void> {
  peer.send(OK);
  await peer.ending();
  peer.end();
}

/** A backend with this certificate, and what its first check finds. */
async function firstCheck(
  stage: Stage,
  authority: Authority,
  type: string,
  tls: object,
  asking: object = {},
): Promise<SecureBackend> {
  const identity = { ...(await authority.issue({ names: ['127.0.0.1'] })), ...asking };
  const backend = await SecureBackend.listen(identity, (peer) => void answerAndEnd(peer).catch(() => {}));
  stage.closesBehind(backend);
  const health_check = { type, interval: '200ms' };
  const load_balancer = { backends: [{ url: `https://127.0.0.1:${backend.port}` }], health_check };
  await stage.start({ services: { api: { load_balancer, tls } } }, parts);
  stage.clock.advance(100);
  return backend;
}

for (const type of ['http', 'tcp']) {
  behaviour(`${type}: a check speaks TLS as the service does`, async (stage) => {
    const backend = await firstCheck(stage, folder.authority, type, trusting);
    await until(() => backend.peers.length > 0, 'the handshake');
    await stage.open('backendConnections', 0);
    assert.deepEqual([stage.backendChanges, backend.failures], [[], []]);
  });

  behaviour(`${type}: a backend whose certificate is not trusted fails its check`, async (stage) => {
    await firstCheck(stage, await Authority.create('CN=Stranger'), type, trusting);
    await until(() => stage.backendChanges.length > 0, 'the change');
    assert.match(stage.backendChanges[0]?.reason ?? '', /^tls-failed: .*certificate/);
  });
}

behaviour(
  'tcp: a backend that refuses our certificate fails its check, though only behind the handshake',
  async (stage) => {
    const asking = { ca: folder.authority.cert, requestCert: true, rejectUnauthorized: true };
    await firstCheck(stage, folder.authority, 'tcp', trusting, asking);
    await until(() => stage.backendChanges.length > 0, 'the change');
    assert.match(stage.backendChanges[0]?.reason ?? '', /^tls-failed: .*certificate required/);
  },
);

behaviour('where the service does not verify, its checks do not either', async (stage) => {
  const stranger = await Authority.create('CN=Stranger');
  const backend = await firstCheck(stage, stranger, 'http', { verify: false });
  await until(() => backend.peers.length > 0, 'the handshake');
  await stage.open('backendConnections', 0);
  assert.deepEqual(stage.backendChanges, []);
});
