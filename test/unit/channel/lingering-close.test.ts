import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadlines } from '../../../src/channel/deadlines.js';
import { LingeringClose } from '../../../src/channel/lingering-close.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RawPeer } from '../../support/raw-peer.js';
import { settled, until } from '../../support/turns.js';
import { adoptAccepted } from './adopt-accepted.js';
import { Loopback, socketOptions } from './real-kinds.js';
import { StubChannel } from './stub-channel.js';

const MAX_DISCARDED = 256 * 1024;

class Lingering {
  readonly clock = new ManualClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly channel = new StubChannel();
  closings = 0;
  lost = false;

  begin(): LingeringClose {
    return new LingeringClose(this.channel, this.deadlines, (lost) => {
      this.closings++;
      this.lost = lost;
    });
  }

  /** What a close of the channel does. */
  close(owner: LingeringClose): void {
    this.channel.closed = true;
    owner.onClose();
  }
}

test('it sends the end and reads on', () => {
  const lingering = new Lingering();
  const owner = lingering.begin();
  assert.equal(lingering.channel.owner, owner);
  assert.deepEqual(lingering.channel.calls, ['end', 'resume']);
  lingering.close(owner);
  assert.equal(lingering.closings, 1);
  assert.equal(lingering.deadlines.size, 0);
});

test('a channel that is closed already is told of at once', () => {
  const lingering = new Lingering();
  lingering.channel.closed = true;
  lingering.begin();
  assert.equal(lingering.closings, 1);
  assert.deepEqual(lingering.channel.calls, []);
  assert.equal(lingering.deadlines.size, 0);
});

test('it discards up to 256 KiB', () => {
  const lingering = new Lingering();
  const owner = lingering.begin();
  const bytes = Buffer.alloc(MAX_DISCARDED);
  assert.equal(owner.onChunk(bytes, 0, MAX_DISCARDED), MAX_DISCARDED);
  assert.deepEqual(lingering.channel.calls, ['end', 'resume']);
  assert.equal(owner.onChunk(bytes, 5, 6), 1);
  assert.deepEqual(lingering.channel.calls, ['end', 'resume', 'destroy']);
});

test('it waits for two seconds', () => {
  const lingering = new Lingering();
  lingering.begin();
  lingering.clock.advance(1_750);
  assert.ok(!lingering.channel.calls.includes('destroy'));
  lingering.clock.advance(250);
  assert.equal(lingering.channel.calls.at(-1), 'destroy');
});

test('the two seconds begin when the last byte is with the kernel', () => {
  const lingering = new Lingering();
  const { channel, clock } = lingering;
  channel.queuedBytes = 1_000;
  lingering.begin();
  for (let round = 0; round < 20; round++) {
    clock.advance(30_000);
    channel.queuedBytes -= 50;
  }
  assert.equal(channel.queuedBytes, 0);
  clock.advance(250);
  clock.advance(1_750);
  assert.ok(!channel.calls.includes('destroy'));
  clock.advance(250);
  assert.equal(channel.calls.at(-1), 'destroy');
});

test('a peer that takes nothing of what is queued is given up after a minute', () => {
  const lingering = new Lingering();
  lingering.channel.queuedBytes = 1_000;
  const owner = lingering.begin();
  lingering.clock.advance(59_750);
  assert.ok(!lingering.channel.calls.includes('destroy'));
  lingering.clock.advance(250);
  assert.equal(lingering.channel.calls.at(-1), 'destroy');
  lingering.close(owner);
  assert.equal(lingering.lost, true);
});

test('a peer that has taken all and stays is given up with nothing lost', () => {
  const lingering = new Lingering();
  const owner = lingering.begin();
  lingering.clock.advance(2_000);
  lingering.close(owner);
  assert.deepEqual([lingering.closings, lingering.lost], [1, false]);
});

test('where nothing can be sent any more it does not wait', () => {
  const lingering = new Lingering();
  lingering.begin().onWriteFailed();
  assert.equal(lingering.channel.calls.at(-1), 'destroy');
});

/** A server's side of a connection, and the client as the test plays it. */
async function connected(loopback: Loopback) {
  const client = new RawPeer(await loopback.connect());
  const options = { ...socketOptions(false), writeBufferBytes: 64 * 1024 };
  const channel = adoptAccepted(await loopback.accepted(), options);
  return { client, channel };
}

test('a response larger than the buffers of both sockets reaches a slow reader, whatever it still sends', async (t) => {
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const { client, channel } = await connected(loopback);
  const response = 'response '.repeat(2_000_000);
  client.pause();
  client.send('x'.repeat(100_000));
  channel.writeText(response);
  let closings = 0;
  new LingeringClose(channel, deadlines, () => {
    closings++;
  });
  await settled();
  for (let slice = 0; client.received.length < response.length; slice++) {
    const before = client.received.length;
    client.resume();
    await until(() => client.received.length > before, `slice ${slice}`);
    client.pause();
    clock.advance(1_000);
  }
  client.resume();
  assert.equal(await client.ending(), 'fin');
  assert.ok(client.received === response);
  clock.advance(1_000);
  client.end();
  await until(() => closings === 1, 'the close');
  assert.equal(deadlines.size, 0);
});

test('a client that sends on and on is cut after 256 KiB, and has seen the end before', async (t) => {
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const deadlines = new Deadlines(new ManualClock());
  const { client, channel } = await connected(loopback);
  channel.writeText('refused');
  let closings = 0;
  new LingeringClose(channel, deadlines, () => {
    closings++;
  });
  assert.equal(await client.ending(), 'fin');
  assert.equal(client.received, 'refused');
  client.send('y'.repeat(8 * 1024 * 1024));
  await until(() => closings === 1, 'the close');
  assert.ok(channel.bytesRead < 2 * 1024 * 1024);
});
