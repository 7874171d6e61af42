import assert from 'node:assert/strict';
import { Pipeline } from '../../src/pipeline.js';
import { Mortals } from '../support/mortals.js';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour } from '../support/stage.js';
import { openTunnel } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const RELOADS = 30;

const mortals = new Mortals();
const { handle } = Pipeline.prototype;
const seen = new WeakSet<object>();
let revisions = 0;
/** Every Revision that serves something, with what a tunnel or a connection could hold on to instead of it. */
Pipeline.prototype.handle = function (exchange, revision) {
  if (!seen.has(revision)) {
    seen.add(revision);
    revisions++;
    const { config, forwarder, limits, router } = revision;
    for (const [what, part] of Object.entries({ revision, config, forwarder, limits, router })) mortals.add(what, part);
    for (const service of forwarder.services.values()) mortals.add('service', service);
  }
  handle.call(this, exchange, revision);
};

behaviour('tunnels, keep-alive connections and pooled ones hold no Revision of before', async (stage) => {
  const [plain, sockets] = [await stage.backend(), await stage.rawBackend()];
  const setup = (index: number) => ({
    services: { api: { url: plain.url }, chat: { url: sockets.url } },
    host_rules: [{ pattern: '*', target: 'api', route_rules: [{ pattern: '/ws', target: 'chat' }] }],
    middlewares: [{ name: 'headers', is_global: true, config: { response: { set: { 'X-Count': String(index) } } } }],
    advanced: { timeout: { read_timeout: 60 + index } },
  });
  await stage.start(setup(0));
  const clients: RawPeer[] = [];
  for (let index = 1; index <= RELOADS; index++) {
    await openTunnel(stage, sockets);
    const client = await stage.client();
    client.send(get());
    assert.equal((await client.takeResponse()).get('x-count'), String(index - 1));
    clients.push(client);
    await stage.reload(setup(index));
  }
  assert.equal(revisions, RELOADS);
  stage.ended.length = 0; // the stage's own memory of what ended
  // What the process was started with stays: keys that need a restart are compared with it.
  assert.deepEqual(await mortals.left(), { config: 1 });
  assert.deepEqual([stage.proxy.counters.tunnels, stage.proxy.counters.clientConnections], [RELOADS, 2 * RELOADS]);
  for (const client of clients) {
    client.send(get());
    assert.equal((await client.takeResponse()).get('x-count'), String(RELOADS));
  }
});
