import assert from 'node:assert/strict';
import type { ChannelRules } from './channel-trial.js';
import { firstBytes } from './recording-owner.js';

const X = Buffer.from('x');

/** How a channel ends, in each direction and altogether. */
export const endingRules: ChannelRules = {
  'end() goes behind what is queued': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    peer.pause();
    const text = trial.congest(channel);
    owner.silently(() => channel.end());
    assert.equal(channel.writable, false);
    await trial.settle();
    peer.resume();
    await trial.until(() => peer.ended, 'the end');
    assert.ok(peer.text === text);
  },

  "the peer's end leaves our sending open": async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    peer.send('request');
    peer.end();
    await trial.until(() => owner.count('end') === 1, 'the end of the peer');
    assert.equal(owner.text, 'request');
    assert.equal(channel.writable, true);
    assert.equal(channel.closed, false);
    channel.writeText('response');
    await trial.until(() => peer.text === 'response', 'the response');
    channel.end();
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.equal(owner.closeError, null);
    assert.equal(peer.ended, true);
    assert.equal(peer.broken, false);
  },

  'our end() leaves reading open': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    channel.writeText('request');
    channel.end();
    await trial.until(() => peer.ended, 'our end');
    assert.equal(channel.closed, false);
    peer.send('response');
    await trial.until(() => owner.text === 'response', 'the response');
    peer.end();
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.equal(owner.count('end'), 1);
    assert.equal(owner.closeError, null);
  },

  'end() twice is one': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    channel.end();
    channel.end();
    await trial.until(() => peer.ended, 'our end');
    peer.end();
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.equal(owner.closeError, null);
  },

  'ends of both sides that cross close cleanly': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    peer.end();
    channel.end();
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.deepEqual(owner.calls, ['end', 'close']);
    assert.equal(owner.closeError, null);
  },

  'destroy() ends both directions: the peer sees an end, the owner a clean close': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    owner.silently(() => channel.destroy());
    owner.silently(() => channel.destroy());
    await trial.until(() => owner.count('close') === 1, 'the close');
    await trial.until(() => peer.ended, 'the end at the peer');
    assert.deepEqual(owner.calls, ['close']);
    assert.equal(owner.closeError, null);
    assert.equal(channel.closed, true);
    assert.equal(channel.writable, false);
  },

  'destroy(true) is a reset to the peer, a clean close to the owner': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    owner.silently(() => channel.destroy(true));
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.equal(owner.closeError, null);
    await trial.until(() => peer.broken || peer.ended, 'the end at the peer');
    if (trial.kind.resets) assert.equal(peer.broken, true);
  },

  'destroy(true) right behind end() closes too': async (trial) => {
    const { channel, owner } = await trial.reading();
    channel.writeText('last');
    owner.silently(() => {
      channel.end();
      channel.destroy(true);
    });
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.equal(owner.closeError, null);
  },

  'destroy(true) a while behind end() closes too': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    channel.end();
    await trial.until(() => peer.ended, 'our end');
    channel.destroy(true);
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.equal(owner.closeError, null);
  },

  'destroy() does not wait for what is queued': async (trial) => {
    for (const reset of [false, true]) {
      const { channel, peer, owner } = await trial.reading();
      peer.pause();
      trial.congest(channel);
      channel.end();
      await trial.settle();
      channel.destroy(reset);
      await trial.until(() => owner.count('close') === 1, 'the close');
      assert.equal(owner.closeError, null);
      if (trial.kind.forgetsAtDestroy) assert.equal(channel.queuedBytes, 0);
    }
  },

  'nothing but the close is told after destroy()': async (trial) => {
    if (!trial.kind.forgetsAtDestroy) return;
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(2) });
    owner.inside = (call) => {
      if (call !== 'chunk') return;
      channel.resume();
      channel.destroy();
    };
    peer.send('abcdef');
    peer.end();
    await trial.until(() => owner.count('close') === 1, 'the close');
    await trial.settle();
    assert.deepEqual(owner.calls, ['chunk', 'close']);
  },

  'what was kept is not told after destroy()': async (trial) => {
    if (!trial.kind.forgetsAtDestroy) return;
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(2) });
    peer.send('abcdef');
    peer.end();
    await trial.until(() => owner.text === 'ab', 'the first bytes');
    channel.resume();
    channel.destroy();
    await trial.until(() => owner.count('close') === 1, 'the close');
    await trial.settle();
    assert.equal(owner.count('chunk'), 1);
    assert.equal(owner.count('end'), 0);
  },

  'destroy() from within onEnd is told in a later tick': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    owner.inside = (call) => {
      if (call === 'end') owner.silently(() => channel.destroy());
    };
    peer.end();
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.deepEqual(owner.calls, ['end', 'close']);
    assert.equal(owner.closeError, null);
  },

  'destroy() from within onWritable is the last that is told but the close': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    owner.inside = (call) => {
      if (call === 'writable') channel.destroy();
    };
    peer.pause();
    trial.congest(channel);
    peer.resume();
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.deepEqual(owner.calls, ['writable', 'close']);
  },

  'a reset by the peer closes with an error': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    peer.send('bytes');
    await trial.until(() => owner.text === 'bytes', 'the bytes');
    peer.cut();
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.ok(owner.closeError instanceof Error);
    if (trial.kind.resets) assert.equal('code' in owner.closeError && owner.closeError.code, 'ECONNRESET');
    assert.equal(channel.closed, true);
    assert.equal(owner.count('end'), 0);
  },

  'after the close every call does nothing': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    peer.send('ab');
    await trial.until(() => owner.text === 'ab', 'the bytes');
    channel.destroy();
    await trial.until(() => channel.closed, 'the close');
    channel.pause();
    channel.resume();
    channel.end();
    channel.destroy();
    channel.destroy(true);
    channel.write(X, 0, 1);
    channel.writeText('x');
    await trial.settle();
    assert.equal(owner.calls.at(-1), 'close');
    assert.equal(channel.bytesRead, 2);
    assert.equal(channel.bytesWritten, 0);
    assert.equal(channel.queuedBytes, 0);
  },
};
