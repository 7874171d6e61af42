import assert from 'node:assert/strict';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { openTunnel, takeClose, text } from '../support/tunnel-ends.js';

/** A tunnel of a proxy whose service and middleware say this. */
async function tunnel(stage: Stage, service: object, config: object | null, more: Setup = {}) {
  const backend = await stage.rawBackend();
  const middlewares = config === null ? [] : [{ name: 'websocket', config }];
  await stage.start({ services: { api: { url: backend.url, ...service } }, middlewares, ...more });
  return openTunnel(stage, backend);
}

/** Whether the backend has been pinged when it was silent for so long. */
async function pingedWithin(stage: Stage, peer: { readonly untaken: string }, ms: number): Promise<boolean> {
  await stage.pass(ms);
  return peer.untaken !== '';
}

behaviour('a tunnel is held to what its middleware says', async (stage) => {
  const { client, backend } = await tunnel(stage, {}, { max_message_size: '1KiB', ping_interval: 0 });
  client.send(text('client', 'x'.repeat(125)));
  await backend.take(131);
  const long = Buffer.concat([Buffer.of(0x81, 0xfe, 0x04, 0x01, 0, 0, 0, 0), Buffer.alloc(1025)]);
  client.send(long);
  assert.match(await takeClose(client, 'client'), /^1009 /);
});

behaviour('a tunnel is held to what its service says, where no middleware says otherwise', async (stage) => {
  const { backend } = await tunnel(stage, { ping_interval: 5, read_timeout: 60 }, null);
  assert.equal(await pingedWithin(stage, backend, 4_500), false);
  assert.equal(await pingedWithin(stage, backend, 1_000), true);
});

behaviour('a middleware goes before the service', async (stage) => {
  const { backend } = await tunnel(stage, { ping_interval: 5 }, { ping_interval: 10 });
  assert.equal(await pingedWithin(stage, backend, 9_500), false);
  assert.equal(await pingedWithin(stage, backend, 1_000), true);
});

behaviour('the environment goes before both', async (stage) => {
  const env = { WEBSOCKET_PING_INTERVAL: '20' };
  const { backend } = await tunnel(stage, { ping_interval: 5 }, { ping_interval: 10 }, { env });
  assert.equal(await pingedWithin(stage, backend, 19_500), false);
  assert.equal(await pingedWithin(stage, backend, 1_000), true);
});

behaviour('the environment holds for a tunnel that no middleware speaks for', async (stage) => {
  const { backend } = await tunnel(stage, { ping_interval: 5 }, null, { env: { WEBSOCKET_PING_INTERVAL: '8s' } });
  assert.equal(await pingedWithin(stage, backend, 7_500), false);
  assert.equal(await pingedWithin(stage, backend, 1_000), true);
});
