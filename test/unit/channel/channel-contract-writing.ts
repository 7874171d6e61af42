import assert from 'node:assert/strict';
import type { ChannelRules } from './channel-trial.js';

const X = Buffer.from('x');

/** What a source can rely on when it writes. */
export const writingRules: ChannelRules = {
  'a write takes every byte before it returns': async (trial) => {
    const { channel, peer, owner } = await trial.paused();
    peer.pause();
    const bytes = Buffer.alloc(50_000);
    let expected = '';
    for (let round = 0; round < 40; round++) {
      bytes.fill(65 + (round % 26));
      expected += bytes.toString('latin1', 10, 49_990);
      owner.silently(() => channel.write(bytes, 10, 49_990));
      bytes.fill(0);
    }
    peer.resume();
    await trial.until(() => peer.text.length >= expected.length, 'all bytes');
    assert.ok(peer.text === expected, 'the bytes are those that were written');
    assert.equal(channel.bytesWritten, expected.length);
  },

  'writeText writes Latin-1 and the bytes behind it': async (trial) => {
    const { channel, peer, owner } = await trial.paused();
    const bytes = Buffer.from('...body...');
    owner.silently(() => channel.writeText('h\u00e9ad ', bytes, 3, 7));
    bytes.fill(0);
    channel.writeText('alone ');
    channel.writeText('', Buffer.from('bytes'), 0, 5);
    channel.writeText('');
    await trial.until(() => peer.text.length >= 20, 'the bytes');
    assert.equal(peer.text, 'h\u00e9ad bodyalone bytes');
    assert.equal(channel.bytesWritten, 20);
  },

  'so too where the text has room before the bytes, to a peer that takes nothing for now': async (trial) => {
    const { channel, peer, owner } = await trial.paused();
    peer.pause();
    let expected = '';
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.alloc(20_000, 65 + (round % 26));
      const text = 'h\u00e9ad'.padEnd(round % 40, '.');
      expected += text + bytes.toString('latin1', 40, 19_990);
      owner.silently(() => channel.writeText(text, bytes, 40, 19_990));
      bytes.fill(0);
    }
    peer.resume();
    await trial.until(() => peer.text.length >= expected.length, 'all bytes');
    assert.ok(peer.text === expected, 'the bytes are those that were written');
    assert.equal(channel.bytesWritten, expected.length);
  },

  'a long text leaves whole': async (trial) => {
    const { channel, peer } = await trial.paused();
    const text = '0123456789'.repeat(20_000);
    channel.writeText(text, Buffer.from('end'), 0, 3);
    await trial.until(() => peer.text.length >= text.length + 3, 'the bytes');
    assert.ok(peer.text === `${text}end`);
  },

  'an empty write is one': async (trial) => {
    const { channel, peer } = await trial.paused();
    assert.equal(channel.write(X, 0, 0), true);
    channel.write(X, 0, 1);
    await trial.until(() => peer.text === 'x', 'the byte');
    assert.equal(channel.bytesWritten, 1);
  },

  'a peer that takes nothing congests the channel; every write says so': async (trial) => {
    const { channel, peer, owner } = await trial.paused();
    peer.pause();
    assert.equal(channel.congested, false);
    owner.silently(() => trial.congest(channel));
    assert.equal(channel.congested, true);
    assert.equal(channel.write(X, 0, 1), false);
    assert.equal(channel.writeText('x'), false);
    assert.ok(channel.queuedBytes > 0);
  },

  'onWritable comes exactly once for a congestion, when the queue is with the peer': async (trial) => {
    const { channel, peer, owner } = await trial.paused();
    peer.pause();
    const text = trial.congest(channel);
    for (let count = 0; count < 10; count++) channel.write(X, 0, 1);
    await trial.settle();
    peer.resume();
    owner.inside = (call) => {
      if (call === 'writable') assert.equal(channel.congested, false);
    };
    await trial.until(() => peer.text.length === text.length + 10, 'all bytes');
    await trial.until(() => owner.count('writable') > 0, 'onWritable');
    await trial.settle();
    assert.equal(owner.count('writable'), 1);
    assert.equal(channel.queuedBytes, 0);
    assert.equal(channel.write(X, 0, 1), true);
  },

  'onWritable comes for each congestion, and the queue is empty then': async (trial) => {
    const rounds = 5;
    let written = '';
    let congestions = 0;
    const { channel, peer, owner } = await trial.paused({}, 10_000);
    const chunk = Buffer.alloc(3_000, 'y');
    owner.inside = (call) => {
      if (call !== 'writable') return;
      assert.equal(channel.queuedBytes, 0);
      if (congestions === rounds) return;
      congestions++;
      written += trial.congest(channel, chunk);
    };
    peer.pause();
    congestions++;
    written += trial.congest(channel, chunk);
    peer.resume();
    await trial.until(() => peer.text.length === written.length, 'all bytes');
    await trial.until(() => owner.count('writable') === rounds, 'every onWritable');
    await trial.settle();
    assert.equal(owner.count('writable'), rounds);
    assert.ok(peer.text === written);
  },

  'queued bytes are those that the peer does not take, whatever is written meanwhile': async (trial) => {
    const { channel, peer } = await trial.paused();
    peer.pause();
    trial.congest(channel);
    trial.congest(channel);
    await trial.settle();
    // What is encrypted on its way is congested before the kernel is full.
    for (let round = 0; channel.queuedBytes === 0 && round < 500; round++) {
      trial.congest(channel);
      await trial.settle();
    }
    const before = channel.queuedBytes;
    assert.ok(before > 0);
    channel.write(Buffer.alloc(1_000), 0, 1_000);
    assert.equal(channel.queuedBytes, before + 1_000);
  },

  'queued bytes fall as the peer reads': async (trial) => {
    const { channel, peer } = await trial.paused();
    peer.pause();
    const large = Buffer.alloc(16 * 1024 * 1024, 'q');
    channel.write(large, 0, large.length);
    await trial.settle();
    const seen = [channel.queuedBytes];
    peer.resume();
    await trial.until(() => {
      seen.push(channel.queuedBytes);
      return channel.queuedBytes === 0;
    }, 'an empty queue');
    for (const [index, queued] of seen.entries()) assert.ok(index === 0 || queued <= (seen[index - 1] as number));
    await trial.until(() => peer.text.length === large.length, 'all bytes');
  },

  'writes after end() and destroy() are swallowed': async (trial) => {
    for (const finish of ['end', 'destroy'] as const) {
      const { channel, peer } = await trial.reading();
      channel.write(X, 0, 1);
      await trial.until(() => peer.text === 'x', 'the byte');
      channel[finish]();
      assert.equal(channel.writable, false);
      assert.equal(channel.write(X, 0, 1), true);
      assert.equal(channel.writeText('more'), true);
      await trial.until(() => peer.ended, 'the end');
      assert.equal(peer.text, 'x');
      assert.equal(channel.bytesWritten, 1);
    }
  },

  'a failed write ends the sending only: what the peer still sends is read': async (trial) => {
    if (!trial.kind.outlivesFailedWrites) return;
    const { channel, peer, owner } = await trial.paused();
    peer.send('413 too large');
    await trial.settle();
    peer.cut();
    await trial.settle();
    await trial.until(() => {
      owner.silently(() => channel.write(X, 0, 1));
      return channel.writeFailed;
    }, 'a failed write');
    await trial.until(() => owner.count('write failed') > 0, 'onWriteFailed');
    assert.equal(channel.writable, false);
    assert.equal(channel.closed, false);
    const written = channel.bytesWritten;
    assert.equal(channel.write(X, 0, 1), true);
    assert.equal(channel.bytesWritten, written);
    channel.end();
    assert.equal(owner.text, '');
    channel.resume();
    await trial.until(() => owner.text === '413 too large', 'what the peer had sent');
    assert.equal(owner.count('write failed'), 1);
  },

  'a write that fails with bytes queued is told once': async (trial) => {
    const { channel, peer, owner } = await trial.paused();
    peer.pause();
    trial.congest(channel);
    await trial.settle();
    peer.cut();
    await trial.until(() => channel.closed || channel.writeFailed, 'the failure');
    await trial.settle();
    assert.equal(channel.writable, false);
    assert.equal(channel.write(X, 0, 1) && channel.congested, false);
    assert.ok(owner.count('write failed') <= 1);
  },
};
