import assert from 'node:assert/strict';
import type { RawBackend } from '../support/raw-backend.js';
import { behaviour, type Setup } from '../support/stage.js';
import { close, handshake, openTunnel, switching, text } from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

/** One tunnel each. */
function single(backends: readonly RawBackend[], timeout: object = {}): Setup {
  const limited = backends.map(({ url }) => ({ url, max_tunnels: 1 }));
  return { services: { api: { load_balancer: { backends: limited } } }, advanced: { timeout } };
}

behaviour('a backend that is full of tunnels is passed over, by handshakes alone', async (stage) => {
  const [a, b] = [await stage.rawBackend(), await stage.rawBackend()];
  await stage.start({
    services: { api: { load_balancer: { backends: [{ url: a.url, max_tunnels: 1 }, { url: b.url }] } } },
  });
  const tunnels = [await openTunnel(stage, a), await openTunnel(stage, b), await openTunnel(stage, b)];
  const client = await stage.client();
  client.send(get());
  const peer = await a.connection(1);
  await peer.takeHead();
  peer.send('HTTP/1.1 204 No Content\r\n\r\n');
  assert.equal((await client.takeResponse()).status, 204);
  for (const { client: one, backend } of tunnels) {
    one.destroy();
    backend.destroy();
  }
});

behaviour('a handshake that is on its way takes a place; one that is refused gives it back', async (stage) => {
  const [a, b] = [await stage.rawBackend(), await stage.rawBackend()];
  await stage.start(single([a, b]));
  const first = await stage.client();
  first.send(handshake());
  const asked = await a.connection();
  await asked.takeHead();
  const second = await openTunnel(stage, b);
  const third = await stage.client();
  third.send(handshake());
  await stage.open('waiting', 1);
  asked.send('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n');
  assert.equal((await first.takeResponse()).status, 403);
  await asked.takeHead();
  asked.send(switching());
  assert.match(await third.takeHead(), /^HTTP\/1\.1 101 /);
  for (const peer of [first, third, asked, second.client, second.backend]) peer.destroy();
});

behaviour('where all are full handshakes wait their turn, until a tunnel has ended', async (stage) => {
  const a = await stage.rawBackend();
  await stage.start(single([a]));
  const held = await openTunnel(stage, a);
  const waiting = [await stage.client(), await stage.client()];
  for (const [index, client] of waiting.entries()) {
    client.send(handshake());
    await stage.open('waiting', index + 1);
  }
  held.backend.send(close('backend', 1000));
  await held.client.take(4);
  held.client.send(close('client', 1000));
  await held.backend.take(8);
  held.backend.end();
  held.client.end();
  const next = await a.connection(1);
  await next.takeHead();
  next.send(switching());
  assert.match((await waiting[0]?.takeHead()) ?? '', /^HTTP\/1\.1 101 /);
  await settled();
  assert.equal(a.connections.length, 2);
  assert.equal(waiting[1]?.received, '');
  next.send(text('backend', 'hello'));
  await waiting[0]?.takeThrough('hello');
  for (const peer of [...waiting, held.client, held.backend, next]) peer.destroy();
});

behaviour('a handshake that waited for dial_timeout gets 503 and Retry-After', async (stage) => {
  const a = await stage.rawBackend();
  await stage.start(single([a], { dial_timeout: 2 }));
  const held = await openTunnel(stage, a);
  const client = await stage.client();
  client.send(handshake());
  await stage.open('waiting', 1);
  await stage.pass(1_750);
  assert.equal(client.received, '');
  await stage.pass(250);
  const response = await client.takeResponse();
  assert.equal(response.status, 503);
  assert.equal(response.get('retry-after'), '1');
  assert.match(response.body, /code: pool-exhausted\n/);
  assert.equal(stage.log.all('tunnel refused').at(-1)?.cause, 'pool-exhausted');
  held.client.destroy();
  held.backend.destroy();
});

behaviour(
  'a reload that raises max_tunnels lets those in who wait, and one that lowers it ends nobody',
  async (stage) => {
    const a = await stage.rawBackend();
    const limited = (max_tunnels: number): Setup => {
      return { services: { api: { load_balancer: { backends: [{ url: a.url, max_tunnels }] } } } };
    };
    await stage.start(limited(1));
    const held = await openTunnel(stage, a);
    const client = await stage.client();
    client.send(handshake());
    await stage.open('waiting', 1);
    await stage.reload(limited(2));
    const peer = await a.connection(1);
    await peer.takeHead();
    peer.send(switching());
    assert.match(await client.takeHead(), /^HTTP\/1\.1 101 /);
    await stage.reload(limited(1));
    await stage.pass(5_000);
    assert.equal(stage.proxy.counters.tunnels, 2);
    for (const one of [client, peer, held.client, held.backend]) one.destroy();
  },
);
