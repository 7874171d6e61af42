import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultProxy } from '../../support/faults/fault-proxy.js';
import type { Link, LinkSetup } from '../../support/faults/link.js';
import { delayed, oneByte, randomPieces } from '../../support/faults/pieces.js';
import { RawBackend, unusedPort } from '../../support/raw-backend.js';
import { RawPeer } from '../../support/raw-peer.js';
import { SeededRandom } from '../../support/simulation/random.js';
import { settled, until } from '../../support/turns.js';

/** More than the kernel's buffers of two connections take. */
const MUCH = Buffer.alloc(48 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz').toString('latin1');

interface Ends {
  readonly near: RawPeer;
  readonly far: RawPeer;
  readonly link: Link;
}

/** Plays with the two ends of one link; behind it, no socket of the fault proxy may be open. */
async function linked(setup: LinkSetup, play: (ends: Ends) => Promise<void>): Promise<void> {
  const target = await RawBackend.listen();
  const proxy = await FaultProxy.listen(target.ownPort, setup);
  try {
    const near = await RawPeer.connect(proxy.port);
    await proxy.reached(near.localPort);
    const far = await target.connection();
    await play({ near, far, link: proxy.links[0] as Link });
    near.destroy();
    far.destroy();
  } finally {
    await target.close();
    await proxy.close();
  }
  await until(() => proxy.openSockets === 0, 'the close of its sockets');
}

const ways = ['up', 'down'] as const;
/** Who sends and who receives on a way. */
const ordered = ({ near, far }: Ends, way: 'up' | 'down'): [RawPeer, RawPeer] =>
  way === 'up' ? [near, far] : [far, near];

for (const way of ways) {
  test(`without faults bytes pass ${way}, FIN is a half-close, and the other way stays open`, () =>
    linked({}, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      sender.send('hello');
      sender.end();
      assert.equal(await receiver.takeRest(), 'hello');
      assert.deepEqual(receiver.endings, ['fin']);
      receiver.send('and back');
      assert.equal(await sender.take(8), 'and back');
      receiver.end();
      await Promise.all([sender.whenClosed(), receiver.whenClosed()]);
      assert.deepEqual([sender.endings, receiver.endings], [['fin'], ['fin']]);
      await until(() => ends.link.closed, 'the end of the link');
    }));

  test(`a reset is a reset ${way}, also right behind bytes, and those pass`, () =>
    linked({}, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      sender.send('hello');
      await receiver.take(5);
      sender.send('more');
      sender.reset();
      assert.ok(await receiver.wasReset());
      await until(() => ends.link.closed, 'the end of the link');
    }));

  test(`a reset behind a half-close is a reset ${way}`, () =>
    linked({}, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      sender.end();
      await receiver.ending();
      receiver.send('x');
      await sender.take(1);
      sender.reset();
      // Its FIN was read: a reset shows at the next write only, and the link has one to make first.
      await until(() => {
        if (!receiver.closed) receiver.send('x');
        return receiver.endings.includes('reset');
      }, 'the reset');
    }));

  test(`a receiver that takes nothing has the sender wait ${way}, and nothing is lost`, () =>
    linked({}, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      receiver.pause();
      sender.send(MUCH);
      await settled(200);
      assert.ok(sender.unsentBytes > 0);
      assert.ok(ends.link[way].passedBytes < MUCH.length);
      receiver.send('the other way is open');
      await sender.take(21);
      receiver.resume();
      assert.ok((await receiver.take(MUCH.length)) === MUCH);
      assert.equal(ends.link[way].passedBytes, MUCH.length);
    }));

  test(`a reset comes through ${way} where the receiver takes nothing`, () =>
    linked({}, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      sender.pause();
      receiver.send(MUCH);
      await settled(200);
      sender.reset();
      await receiver.ending();
      assert.deepEqual(receiver.endings, ['reset']);
    }));

  test(`one byte at a time is one byte at a time for who reads ${way}`, () =>
    linked({ [way]: { pieces: oneByte() } }, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      sender.send('x'.repeat(1000));
      await receiver.take(1000);
      assert.deepEqual(receiver.reads, Array(1000).fill(1));
    }));

  test(`bytes behind the finest part of a burst pass as they came ${way}, and the next burst is fine again`, () =>
    linked({ [way]: { pieces: oneByte(10) } }, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      for (let burst = 0; burst < 2; burst++) {
        sender.send('x'.repeat(1000));
        await receiver.take(1000);
        assert.deepEqual(receiver.reads.splice(0), [...Array(10).fill(1), 990]);
        await settled();
      }
    }));

  test(`random pieces lose nothing ${way}, and a seed repeats them`, async () => {
    const reads: number[][] = [];
    for (let run = 0; run < 2; run++) {
      await linked({ [way]: { pieces: randomPieces(new SeededRandom(7)) } }, async (ends) => {
        const [sender, receiver] = ordered(ends, way);
        const text = MUCH.slice(0, 3000);
        sender.send(text);
        sender.end();
        assert.equal(await receiver.takeRest(), text);
        reads.push(receiver.reads);
      });
    }
    assert.ok((reads[0]?.length ?? 0) > 1, String(reads[0]));
    assert.deepEqual(reads[0], reads[1]);
  });

  test(`what is delayed comes ${way}, and its FIN behind it`, () =>
    linked({ [way]: { pieces: delayed(1) } }, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      sender.send('hello');
      sender.end();
      await settled(); // which waits for links
      assert.equal(receiver.received, 'hello');
      assert.deepEqual(receiver.endings, ['fin']);
    }));

  for (const at of [0, 3]) {
    test(`a stall behind ${at} bytes holds bytes and FIN ${way} until it is over`, () =>
      linked({ [way]: { faults: [{ at, does: 'stall' }] } }, async (ends) => {
        const [sender, receiver] = ordered(ends, way);
        sender.send('hello');
        sender.end();
        receiver.send('the other way is open');
        await sender.take(21);
        await settled();
        assert.equal(receiver.received, 'hello'.slice(0, at));
        assert.deepEqual(receiver.endings, []);
        ends.link[way].release();
        assert.equal(await receiver.takeRest(), 'hello');
      }));

    test(`a stall behind ${at} bytes ends by itself ${way} where it has a time`, () =>
      linked({ [way]: { faults: [{ at, does: 'stall', forMs: 1 }] } }, async (ends) => {
        const [sender, receiver] = ordered(ends, way);
        sender.send('hello');
        sender.end();
        assert.equal(await receiver.takeRest(), 'hello');
      }));

    test(`a reset behind ${at} bytes ${way} reaches both ends`, () =>
      linked({ [way]: { pieces: oneByte(), faults: [{ at, does: 'reset' }] } }, async (ends) => {
        const [sender, receiver] = ordered(ends, way);
        if (at > 0) sender.send('hello');
        assert.ok(await receiver.wasReset());
        assert.ok(await sender.wasReset());
        assert.equal(receiver.received, 'hello'.slice(0, at));
        assert.ok(ends.link.closed);
      }));

    test(`a half-close behind ${at} bytes ${way} cuts what follows, and leaves the other way open`, () =>
      linked({ [way]: { faults: [{ at, does: 'end' }] } }, async (ends) => {
        const [sender, receiver] = ordered(ends, way);
        sender.send('hello');
        assert.equal(await receiver.takeRest(), 'hello'.slice(0, at));
        sender.send('more');
        receiver.send('back');
        assert.equal(await sender.take(4), 'back');
        assert.deepEqual([receiver.received.length, sender.endings], [at, []]);
      }));

    test(`what is swallowed behind ${at} bytes ${way} is gone, and FIN comes where it came`, () =>
      linked({ [way]: { faults: [{ at, does: 'swallow' }] } }, async (ends) => {
        const [sender, receiver] = ordered(ends, way);
        sender.send('hello');
        await settled();
        assert.equal(receiver.received, 'hello'.slice(0, at));
        assert.deepEqual(receiver.endings, []);
        sender.end();
        assert.equal(await receiver.takeRest(), 'hello'.slice(0, at));
      }));
  }

  test(`two faults come in their order ${way}`, () =>
    linked(
      {
        [way]: {
          faults: [
            { at: 1, does: 'stall' },
            { at: 4, does: 'end' },
          ],
        },
      },
      async (ends) => {
        const [sender, receiver] = ordered(ends, way);
        sender.send('hello');
        assert.equal(await receiver.take(1), 'h');
        await settled();
        assert.equal(receiver.untaken, '');
        ends.link[way].release();
        assert.equal(await receiver.takeRest(), 'ell');
      },
    ));

  test(`a stall and an end may be told at any time ${way}`, () =>
    linked({}, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      ends.link[way].stall();
      sender.send('hello');
      await settled();
      assert.equal(receiver.received, '');
      ends.link[way].release();
      await receiver.take(5);
      ends.link[way].end();
      sender.send('more');
      assert.equal(await receiver.takeRest(), '');
    }));

  test(`what a peer sent before it left comes ${way}, although it takes nothing any more`, () =>
    linked({ [way]: { pieces: oneByte() } }, async (ends) => {
      const [sender, receiver] = ordered(ends, way);
      ends.link[way].stall();
      sender.send('the last words');
      sender.end();
      await settled();
      sender.destroy();
      for (let count = 0; count < 5; count++) {
        receiver.send('nobody reads this');
        await settled();
      }
      ends.link[way].release();
      assert.equal(await receiver.take(14), 'the last words');
      await receiver.ending();
    }));
}

test('each connection gets its own setup, by its number', async () => {
  const target = await RawBackend.listen();
  const numbers: number[] = [];
  const proxy = await FaultProxy.listen(target.ownPort, (index) => {
    numbers.push(index);
    return index === 1 ? { up: { faults: [{ at: 0, does: 'reset' }] } } : {};
  });
  const [first, second] = [await RawPeer.connect(proxy.port), await RawPeer.connect(proxy.port)];
  assert.ok(await second.wasReset());
  first.send('hello');
  assert.equal(await (await target.connection()).take(5), 'hello');
  assert.deepEqual(numbers, [0, 1]);
  first.destroy();
  await target.close();
  await proxy.close();
});

test('who connects to a target that refuses is reset', async () => {
  const proxy = await FaultProxy.listen(await unusedPort());
  const near = await RawPeer.connect(proxy.port);
  await proxy.reached(near.localPort);
  assert.ok(await near.wasReset());
  assert.equal(proxy.links.length, 0);
  await proxy.close();
  await until(() => proxy.openSockets === 0, 'the close of its sockets');
});
