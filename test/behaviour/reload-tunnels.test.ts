import assert from 'node:assert/strict';
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

interface Url {
  readonly url: string;
}

/** `/ws` to `chat`, the rest to `other`. */
function chat(
  backends: readonly Url[],
  more: { rule?: object; rules?: readonly object[]; advanced?: NonNullable<Setup['advanced']> } = {},
): Setup {
  const { rule = {}, rules = [{ pattern: '/ws', target: 'chat', ...rule }], advanced = {} } = more;
  return {
    services: {
      chat: { load_balancer: { backends: backends.map(({ url }) => ({ url })) } },
      other: { url: 'http://127.0.0.1:1' },
    },
    host_rules: [{ pattern: '*', target: 'other', route_rules: rules }],
    advanced,
  };
}

async function bothAlive({ client, backend }: Ends): Promise<void> {
  const [ping, pong] = [text('client', 'ping'), text('backend', 'pong')];
  client.send(ping);
  assert.equal(await backend.take(ping.length), ping.toString('latin1'));
  backend.send(pong);
  assert.equal(await client.take(pong.length), pong.toString('latin1'));
}

async function drained({ client, backend }: Ends): Promise<void> {
  assert.equal(await takeClose(client, 'client'), '1012 service restart');
  await answerAndLeave(client, 'client');
  assert.equal(await takeClose(backend, 'backend'), '1001 service restart');
  await answerAndLeave(backend, 'backend');
}

function onRemoved(stage: Stage): unknown[] {
  const line = stage.log.all('reloaded').at(-1);
  return [line?.tunnels_on_removed, line?.event_streams_on_removed, line?.removed];
}

behaviour('tunnels on unchanged and on changed rules stay', async (stage) => {
  const [backend, more] = [await stage.rawBackend(), await stage.rawBackend()];
  await stage.start(chat([backend]));
  const ends = await openTunnel(stage, backend);
  await stage.reload(chat([backend, more]));
  await stage.reload(chat([backend], { rule: { encoded_slash: 'reject', methods: ['GET'] } }));
  await stage.reload(chat([backend], { rule: { target: 'other' }, advanced: { expose: true } }));
  assert.deepEqual(onRemoved(stage), [0, 0, undefined]);
  await stage.pass(20_000);
  await bothAlive(ends);
});

const removals: readonly [string, (backend: Url, other: Url) => Setup][] = [
  ['rule', (backend) => chat([backend], { rules: [] })],
  ['rule for its method', (backend) => chat([backend], { rule: { methods: ['POST'] } })],
  ['backend', (_backend, other) => chat([other])],
  [
    'service',
    (backend) => ({
      services: { next: { url: backend.url } },
      host_rules: [{ pattern: '*', route_rules: [{ pattern: '/ws', target: 'next' }] }],
    }),
  ],
];

for (const [what, removed] of removals) {
  behaviour(`a tunnel whose ${what} is removed is drained`, async (stage) => {
    const [backend, other] = [await stage.rawBackend(), await stage.rawBackend()];
    await stage.start(chat([backend]));
    const ends = await openTunnel(stage, backend);
    const dry = await stage.reload(removed(backend, other), { dryRun: true });
    assert.deepEqual(dry.ok && dry.onRemoved, { tunnels: 1, eventStreams: 0, treatment: 'drain' });
    await settled();
    assert.equal(ends.client.untaken, '');
    await stage.reload(removed(backend, other));
    assert.deepEqual(onRemoved(stage), [1, 0, 'drain']);
    await drained(ends);
    await stage.open('tunnels', 0);
    const [closed] = stage.log.all('tunnel closed');
    assert.deepEqual([closed?.cause, closed?.detail], ['drained', 'its rule, service or backend was removed']);
  });

  behaviour(`with keep a tunnel whose ${what} is removed stays`, async (stage) => {
    const [backend, other] = [await stage.rawBackend(), await stage.rawBackend()];
    await stage.start(chat([backend]));
    const ends = await openTunnel(stage, backend);
    const next = removed(backend, other);
    await stage.reload({ ...next, advanced: { reload: { removed: 'keep' } } });
    assert.deepEqual(onRemoved(stage), [1, 0, 'keep']);
    await stage.pass(20_000);
    await bothAlive(ends);
    // Once it says drain, that holds for what was removed before, too.
    await stage.reload(next);
    await drained(ends);
  });
}

behaviour('only tunnels on what was removed are drained, evenly over half of drain_timeout', async (stage) => {
  const [goes, stays] = [await stage.rawBackend(), await stage.rawBackend()];
  const advanced = { timeout: { drain_timeout: 8 } };
  await stage.start(chat([goes, stays], { advanced }));
  const first = await openTunnel(stage, goes);
  const untouched = await openTunnel(stage, stays);
  const second = await openTunnel(stage, goes);
  await stage.reload(chat([stays], { advanced }));
  assert.equal(await takeClose(first.client, 'client'), '1012 service restart');
  await stage.pass(1_750);
  assert.equal(second.client.untaken, '');
  await stage.pass(500);
  assert.equal(await takeClose(second.client, 'client'), '1012 service restart');
  await stage.pass(4_000);
  await bothAlive(untouched);
});

behaviour('a tunnel whose backend comes back before its turn stays', async (stage) => {
  const [goes, stays] = [await stage.rawBackend(), await stage.rawBackend()];
  await stage.start(chat([goes]));
  const first = await openTunnel(stage, goes);
  const second = await openTunnel(stage, goes);
  await stage.reload(chat([stays]));
  assert.equal(await takeClose(first.client, 'client'), '1012 service restart');
  await stage.reload(chat([goes]));
  await stage.pass(16_000);
  await bothAlive(second);
});

behaviour('a handshake that was on its way when its rule was removed opens, and is drained', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start(chat([backend]));
  const client = await stage.client();
  client.send(handshake());
  const far = await backend.connection(0);
  await far.takeHead();
  await stage.reload(chat([backend], { rules: [] }));
  assert.deepEqual(onRemoved(stage), [0, 0, undefined]);
  far.send(switching());
  assert.match(await client.takeHead(), /^HTTP\/1\.1 101 /);
  await drained({ client, backend: far });
});

behaviour('an event stream goes on over a reload, and ends at an event when its backend is removed', async (stage) => {
  const [backend, other] = [await stage.backend(() => `${EVENTS}9\r\ndata: 1\n\n\r\n`), await stage.backend()];
  const rule = { rules: [{ pattern: '/ws', target: 'chat', sse_retry: 1 }] };
  await stage.start(chat([backend], rule));
  const client = await stage.client();
  client.send(get('/ws', 'Accept: text/event-stream\r\n'));
  await client.takeThrough('data: 1\n\n\r\n');
  const { peer } = await backend.request();
  await stage.reload(chat([backend, other], rule));
  peer.send('9\r\ndata: 2\n\n\r\n9\r\ndata');
  assert.equal(await client.takeThrough('\n\n\r\n9\r\ndata'), '9\r\ndata: 2\n\n\r\n9\r\ndata');
  await stage.reload(chat([other], rule));
  assert.deepEqual(onRemoved(stage), [0, 1, 'drain']);
  await settled();
  assert.equal(client.untaken, '');
  peer.send(': 3\n\n\r\n');
  assert.equal(await client.takeThrough('0\r\n\r\n'), ': 3\n\n\r\nd\r\nretry: 1000\n\n\r\n0\r\n\r\n');
  // Nothing but the stream ends: the connection is good for the next request.
  client.send(get('/ws'));
  assert.equal((await client.takeResponse()).body, 'ok');
});
