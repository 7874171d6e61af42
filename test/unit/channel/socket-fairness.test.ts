import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, until } from '../../support/turns.js';
import { adoptAccepted } from './adopt-accepted.js';
import { Loopback, socketOptions } from './real-kinds.js';
import { own } from './recording-owner.js';

const MIB = 1024 * 1024;
const FLOOD_BYTES = 24 * MIB;

async function twoChannels(loopback: Loopback) {
  const options = { ...socketOptions(false), writeBufferBytes: 64 * 1024 };
  const open = async () => {
    const peer = await loopback.connect();
    const channel = adoptAccepted(await loopback.accepted(), options);
    return { peer, channel };
  };
  return { turns: options.turns, flood: await open(), quiet: await open() };
}

test('a peer that floods gets at most 1 MiB per turn of the event loop', async (t) => {
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const { turns, flood } = await twoChannels(loopback);
  const perTurn = new Map<number, number>();
  let read = 0;
  flood.peer.write(Buffer.alloc(FLOOD_BYTES));
  await settled();
  own(flood.channel, {
    taking: (length) => {
      const turn = turns.current();
      perTurn.set(turn, (perTurn.get(turn) ?? 0) + length);
      read += length;
      return length;
    },
  });
  await until(() => read === FLOOD_BYTES, 'the whole flood');
  assert.ok(Math.max(...perTurn.values()) <= MIB);
  assert.ok(perTurn.size >= FLOOD_BYTES / MIB);
  flood.channel.destroy();
});

test('a peer whose bytes take 2 ms to look at gets one read per turn', async (t) => {
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const { turns, flood } = await twoChannels(loopback);
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const readsPerTurn = new Map<number, number>();
  let read = 0;
  flood.peer.write(Buffer.alloc(FLOOD_BYTES));
  await settled();
  own(flood.channel, {
    taking: (length) => {
      nowMs += 2;
      const turn = turns.current();
      readsPerTurn.set(turn, (readsPerTurn.get(turn) ?? 0) + 1);
      read += length;
      return length;
    },
  });
  await until(() => read === FLOOD_BYTES, 'the whole flood');
  // In the first turn also what was there before anybody owned the channel. Unbounded it is 16 in a turn.
  assert.ok(Math.max(...readsPerTurn.values()) <= 2);
  flood.channel.destroy();
});

test('a quiet peer is heard while another floods', async (t) => {
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const { flood, quiet } = await twoChannels(loopback);
  let read = 0;
  let heardAfter = -1;
  let sentAfter = -1;
  flood.peer.write(Buffer.alloc(FLOOD_BYTES));
  own(flood.channel, {
    taking: (length) => {
      read += length;
      if (read > 2 * MIB && sentAfter < 0) {
        sentAfter = read;
        quiet.peer.write('hear me');
      }
      return length;
    },
  });
  const owner = own(quiet.channel, {
    inside: (call) => {
      if (call === 'chunk') heardAfter = read;
    },
  });
  await until(() => owner.text === 'hear me', 'the quiet one');
  assert.ok(heardAfter - sentAfter <= 3 * MIB, `${heardAfter - sentAfter} bytes of the flood came first`);
  await until(() => read === FLOOD_BYTES, 'the whole flood');
  flood.channel.destroy();
  quiet.channel.destroy();
});

test('a flood that is paused while it rests stays paused, and goes on', async (t) => {
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const { flood } = await twoChannels(loopback);
  let read = 0;
  flood.peer.write(Buffer.alloc(FLOOD_BYTES));
  own(flood.channel, {
    taking: (length) => {
      read += length;
      if (read % MIB === 0) flood.channel.pause();
      if (read % (2 * MIB) === 0) flood.channel.resume();
      return length;
    },
  });
  await until(() => {
    flood.channel.resume();
    return read === FLOOD_BYTES;
  }, 'the whole flood');
  assert.equal(flood.channel.bytesRead, FLOOD_BYTES);
  flood.channel.destroy();
});
