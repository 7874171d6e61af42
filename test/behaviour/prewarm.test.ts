import assert from 'node:assert/strict';
import type { RecordingBackend } from '../support/recording-backend.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { handshake, switching } from '../support/tunnel-ends.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

function warm(prewarm: number, more: object = {}): NonNullable<Setup['advanced']> {
  return { connection_pool: { prewarm, ...more } };
}

function connections(backend: RecordingBackend, count: number): Promise<void> {
  return until(() => backend.raw.connections.length === count, `${count} connections`);
}

async function idle(stage: Stage, count: number): Promise<void> {
  await stage.open('backendConnections', count);
  await settled();
  assert.equal(stage.proxy.counters.backendConnections, count);
}

behaviour(
  'prewarm connections are there before the first request, which uses one, and are made up for',
  async (stage) => {
    const backend = await stage.backend();
    await stage.start({ backends: [backend], advanced: warm(2) });
    await connections(backend, 2);
    await idle(stage, 2);
    assert.equal((await stage.ask(get())).status, 200);
    const { connection } = await backend.request();
    assert.ok(connection < 2, 'it went on one that was there');
    await settled();
    assert.ok(backend.raw.connections.length <= 3);
  },
);

behaviour('an idle connection serves the next handshake too, prewarmed or used before', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: warm(1) });
  const first = await backend.connection();
  await idle(stage, 1);
  const client = await stage.client();
  client.send(handshake());
  await first.takeHead();
  first.send(switching());
  assert.match(await client.takeHead(), /^HTTP\/1\.1 101 /);
  // The one that was made up for it serves a request, comes back, and takes the next handshake.
  const second = await backend.connection(1);
  const other = await stage.client();
  await idle(stage, 1);
  other.send(get());
  await second.takeHead();
  // The most recently used is taken first: the third one is there before this comes back.
  await backend.connection(2);
  await settled();
  second.send('HTTP/1.1 204 No Content\r\n\r\n');
  assert.equal((await other.takeResponse()).status, 204);
  await settled();
  other.send(handshake());
  await second.takeHead();
  second.send(switching());
  assert.match(await other.takeHead(), /^HTTP\/1\.1 101 /);
  for (const peer of [client, other, first, second]) peer.destroy();
});

behaviour('a prewarmed connection that the backend closes is made anew', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], advanced: warm(1) });
  await connections(backend, 1);
  await stage.pass(2_000);
  (await backend.raw.connection()).destroy();
  await stage.pass(1_000);
  await connections(backend, 2);
  await idle(stage, 1);
});

behaviour('without it none is made before it is needed', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  await stage.pass(5_000);
  assert.equal(backend.raw.connections.length, 0);
});

behaviour('a reload changes how many are ready', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  await stage.reload({ backends: [backend], advanced: warm(3) });
  await connections(backend, 3);
  await idle(stage, 3);
  await stage.reload({ backends: [], services: { api: { url: 'http://127.0.0.1:1' } } });
  await idle(stage, 0);
});

behaviour('a backend that is checked no more is kept ready again', async (stage) => {
  const backend = await stage.backend(() => 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n');
  const setup = (enabled: boolean): Setup => {
    const health_check = { enabled, type: 'http', interval: '1s', timeout: '1s' };
    return { services: { api: { url: backend.url, health_check } }, advanced: warm(1) };
  };
  await stage.start(setup(true));
  // The one that was made ready at the start is not made anew.
  await stage.pass(16_000);
  assert.equal(stage.backendChanges.at(-1)?.became, 'unhealthy');
  await idle(stage, 0);
  const before = backend.raw.connections.length;
  await stage.reload(setup(false));
  await connections(backend, before + 1);
  await idle(stage, 1);
});

behaviour('who gets no work is not kept ready', async (stage) => {
  const [out, unweighted, used] = [await stage.backend(), await stage.backend(), await stage.backend()];
  const backends = [{ url: out.url, active: false }, { url: unweighted.url, weight: 0 }, { url: used.url }];
  await stage.start({ services: { api: { load_balancer: { backends } } }, advanced: warm(1) });
  await connections(used, 1);
  await settled();
  assert.deepEqual([out.raw.connections.length, unweighted.raw.connections.length], [0, 0]);
});
