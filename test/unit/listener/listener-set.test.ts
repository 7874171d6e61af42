import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noOwner } from '../../../src/channel/channel.js';
import { EventLoopTurns } from '../../../src/channel/event-loop-turns.js';
import { Listener } from '../../../src/listener/listener.js';
import { ListenerSet } from '../../../src/listener/listener-set.js';
import { RawPeer } from '../../support/raw-peer.js';
import { settled, until } from '../../support/turns.js';

const sockets = {
  readBuffer: Buffer.alloc(4096),
  joinBuffer: Buffer.alloc(4096),
  directWrite: false,
  TlsWrite: null,
  writeBufferBytes: 4096,
  turns: new EventLoopTurns(),
};

function stand() {
  const served: number[] = [];
  let wanted = 0;
  const set = new ListenerSet(
    (port, accepted) => {
      const counted = () => ++wanted > 0;
      return new Listener({ bind: '127.0.0.1', port, sockets, wanted: counted, accepted, ipv6Missing: () => {} });
    },
    (channel, { listenerPort }) => {
      served.push(listenerPort);
      channel.owner = noOwner;
      channel.destroy();
    },
  );
  return { set, served, came: (count: number) => until(() => wanted === count, `${count} clients`) };
}

/** The one new listener is told by the port it is asked on: it is not in the set before the commit. */
async function portOf(set: ListenerSet): Promise<number> {
  const change = await set.prepare([0], new Map());
  change.commit();
  const [listener] = set;
  assert.ok(listener !== undefined);
  const { port } = listener;
  listener.close();
  return port;
}

test('a client that comes before the commit is served behind it', async () => {
  const port = await portOf(stand().set);
  const { set, served, came } = stand();
  const change = await set.prepare([port], new Map());
  assert.deepEqual([change.opened, change.closed, [...set]], [[port], [], []]);
  const early = await RawPeer.connect(port);
  const gone = await RawPeer.connect(port);
  await came(2);
  gone.destroy();
  await settled();
  assert.deepEqual(served, []);
  change.commit();
  await early.ending();
  assert.equal(served[0], port);
  await RawPeer.connect(port).then((late) => late.ending());
  assert.equal(served.at(-1), port);
  set.close();
});

test('an abort closes what was opened, and whoever came to it', async () => {
  const port = await portOf(stand().set);
  const { set, served, came } = stand();
  const change = await set.prepare([port], new Map());
  const early = await RawPeer.connect(port);
  await came(1);
  change.abort();
  await early.ending();
  await assert.rejects(RawPeer.connect(port), { code: 'ECONNREFUSED' });
  assert.deepEqual([served, [...set]], [[], []]);
});
