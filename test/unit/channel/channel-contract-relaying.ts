import assert from 'node:assert/strict';
import { SeededRandom } from '../../support/simulation/random.js';
import type { ChannelRules, ChannelTrial } from './channel-trial.js';

const SEEDS = [1, 2, 3, 4, 5, 6];

/** Bytes whose order shows. */
function pattern(length: number, random: SeededRandom): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++) bytes[index] = random.integer(0, 255);
  return bytes;
}

/** Many bytes at random sizes, with owners and peers that stop and go on at random. */
export const relayingRules: ChannelRules = {
  'random reads with partial takes and pauses lose and disturb nothing': async (trial) => {
    for (const seed of SEEDS) await readAtRandom(trial, seed);
  },

  'random writes to a peer that stops and goes on lose and disturb nothing': async (trial) => {
    for (const seed of SEEDS) await writeAtRandom(trial, seed);
  },

  'an echo with backpressure returns every byte, then both ends': async (trial) => {
    const { channel, peer, owner } = await trial.paused();
    channel.owner = {
      onChunk(bytes, from, to) {
        if (!channel.write(bytes, from, to)) channel.pause();
        return to - from;
      },
      onEnd: () => channel.end(),
      onWritable: () => channel.resume(),
      onWriteFailed: () => owner.onWriteFailed(),
      onClose: (error) => owner.onClose(error),
    };
    channel.resume();
    const sent = pattern(1_500_000, new SeededRandom(11));
    for (let at = 0; at < sent.length; at += 100_000) peer.send(sent.subarray(at, at + 100_000));
    peer.end();
    await trial.until(() => peer.ended, 'the end of the echo');
    assert.ok(peer.text === sent.toString('latin1'));
  },
};

async function readAtRandom(trial: ChannelTrial, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const { channel, peer, owner } = await trial.reading();
  owner.taking = (length) => (random.chance(0.3) ? random.integer(0, length) : length);
  owner.inside = (call) => {
    if (call !== 'chunk') return;
    if (random.chance(0.2)) channel.pause();
    if (random.chance(0.3)) channel.resume();
  };
  const sent = pattern(random.integer(50_000, 200_000), random);
  for (let at = 0; at < sent.length; ) {
    const size = random.pick([1, 10, 1_000, 30_000]);
    peer.send(sent.subarray(at, at + size));
    at += size;
    if (random.chance(0.2)) await trial.settle();
  }
  peer.end();
  await trial.until(() => {
    channel.resume();
    return owner.count('end') === 1;
  }, `the end of seed ${seed}`);
  assert.ok(owner.text === sent.toString('latin1'), `seed ${seed}: the bytes are those that were sent`);
  assert.equal(channel.bytesRead, sent.length);
}

async function writeAtRandom(trial: ChannelTrial, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const { channel, peer } = await trial.reading({}, random.pick([1, 5_000, 64 * 1024]));
  const sent = pattern(random.integer(50_000, 400_000), random);
  const scratch = Buffer.alloc(100_000);
  for (let at = 0; at < sent.length; ) {
    const size = sent.copy(scratch, 0, at, at + random.pick([1, 100, 5_000, 100_000]));
    const textBytes = random.pick([0, 0, 0, 1, size]);
    if (textBytes === 0) channel.write(scratch, 0, size);
    else channel.writeText(scratch.toString('latin1', 0, textBytes), scratch, textBytes, size);
    scratch.fill(0);
    at += size;
    if (random.chance(0.3)) peer.pause();
    if (random.chance(0.3)) peer.resume();
    if (random.chance(0.2)) await trial.settle();
  }
  channel.end();
  peer.resume();
  await trial.until(() => peer.ended, `the end of seed ${seed}`);
  assert.ok(peer.text === sent.toString('latin1'), `seed ${seed}: the bytes are those that were written`);
  assert.equal(channel.bytesWritten, sent.length);
  assert.equal(channel.queuedBytes, 0);
}
