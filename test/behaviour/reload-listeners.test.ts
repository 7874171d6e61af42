import assert from 'node:assert/strict';
import net from 'node:net';
import { freePort } from '../support/free-port.js';
import { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Setup } from '../support/stage.js';
import { answerAndLeave, openTunnel, takeClose } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const LAST = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

/** A rule for every host on each of these ports. */
function onPorts(backend: { readonly url: string }, ...ports: number[]): Setup {
  return { backends: [backend], host_rules: ports.map((port) => ({ pattern: '*', port, target: 'api' })) };
}

behaviour('a new port opens, the one that stays is never closed', async (stage) => {
  const backend = await stage.backend();
  await stage.start(onPorts(backend, 0));
  const { port } = stage;
  const open = await stage.client();
  const added = await freePort();
  const result = await stage.reload(onPorts(backend, 0, added));
  assert.deepEqual(result.ok && result.changes?.ports, { opened: [added], closed: [] });
  assert.equal(stage.port, port);
  const client = await stage.client(added);
  for (const peer of [open, client]) {
    peer.send(get());
    assert.equal((await peer.takeResponse()).status, 200);
  }
  const [line] = stage.log.all('reloaded');
  assert.deepEqual([line?.ports_opened, line?.rules_added], [[added], [`*:${added}`]]);
});

behaviour('a port that is removed closes; its connections finish what they have and end', async (stage) => {
  const backend = await stage.backend(() => null);
  const removed = await freePort();
  await stage.start(onPorts(backend, 0, removed));
  const [idle, busy, other] = [await stage.client(removed), await stage.client(removed), await stage.client()];
  busy.send(get());
  const { peer } = await backend.request();
  await stage.open('clientConnections', 3);
  const result = await stage.reload(onPorts(backend, 0));
  assert.deepEqual(result.ok && result.changes?.ports, { opened: [], closed: [removed] });
  assert.equal(await idle.ending(), 'fin');
  idle.end();
  await assert.rejects(RawPeer.connect(removed), { code: 'ECONNREFUSED' });
  peer.send(OK);
  assert.equal(await busy.takeRest(), LAST);
  busy.end();
  await stage.open('clientConnections', 1);
  other.send(get());
  (await backend.request(1)).peer.send(OK);
  assert.equal((await other.takeResponse()).get('connection'), undefined);
});

behaviour('a tunnel on a port that is removed is drained as one whose rule is gone', async (stage) => {
  const backend = await stage.rawBackend();
  const removed = await freePort();
  await stage.start(onPorts(backend, removed));
  const { client, backend: far } = await openTunnel(stage, backend);
  await stage.reload(onPorts(backend, 0));
  assert.equal(await takeClose(client, 'client'), '1012 service restart');
  await answerAndLeave(client, 'client');
  assert.equal(await takeClose(far, 'backend'), '1001 service restart');
  await answerAndLeave(far, 'backend');
});

behaviour('where a port cannot be opened nothing changes, and those that were opened close again', async (stage) => {
  const backend = await stage.backend();
  const taken = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port: takenPort } = taken.address() as net.AddressInfo;
  const free = await freePort();
  await stage.start(onPorts(backend, 0));
  const result = await stage.reload(onPorts(backend, free, takenPort));
  taken.close();
  assert.ok(!result.ok);
  assert.equal(result.reason, 'failed');
  assert.match(result.message, new RegExp(`^cannot listen on 127\\.0\\.0\\.1 port ${takenPort}: .*EADDRINUSE`));
  assert.deepEqual(
    stage.log.lines.map(({ level, message, fields }) => [level, message, fields.revision]),
    [['error', 'reload failed: nothing changed', 1]],
  );
  await assert.rejects(RawPeer.connect(free), { code: 'ECONNREFUSED' });
  assert.equal((await stage.ask(get())).status, 200);
  assert.equal(stage.proxy.listeners.length, 1);
});
