import assert from 'node:assert/strict';
import type { ChannelRules } from './channel-trial.js';
import { firstBytes, RecordingOwner } from './recording-owner.js';

/** What an owner can rely on when it takes bytes, or does not. */
export const readingRules: ChannelRules = {
  'bytes are told in order and counted': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    peer.send('first ');
    await trial.settle();
    peer.send('second');
    await trial.until(() => owner.text.length >= 12, 'all bytes');
    assert.equal(owner.text, 'first second');
    assert.equal(channel.bytesRead, 12);
  },

  'nothing is told before resume()': async (trial) => {
    const { channel, peer, owner } = await trial.paused();
    peer.send('early');
    await trial.settle();
    assert.deepEqual(owner.calls, []);
    owner.silently(() => channel.resume());
    await trial.until(() => owner.text === 'early', 'the bytes');
  },

  'what is not taken is kept, reading stops, and it is told first after resume()': async (trial) => {
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(3) });
    peer.send('abcdefgh');
    await trial.until(() => owner.text === 'abc', 'the first bytes');
    const before = owner.calls.length;
    peer.send('ijkl');
    await trial.settle();
    assert.equal(owner.calls.length, before);
    owner.taking = (length) => length;
    owner.silently(() => channel.resume());
    await trial.until(() => owner.text.length >= 12, 'the rest');
    assert.equal(owner.text, 'abcdefghijkl');
    assert.equal(channel.bytesRead, 12);
  },

  'the rest goes to whoever owns the channel then': async (trial) => {
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(2) });
    peer.send('headbody');
    await trial.until(() => owner.text === 'he', 'the first bytes');
    const next = trial.giveTo(channel);
    await trial.until(() => next.text === 'adbody', 'the rest');
    assert.equal(owner.text, 'he');
  },

  'an owner put in place within onChunk gets the rest right after it, once it has resumed': async (trial) => {
    const next = new RecordingOwner();
    let ticked = false;
    next.inside = (call) => {
      if (call === 'chunk') assert.equal(ticked, false);
    };
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(4) });
    owner.inside = (call) => {
      if (call !== 'chunk' || owner.text !== 'head') return;
      process.nextTick(() => {
        ticked = true;
      });
      channel.owner = next;
      channel.resume();
      assert.equal(next.text, '');
    };
    peer.send('head and what is behind');
    await trial.until(() => next.text.length > 0, 'the rest');
    await trial.settle();
    assert.equal(next.text, ' and what is behind');
    next.judge();
  },

  'an owner put in place within onChunk gets nothing before it resumes': async (trial) => {
    const next = new RecordingOwner();
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(4) });
    owner.inside = (call) => {
      if (call === 'chunk') channel.owner = next;
    };
    peer.send('head and more');
    await trial.until(() => owner.text === 'head', 'the head');
    await trial.settle();
    assert.deepEqual(next.calls, []);
    channel.resume();
    await trial.until(() => next.text === ' and more', 'the rest');
  },

  'ten thousand heads in one chunk are taken in a loop, not by recursion': async (trial) => {
    const heads = 10_000;
    const { channel, peer, owner } = await trial.reading();
    owner.taking = (length) => Math.min(length, 5);
    owner.inside = (call) => {
      if (call === 'chunk') channel.resume();
    };
    peer.send('head '.repeat(heads));
    await trial.until(() => owner.text.length === heads * 5, 'all heads');
    assert.equal(owner.text, 'head '.repeat(heads));
    assert.equal(owner.deepest, 1);
  },

  'an owner that resumes but takes nothing is asked again in a later tick': async (trial) => {
    let refusals = 3;
    const { channel, peer, owner } = await trial.reading();
    owner.taking = (length) => (refusals-- > 0 ? 0 : length);
    owner.inside = (call) => {
      if (call === 'chunk') channel.resume();
    };
    peer.send('wanted at last');
    await trial.until(() => owner.text === 'wanted at last', 'the bytes');
    assert.equal(owner.deepest, 1);
  },

  'pause() and resume() within one chunk go on reading': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    owner.inside = (call) => {
      if (call !== 'chunk') return;
      channel.pause();
      channel.resume();
    };
    peer.send('one ');
    await trial.until(() => owner.text === 'one ', 'the first bytes');
    peer.send('two');
    await trial.until(() => owner.text === 'one two', 'the next bytes');
  },

  'pause() within a chunk that is taken whole holds the next one': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    owner.inside = (call) => {
      if (call === 'chunk') channel.pause();
    };
    peer.send('one ');
    await trial.until(() => owner.text === 'one ', 'the first bytes');
    peer.send('two');
    await trial.settle();
    assert.equal(owner.text, 'one ');
    channel.resume();
    await trial.until(() => owner.text === 'one two', 'the next bytes');
  },

  'resume() and pause() within one chunk that is not taken whole hold the rest': async (trial) => {
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(1) });
    owner.inside = () => {
      channel.resume();
      channel.pause();
    };
    peer.send('abc');
    await trial.until(() => owner.text === 'a', 'the first byte');
    await trial.settle();
    assert.equal(owner.count('chunk'), 1);
    owner.taking = (length) => length;
    owner.inside = () => {};
    channel.resume();
    await trial.until(() => owner.text === 'abc', 'the rest');
  },

  'a chunk on its way when pause() is called is kept': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    peer.send('on its way');
    owner.silently(() => channel.pause());
    await trial.settle();
    assert.equal(owner.text, '');
    owner.silently(() => channel.resume());
    await trial.until(() => owner.text === 'on its way', 'the bytes');
  },

  'pause() in the tick of resume() holds what was kept': async (trial) => {
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(1) });
    peer.send('abc');
    await trial.until(() => owner.text === 'a', 'the first byte');
    owner.taking = (length) => length;
    channel.resume();
    channel.pause();
    await trial.settle();
    assert.equal(owner.text, 'a');
    channel.resume();
    await trial.until(() => owner.text === 'abc', 'the rest');
  },

  'resume() called often tells nothing twice': async (trial) => {
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(1) });
    peer.send('abc');
    await trial.until(() => owner.text === 'a', 'the first byte');
    owner.taking = (length) => length;
    for (let round = 0; round < 3; round++) {
      channel.resume();
      channel.resume();
      channel.pause();
      channel.pause();
      channel.resume();
    }
    await trial.until(() => owner.text.length >= 3, 'the rest');
    await trial.settle();
    assert.equal(owner.text, 'abc');
  },

  'what one channel keeps is not touched by what another reads': async (trial) => {
    const one = await trial.reading({ taking: firstBytes(1) });
    const other = await trial.reading();
    one.peer.send('kept while others read');
    await trial.until(() => one.owner.text === 'k', 'the first byte');
    other.peer.send('x'.repeat(5_000));
    await trial.until(() => other.owner.text.length === 5_000, 'the bytes of the other');
    one.owner.taking = (length) => length;
    one.channel.resume();
    await trial.until(() => one.owner.text.length >= 22, 'the rest');
    assert.equal(one.owner.text, 'kept while others read');
  },

  "bytes kept before the peer's end are told before it": async (trial) => {
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(1) });
    peer.send('last words');
    peer.end();
    await trial.until(() => owner.text === 'l', 'the first byte');
    await trial.settle();
    assert.equal(owner.count('end'), 0);
    owner.taking = (length) => length;
    owner.silently(() => channel.resume());
    await trial.until(() => owner.count('end') === 1, 'the end');
    assert.equal(owner.text, 'last words');
  },

  "the peer's end waits for resume()": async (trial) => {
    const { channel, peer, owner } = await trial.paused();
    peer.end();
    await trial.settle();
    assert.deepEqual(owner.calls, []);
    channel.resume();
    await trial.until(() => owner.count('end') === 1, 'the end');
  },

  'pause() while the end is on its way holds it too': async (trial) => {
    const { channel, peer, owner } = await trial.reading();
    peer.send('bytes');
    peer.end();
    owner.inside = (call) => {
      if (call === 'chunk') channel.pause();
    };
    await trial.until(() => owner.text === 'bytes', 'the bytes');
    await trial.settle();
    assert.equal(owner.count('end'), 0);
    channel.resume();
    await trial.until(() => owner.count('end') === 1, 'the end');
  },

  'what is kept survives the end of both directions': async (trial) => {
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(1) });
    peer.send('last words');
    peer.end();
    await trial.until(() => owner.text === 'l', 'the first byte');
    channel.end();
    await trial.until(() => peer.ended, 'our end');
    await trial.settle();
    assert.deepEqual(owner.calls, ['chunk']);
    owner.taking = (length) => length;
    channel.resume();
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.equal(owner.text, 'last words');
    assert.equal(owner.count('end'), 1);
    assert.equal(owner.closeError, null);
  },

  'what is kept at the end of both directions can be given up': async (trial) => {
    const { channel, peer, owner } = await trial.reading({ taking: firstBytes(1) });
    peer.send('last words');
    peer.end();
    await trial.until(() => owner.text === 'l', 'the first byte');
    channel.end();
    await trial.settle();
    owner.silently(() => channel.destroy());
    await trial.until(() => owner.count('close') === 1, 'the close');
    assert.deepEqual(owner.calls, ['chunk', 'close']);
    assert.equal(owner.closeError, null);
  },
};
