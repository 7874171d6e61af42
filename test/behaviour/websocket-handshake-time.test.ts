import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Middleware, MiddlewareType } from '../../src/exchange/middleware.js';
import { middlewareTypes } from '../../src/middleware/registry.js';
import { behaviour } from '../support/stage.js';
import { handshake, switching } from '../support/tunnel-ends.js';

const config = { handshake_timeout: 3 };

/** The built-in types, and one that has this hook. */
function hooked(hook: Omit<Middleware, 'name'>): ReadonlyMap<string, MiddlewareType> {
  const create = (name: string) => ({ name, ...hook });
  return new Map([...middlewareTypes, ['slow', { type: 'slow', optionsSchema: z.strictObject({}), create }]]);
}

behaviour('handshake_timeout is what the middleware says, and no limit where it says 0', async (stage) => {
  const backend = await stage.rawBackend();
  const routes = ['short', 'none'].map((name) => ({ pattern: `/${name}`, target: 'api', middlewares: [name] }));
  await stage.start({
    services: { api: { url: backend.url } },
    host_rules: [{ pattern: '*', target: 'api', route_rules: routes }],
    middleware_services: [
      { name: 'short', type: 'websocket', config },
      { name: 'none', type: 'websocket', config: { handshake_timeout: 0 } },
    ],
    advanced: { timeout: { read_timeout: 100 } },
  });
  const patient = await stage.client();
  patient.send(handshake().replace('/ws', '/none'));
  const peer = await backend.connection();
  await peer.takeHead();
  const hasty = await stage.client();
  hasty.send(handshake().replace('/ws', '/short'));
  await (await backend.connection(1)).takeHead();
  await stage.pass(2_750);
  assert.equal(hasty.received, '');
  await stage.pass(250);
  const response = await hasty.takeResponse();
  assert.equal(response.status, 504);
  assert.match(response.body, /code: handshake-timeout\n/);
  await stage.pass(60_000);
  peer.send(switching());
  assert.ok((await patient.takeHead()).startsWith('HTTP/1.1 101 '));
  patient.destroy();
  peer.destroy();
  await stage.open('exchanges', 0);
});

behaviour('handshake_timeout covers all tries together', async (stage) => {
  const backends = [await stage.rawBackend(), await stage.rawBackend()];
  await stage.start({ backends, middlewares: [{ name: 'websocket', config }] });
  const client = await stage.client();
  client.send(handshake());
  const first = await backends[0]?.connection();
  await first?.takeHead();
  await stage.pass(2_000);
  first?.reset();
  await (await backends[1]?.connection())?.takeHead();
  await stage.pass(750);
  assert.equal(client.received, '');
  await stage.pass(250);
  assert.match((await client.takeResponse()).body, /code: handshake-timeout\n/);
});

behaviour('handshake_timeout covers a middleware that is awaited before a backend is asked', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start(
    { backends: [backend], middlewares: [{ name: 'websocket', config }, { name: 'slow' }] },
    { middlewareTypes: hooked({ onRequest: () => new Promise<void>(() => {}) }) },
  );
  const client = await stage.client();
  client.send(handshake());
  await stage.open('exchanges', 1);
  await stage.pass(2_750);
  assert.equal(client.received, '');
  await stage.pass(500);
  assert.match((await client.takeResponse()).body, /code: handshake-timeout\n/);
  assert.equal(stage.log.all('tunnel refused')[0]?.cause, 'handshake-timeout');
  assert.equal(backend.connections.length, 0);
});

behaviour('the time that a middleware took is not given to the backend again', async (stage) => {
  const backend = await stage.rawBackend();
  let goOn = (): void => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await stage.start(
    { backends: [backend], middlewares: [{ name: 'websocket', config }, { name: 'slow' }] },
    { middlewareTypes: hooked({ onRequest: () => gate }) },
  );
  const client = await stage.client();
  client.send(handshake());
  await stage.open('exchanges', 1);
  await stage.pass(2_000);
  goOn();
  await (await backend.connection()).takeHead();
  await stage.pass(1_250);
  assert.match((await client.takeResponse()).body, /code: handshake-timeout\n/);
});

behaviour('handshake_timeout covers a middleware that is awaited before the 101 is passed on', async (stage) => {
  const backend = await stage.rawBackend();
  let asked = 0;
  const hook = { onResponse: () => (++asked === 1 ? new Promise<void>(() => {}) : undefined) };
  await stage.start(
    { backends: [backend], middlewares: [{ name: 'websocket', config }, { name: 'slow' }] },
    { middlewareTypes: hooked(hook) },
  );
  const client = await stage.client();
  client.send(handshake());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(switching());
  await stage.pass(3_250);
  const response = await client.takeResponse();
  assert.equal(response.status, 504);
  assert.match(response.body, /code: handshake-timeout\n/);
  await peer.ending();
});

behaviour('a handshake that was answered with something else may go on for longer', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'websocket', config }] });
  const client = await stage.client();
  client.send(handshake());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\nno');
  await stage.pass(10_000);
  peer.send('way');
  assert.equal((await client.takeResponse()).body, 'noway');
});

/** Taken out by its first failure. */
const watched = (url: string) => ({ api: { url, passive_health_check: { failures: 1, retry_after: 100 } } });

behaviour('a handshake whose time went by elsewhere is no failure of the backend', async (stage) => {
  const backend = await stage.rawBackend();
  let goOn = (): void => {};
  const asked = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await stage.start(
    { services: watched(backend.url), middlewares: [{ name: 'websocket', config }, { name: 'slow' }] },
    { middlewareTypes: hooked({ onRequest: () => asked }) },
  );
  const client = await stage.client();
  client.send(handshake());
  await stage.open('exchanges', 1);
  await stage.pass(2_500);
  goOn();
  await (await backend.connection()).takeHead();
  await stage.pass(500);
  assert.match((await client.takeResponse()).body, /code: handshake-timeout\n/);
  assert.deepEqual(stage.backendChanges, []);
  assert.equal(stage.ended[0]?.outcome.tries[0]?.error?.code, 'handshake-timeout');
});

behaviour('a 101 that a middleware holds up is no failure of the backend', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start(
    { services: watched(backend.url), middlewares: [{ name: 'websocket', config }, { name: 'slow' }] },
    {
      middlewareTypes: hooked({
        onResponse: (_exchange, { status }) => (status === 101 ? new Promise(() => {}) : undefined),
      }),
    },
  );
  const client = await stage.client();
  client.send(handshake());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(switching());
  await stage.pass(3_000);
  assert.match((await client.takeResponse()).body, /code: handshake-timeout\n/);
  assert.deepEqual(stage.backendChanges, []);
});

behaviour('a backend that let a handshake run out of time is taken out for it', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ services: watched(backend.url), middlewares: [{ name: 'websocket', config }] });
  const client = await stage.client();
  client.send(handshake());
  await (await backend.connection()).takeHead();
  await stage.pass(3_000);
  assert.match((await client.takeResponse()).body, /code: handshake-timeout\n/);
  assert.deepEqual(
    stage.backendChanges.map(({ became }) => became),
    ['taken-out'],
  );
});
