import assert from 'node:assert/strict';
import type { Dialer } from '../../src/channel/dialer.js';
import { socketDialer } from '../../src/channel/socket-dialer.js';
import { sharedSocketOptions } from '../../src/channel/socket-options.js';
import { RawBackend } from '../support/raw-backend.js';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { answerAndLeave, type Ends, openTunnel, takeClose, text } from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const BUFFER_BYTES = 64 * 1024;
const NAME = 'app.example';
const URL = `http://${NAME}:8080`;

/** What a resolver says, until it is told otherwise. */
class Zone {
  addresses: readonly string[];
  fails = false;
  asked = 0;

  constructor(...addresses: string[]) {
    this.addresses = addresses;
  }

  readonly resolve = async (host: string): Promise<readonly string[]> => {
    this.asked++;
    if (this.fails || host !== NAME) throw new Error('the resolver is down');
    return this.addresses;
  };
}

/** A network of its own: who is at which address. */
function network(...places: readonly (readonly [host: string, backend: RawBackend])[]): Dialer {
  const dial = socketDialer(sharedSocketOptions(BUFFER_BYTES, BUFFER_BYTES));
  const at = new Map(places);
  return ({ host }, listener) => {
    const backend = at.get(host);
    assert.ok(backend !== undefined, `nobody is at ${host}`);
    return dial({ host: '127.0.0.1', port: backend.port }, listener);
  };
}

/** One that answers every request with its letter. */
async function answering(stage: Stage, letter: string): Promise<RawBackend> {
  const serve = async (peer: RawPeer): Promise<void> => {
    while (await peer.someBytes()) {
      await peer.takeHead();
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${letter}`);
    }
  };
  const backend = await RawBackend.listen((peer) => void serve(peer), null);
  stage.closesBehind(backend);
  return backend;
}

/** Who answers so many requests, in the order of the alphabet. */
async function shares(stage: Stage, count: number): Promise<string> {
  let letters = '';
  for (let round = 0; round < count; round++) letters += (await stage.ask(get())).body;
  return [...letters].sort().join('');
}

function service(keys: object, advanced: NonNullable<Setup['advanced']> = {}): Setup {
  return { services: { api: { url: URL, dns: { refresh: 10 }, ...keys } }, advanced };
}

behaviour('each address of a name is a backend with the weight that is written there', async (stage) => {
  const [a, b, c] = [await answering(stage, 'a'), await answering(stage, 'b'), await answering(stage, 'c')];
  const backends = [
    { url: URL, weight: 2 },
    { url: 'http://10.0.0.3:8080', weight: 1 },
  ];
  const load_balancer = { strategy: 'weighted_round_robin', backends };
  const dialer = network(['10.0.0.1', a], ['10.0.0.2', b], ['10.0.0.3', c]);
  const { resolve: resolver } = new Zone('10.0.0.1', '10.0.0.2');
  await stage.start({ services: { api: { load_balancer } } }, { dialer, resolver });
  await settled();
  assert.equal(await shares(stage, 10), 'aaaabbbbcc');
});

behaviour('a name is looked up again every refresh, and a lookup that fails keeps the last answer', async (stage) => {
  const [a, b, c] = [await answering(stage, 'a'), await answering(stage, 'b'), await answering(stage, 'c')];
  const dialer = network(['10.0.0.1', a], ['10.0.0.2', b], ['10.0.0.3', c]);
  const zone = new Zone('10.0.0.1', '10.0.0.2');
  await stage.start(service({}), { dialer, resolver: zone.resolve });
  await settled();
  assert.equal(await shares(stage, 4), 'aabb');
  zone.addresses = ['10.0.0.2', '10.0.0.3'];
  await stage.pass(9_750);
  assert.equal(await shares(stage, 4), 'aabb');
  await stage.pass(250);
  assert.equal(await shares(stage, 4), 'bbcc');
  assert.deepEqual(stage.log.all('backend addresses changed').at(-1), {
    name: NAME,
    addresses: ['10.0.0.2', '10.0.0.3'],
  });

  zone.fails = true;
  const { asked } = zone;
  await stage.pass(15_000);
  assert.ok(zone.asked >= asked + 3, 'it is asked again');
  assert.equal(await shares(stage, 4), 'bbcc');
  assert.deepEqual(stage.log.all('backend name not resolved'), [
    { name: NAME, reason: 'the resolver is down', addresses_kept: 2 },
  ]);
  zone.fails = false;
  zone.addresses = ['10.0.0.1'];
  await stage.pass(10_000);
  assert.equal(await shares(stage, 2), 'aa');
  assert.deepEqual(stage.log.all('backend name resolved again'), [{ name: NAME }]);
});

behaviour('a reload looks no name up that is known, and keeps its addresses', async (stage) => {
  const [a, b] = [await answering(stage, 'a'), await answering(stage, 'b')];
  const zone = new Zone('10.0.0.1', '10.0.0.2');
  await stage.start(service({}), {
    dialer: network(['10.0.0.1', a], ['10.0.0.2', b]),
    resolver: zone.resolve,
  });
  await settled();
  zone.fails = true;
  assert.equal((await stage.reload(service({}, { timeout: { read_timeout: 30 } }))).ok, true);
  await settled();
  assert.equal(zone.asked, 1);
  assert.equal(await shares(stage, 4), 'aabb');
});

behaviour('a name of two services is looked up as often as the one that wants it most', async (stage) => {
  const zone = new Zone('10.0.0.1');
  const of = (refresh: number) => ({ url: URL, dns: { refresh } });
  const services = { api: of(60), other: of(5), once: of(0) };
  await stage.start({ services }, { resolver: zone.resolve });
  await settled();
  assert.equal(zone.asked, 1);
  await stage.pass(5_000);
  assert.equal(zone.asked, 2);
});

for (const removed of ['drain', 'keep']) {
  behaviour(`reload.removed ${removed} holds for tunnels on addresses that went`, async (stage) => {
    const [a, b] = [await stage.plainBackend(), await stage.plainBackend()];
    const zone = new Zone('10.0.0.1', '10.0.0.2');
    const dialer = network(['10.0.0.1', a], ['10.0.0.2', b]);
    const advanced = { reload: { removed }, timeout: { drain_timeout: 2 } };
    await stage.start(service({ ping_interval: 0, read_timeout: 0 }, advanced), { dialer, resolver: zone.resolve });
    await settled();
    const [gone, stays] = [await openTunnel(stage, a), await openTunnel(stage, b)];
    zone.addresses = ['10.0.0.2'];
    await stage.pass(11_000);
    await alive(stays);
    if (removed === 'keep') return alive(gone);
    assert.equal(await takeClose(gone.client, 'client'), '1012 service restart');
    await answerAndLeave(gone.client, 'client');
    assert.equal(await takeClose(gone.backend, 'backend'), '1001 service restart');
    await answerAndLeave(gone.backend, 'backend');
  });
}

behaviour('until it is resolved a name is dialled as it is, and what is open on it stays then', async (stage) => {
  const backend = await stage.plainBackend();
  const zone = new Zone('10.0.0.1');
  zone.fails = true;
  const dialer = network([NAME, backend], ['10.0.0.1', backend]);
  const keys = { ping_interval: 0, read_timeout: 0 };
  await stage.start(service(keys), { dialer, resolver: zone.resolve });
  await settled();
  const early = await openTunnel(stage, backend);
  zone.fails = false;
  await stage.pass(31_000);
  assert.equal(stage.log.all('backend addresses changed').length, 1);
  await alive(early);
});

async function alive({ client, backend }: Ends): Promise<void> {
  const ping = text('client', 'ping');
  client.send(ping);
  assert.equal(await backend.take(ping.length), ping.toString('latin1'));
}
