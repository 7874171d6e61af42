import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { until } from '../../support/turns.js';
import type { ChannelKind } from './channel-kind.js';
import { directlySecuredSockets, securedSockets } from './real-kinds.js';
import { own, type RecordingOwner } from './recording-owner.js';

const CHUNK = Buffer.alloc(32 * 1024, 'c');
const kinds = (['accepted', 'dialed'] as const).flatMap((side) => [securedSockets(side), directlySecuredSockets(side)]);

async function opened(t: TestContext, kind: ChannelKind, parts: Partial<Pick<RecordingOwner, 'inside'>> = {}) {
  t.after(() => kind.close());
  const { channel, peer } = await kind.open();
  own(channel, parts);
  return { channel, peer };
}

for (const kind of kinds) {
  test(`${kind.name}: many small writes reach the peer, destroyed in the tick of the last`, async (t) => {
    const { channel, peer } = await opened(t, kind);
    for (let count = 0; count < 50; count++) channel.writeText('message ');
    channel.destroy();
    assert.equal(channel.writable, false);
    channel.writeText('nothing behind it');
    await until(() => peer.ended, 'the end');
    assert.equal(peer.text, 'message '.repeat(50));
  });

  test(`${kind.name}: more than Node hands on at once reaches the peer, destroyed in the tick of the write`, async (t) => {
    const { channel, peer } = await opened(t, kind);
    for (let count = 0; count < 20; count++) channel.write(CHUNK, 0, CHUNK.length);
    channel.destroy();
    await until(() => peer.ended, 'the end');
    assert.equal(peer.text.length, 20 * CHUNK.length);
  });

  test(`${kind.name}: the last writes reach the peer, destroyed right behind what was congested`, async (t) => {
    const inside: RecordingOwner['inside'] = (call) => {
      if (call === 'writable') process.nextTick(writeAndLeave);
    };
    const { channel, peer } = await opened(t, kind, { inside });
    let written = 0;
    // As a source does that was paused: what was kept of it, then its end.
    const writeAndLeave = (): void => {
      for (let count = 0; count < 3; count++) channel.writeText('message ');
      channel.destroy();
    };
    do written += CHUNK.length;
    while (channel.write(CHUNK, 0, CHUNK.length));
    await until(() => peer.ended, 'the end');
    assert.equal(peer.text.slice(written), 'message '.repeat(3));
  });
}
