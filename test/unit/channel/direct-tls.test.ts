import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel } from '../../../src/channel/channel.js';
import { testDirectTls } from '../../../src/channel/direct-tls-test.js';
import { until } from '../../support/turns.js';
import { directlySecuredSockets, socketOptions } from './real-kinds.js';
import { own } from './recording-owner.js';

const MIB = 1024 * 1024;
const sockets = { ...socketOptions(true), writeBufferBytes: 64 * 1024 };

test('the self-test gives a verdict, the same one each time', async () => {
  const verdict = await testDirectTls(sockets, {});
  assert.equal(verdict.works, true);
  assert.equal(await testDirectTls(sockets, {}), verdict);
  assert.equal(sockets.TlsWrite, null);
});

test('TOYOU_DATA_PLANE=streams goes without it', async () => {
  const reason = 'TOYOU_DATA_PLANE=streams';
  assert.deepEqual(await testDirectTls(sockets, { TOYOU_DATA_PLANE: 'streams' }), { works: false, reason });
});

test('a chunk lies in the buffer that all sockets share', async (t) => {
  const kind = directlySecuredSockets('accepted');
  t.after(() => kind.close());
  const first = await kind.open();
  const second = await kind.open();
  const seen = new Set<ArrayBufferLike>();
  for (const { channel, peer } of [first, second]) {
    const owner = own(channel);
    const { onChunk } = owner;
    owner.onChunk = (bytes, from, to) => {
      seen.add(bytes.buffer);
      return onChunk.call(owner, bytes, from, to);
    };
    peer.send('hello');
    await until(() => owner.text === 'hello', 'the bytes');
  }
  assert.equal(seen.size, 1);
});

test('a peer that floods gets at most 1 MiB per turn of the event loop', async (t) => {
  const kind = directlySecuredSockets('accepted');
  t.after(() => kind.close());
  const { channel, peer } = await kind.open();
  const read = await readFlood(channel, () => peer.send(Buffer.alloc(8 * MIB)), 8 * MIB);
  // What was in the TLS record that filled the share is told in any case.
  assert.ok(Math.max(...read.values()) <= MIB + 64 * 1024);
});

/** How much was read in each turn of the event loop. */
async function readFlood(channel: Channel, send: () => void, length: number): Promise<Map<number, number>> {
  const perTurn = new Map<number, number>();
  let turn = 0;
  let read = 0;
  const count = () => {
    turn++;
    if (read < length) setImmediate(count);
  };
  setImmediate(count);
  own(channel, {
    taking: (bytes) => {
      perTurn.set(turn, (perTurn.get(turn) ?? 0) + bytes);
      read += bytes;
      return bytes;
    },
  });
  send();
  await until(() => read === length, 'the whole flood');
  return perTurn;
}
