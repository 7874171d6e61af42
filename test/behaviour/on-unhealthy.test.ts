import assert from 'node:assert/strict';
import type { RawBackend } from '../support/raw-backend.js';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import {
  answerAndLeave,
  type Ends,
  handshake,
  openTunnel,
  switching,
  takeClose,
  text,
} from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const EVENTS = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const EVENT = '9\r\ndata: 1\n\n\r\n';

/** Taken out by its first failure, for 100 s. */
function failing(backend: RawBackend, on_unhealthy?: string): Setup {
  const passive_health_check = { failures: 1, retry_after: 100 };
  return { services: { api: { url: backend.url, passive_health_check, ...(on_unhealthy && { on_unhealthy }) } } };
}

/** One request on a connection of its own fails: the backend is taken out. */
async function fail(stage: Stage, backend: RawBackend): Promise<void> {
  const before = backend.connections.length;
  const client = await stage.client();
  client.send(get('/fails'));
  (await backend.connection(before)).reset();
  assert.equal((await client.takeResponse()).status, 502);
  client.destroy();
}

async function eventStream(stage: Stage, backend: RawBackend): Promise<Ends> {
  const before = backend.connections.length;
  const client = await stage.client();
  client.send(get('/events'));
  const peer = await backend.connection(before);
  await peer.takeHead();
  peer.send(EVENTS + EVENT);
  await client.takeThrough(EVENT);
  return { client, backend: peer };
}

async function ended({ client, backend }: Ends): Promise<void> {
  assert.equal(await takeClose(client, 'client'), '1012 service restart');
  await answerAndLeave(client, 'client');
  assert.equal(await takeClose(backend, 'backend'), '1001 service restart');
  await answerAndLeave(backend, 'backend');
}

/** Nothing was said to either side, and what one says reaches the other. */
async function alive({ client, backend }: Ends): Promise<void> {
  untouched([client, backend]);
  const ping = text('client', 'ping');
  client.send(ping);
  assert.equal(await backend.take(ping.length), ping.toString('latin1'));
}

function untouched(peers: readonly RawPeer[]): void {
  assert.deepEqual(
    peers.map((peer) => peer.untaken),
    peers.map(() => ''),
  );
}

for (const how of [undefined, 'keep']) {
  behaviour(`on_unhealthy ${how ?? 'not written'}: tunnels and event streams stay`, async (stage) => {
    const backend = await stage.rawBackend();
    await stage.start(failing(backend, how));
    const tunnel = await openTunnel(stage, backend);
    const stream = await eventStream(stage, backend);
    await fail(stage, backend);
    assert.equal(stage.backendChanges.length, 1);
    await stage.pass(29_000);
    await alive(tunnel);
    stream.backend.send(EVENT);
    assert.equal(await stream.client.takeThrough(EVENT), EVENT);
  });
}

behaviour('on_unhealthy close: all end at once, each in good order', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start(failing(backend, 'close'));
  const tunnels = [await openTunnel(stage, backend), await openTunnel(stage, backend)];
  const stream = await eventStream(stage, backend);
  await fail(stage, backend);
  for (const tunnel of tunnels) await ended(tunnel);
  assert.equal(await stream.client.takeThrough('0\r\n\r\n'), '0\r\n\r\n');
  await stage.open('tunnels', 0);
  const details = stage.log.all('tunnel closed').map(({ cause, detail }) => [cause, detail]);
  const why = 'its backend failed or was deactivated';
  assert.deepEqual(details, [
    ['drained', why],
    ['drained', why],
  ]);
});

behaviour('a stream that is inside an event is ended behind it', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start(failing(backend, 'close'));
  const stream = await eventStream(stage, backend);
  stream.backend.send(`6\r\ndata: \r\n`);
  await stream.client.takeThrough('data: \r\n');
  await fail(stage, backend);
  await settled();
  assert.equal(stream.client.untaken, '');
  stream.backend.send('3\r\n2\n\n\r\n');
  assert.equal(await stream.client.takeThrough('0\r\n\r\n'), '3\r\n2\n\n\r\n0\r\n\r\n');
});

behaviour('on_unhealthy drain: they end evenly over 30 s, the oldest first', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start(failing(backend, 'drain'));
  const [first, second, third] = [
    await openTunnel(stage, backend),
    await openTunnel(stage, backend),
    await openTunnel(stage, backend),
  ];
  await fail(stage, backend);
  await ended(first);
  await stage.pass(9_750);
  untouched([second.client, third.client]);
  await stage.pass(250);
  await ended(second);
  await stage.pass(9_750);
  untouched([third.client]);
  await stage.pass(250);
  await ended(third);
});

behaviour('on_unhealthy drain: who is left when the backend is back stays', async (stage) => {
  const backend = await stage.rawBackend();
  const { api } = failing(backend, 'drain').services as { api: object };
  const quick = { services: { api: { ...api, passive_health_check: { failures: 1, retry_after: 5 } } } };
  await stage.start(quick);
  const [first, second] = [await openTunnel(stage, backend), await openTunnel(stage, backend)];
  await fail(stage, backend);
  await ended(first);
  await stage.pass(5_000);
  const before = backend.connections.length;
  const client = await stage.client();
  client.send(get('/trial'));
  const peer = await backend.connection(before);
  await peer.takeHead();
  peer.send('HTTP/1.1 204 No Content\r\n\r\n');
  assert.equal((await client.takeResponse()).status, 204);
  assert.deepEqual(
    stage.backendChanges.map(({ became }) => became),
    ['taken-out', 'brought-back'],
  );
  await stage.pass(18_000);
  untouched([second.client]);
  await alive(second);
});

behaviour('a backend that a reload makes inactive has what is open on it ended, too', async (stage) => {
  const backend = await stage.rawBackend();
  const other = await stage.rawBackend();
  const setup = (active: boolean): Setup => {
    const backends = [{ url: backend.url, active }, { url: other.url }];
    return { services: { api: { load_balancer: { backends, on_unhealthy: 'close' } } } };
  };
  await stage.start(setup(true));
  const tunnel = await openTunnel(stage, backend);
  const stays = await openTunnel(stage, other);
  await stage.reload(setup(false));
  await ended(tunnel);
  await alive(stays);
  const made = 'the configuration says active false';
  assert.deepEqual(
    stage.backendChanges.map(({ became, reason }) => [became, reason]),
    [['changed', made]],
  );
  await stage.reload(setup(true));
  assert.equal(stage.backendChanges.length, 2);
  await stage.reload({ ...setup(true), advanced: { expose: true } });
  assert.equal(stage.backendChanges.length, 2, 'what stays as it is is not told');
});

behaviour('on_unhealthy drain: who is left when a reload watches the traffic no more stays', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start(failing(backend, 'drain'));
  const [first, second] = [await openTunnel(stage, backend), await openTunnel(stage, backend)];
  await fail(stage, backend);
  await ended(first);
  const { api } = failing(backend, 'drain').services as { api: object };
  await stage.reload({ services: { api: { ...api, passive_health_check: { failures: 0 } } } });
  assert.deepEqual(
    stage.backendChanges.map(({ became }) => became),
    ['taken-out', 'brought-back'],
  );
  await stage.pass(29_000);
  untouched([second.client]);
  await alive(second);
});

for (const how of ['close', 'drain']) {
  behaviour(`on_unhealthy ${how}: what opens only when its backend has failed is ended`, async (stage) => {
    const backend = await stage.rawBackend();
    await stage.start(failing(backend, how));
    const client = await stage.client();
    client.send(handshake());
    const peer = await backend.connection();
    await peer.takeHead();
    await fail(stage, backend);
    peer.send(switching());
    assert.match(await client.takeHead(), /^HTTP\/1\.1 101 /);
    await ended({ client, backend: peer });
  });
}

behaviour('what is open on other backends is not touched', async (stage) => {
  const [bad, good] = [await stage.rawBackend(), await stage.rawBackend()];
  const load_balancer = {
    backends: [{ url: bad.url }, { url: good.url }],
    on_unhealthy: 'close',
    passive_health_check: { failures: 1 },
    retry: { attempts: 1 },
  };
  await stage.start({ services: { api: { load_balancer } } });
  const gone = await openTunnel(stage, bad);
  const stays = await openTunnel(stage, good);
  await fail(stage, bad);
  await ended(gone);
  await stage.pass(5_000);
  await alive(stays);
});

behaviour('no weight takes new work only; active: false by a reload ends what is open, too', async (stage) => {
  const [first, second] = [await stage.rawBackend(), await stage.rawBackend()];
  const setup = (traits: object): Setup => {
    const backends = [{ url: first.url, ...traits }, { url: second.url }];
    return { services: { api: { load_balancer: { backends, on_unhealthy: 'close' } } } };
  };
  await stage.start(setup({}));
  const tunnel = await openTunnel(stage, first);
  await stage.reload(setup({ weight: 0 }));
  for (let round = 0; round < 2; round++) {
    const { client, backend } = await openTunnel(stage, second);
    client.destroy();
    backend.destroy();
    await stage.open('tunnels', 1);
  }
  await alive(tunnel);
  await stage.reload(setup({ active: false }));
  await ended(tunnel);
});
