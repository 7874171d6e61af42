import assert from 'node:assert/strict';
import { behaviour, type Stage } from '../../support/stage.js';
import { get } from '../../support/wire.js';
import { folder, SecureBackend, secureClient, shakeHands, tlsFor } from './secure-stage.js';

async function serialShown(stage: Stage): Promise<string | undefined> {
  const socket = await shakeHands(stage.port);
  const serial = socket.getPeerX509Certificate()?.serialNumber;
  socket.destroy();
  return serial;
}

behaviour('a reload with another certificate: new connections see it, open ones go on', async (stage) => {
  const backend = await stage.backend();
  const setup = async () => ({
    backends: [backend],
    host_rules: [{ pattern: 'a.example', target: 'api', tls: await tlsFor('a.example') }],
  });
  await stage.start(await setup());
  const before = await serialShown(stage);
  const client = await secureClient(stage.port);
  // The same files with other contents, as whoever renews certificates leaves them.
  const result = await stage.reload(await setup());
  assert.ok(result.ok && result.outcome === 'applied');
  const after = await serialShown(stage);
  assert.ok(before !== undefined && after !== undefined && before !== after);
  client.send(get());
  assert.equal((await client.takeResponse()).body, 'ok');
});

behaviour('a port that a reload has speak TLS: clients in plain go on, new ones come by TLS', async (stage) => {
  const backend = await stage.backend();
  const rule = { pattern: 'a.example', target: 'api' };
  await stage.start({ backends: [backend], host_rules: [rule] });
  const plain = await stage.plainClient();
  plain.send(get());
  await plain.takeResponse();
  await stage.reload({ backends: [backend], host_rules: [{ ...rule, tls: await tlsFor('a.example') }] });
  plain.send(get());
  assert.equal((await plain.takeResponse()).body, 'ok');
  const secure = await secureClient(stage.port);
  secure.send(get());
  assert.equal((await secure.takeResponse()).body, 'ok');
  assert.equal(stage.proxy.listeners[0]?.scheme, 'https');
});

behaviour('a reload that changes how TLS is spoken to a backend holds for the next connection', async (stage) => {
  const { cert, key } = await folder.authority.issue({ names: ['127.0.0.1'] });
  const backend = await SecureBackend.listen({ cert, key }, (peer) => {
    void peer.takeHead().then(() => peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  });
  const setup = (tls: object) => ({ services: { api: { url: `https://127.0.0.1:${backend.port}`, tls } } });
  await stage.start(setup({ ca: folder.caFile }));
  const client = await stage.client();
  client.send(get());
  assert.equal((await client.takeResponse()).status, 200);
  await stage.open('backendConnections', 1);
  await stage.reload(setup({ ca: folder.caFile, server_name: 'other.example' }));
  await stage.open('backendConnections', 0);
  client.send(get());
  assert.equal((await client.takeResponse()).status, 502);
  assert.equal(stage.log.all('exchange failed')[0]?.code, 'tls-failed');
  await backend.close();
});
