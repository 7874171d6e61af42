import assert from 'node:assert/strict';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Stage } from '../support/stage.js';
import {
  answerAndLeave,
  close,
  ordered,
  type SideName,
  sides,
  takeClose,
  text,
  tunnel,
} from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';

/** What the side is told that is still there when the other vanished. */
const vanished = { client: '1001 client gone', backend: '1011 backend gone' };

/** The tunnel is gone, for this cause, ended by this side. */
async function assertEnded(stage: Stage, cause: string | null, by: SideName | 'proxy'): Promise<void> {
  await stage.open('tunnels', 0);
  await stage.open('clientConnections', 0);
  assert.equal((await stage.outcome()).error?.code ?? null, cause);
  assert.equal(stage.tunnelReports.length, 1);
  assert.equal(stage.tunnelReports[0]?.closedBy, by);
}

/** The connection ends without a byte more. */
async function assertCut(peer: RawPeer): Promise<void> {
  await peer.ending();
  assert.equal(peer.untaken, '');
  peer.end();
}

for (const [from, to] of sides) {
  for (const how of ['end', 'reset'] as const) {
    behaviour(`a ${from} that vanishes by ${how} has the ${to} told so`, async (stage) => {
      const [leaver, other] = ordered(await tunnel(stage), from);
      const last = text(from, 'last words');
      leaver.send(last);
      assert.equal(await other.take(last.length), last.toString('latin1'));
      leaver[how]();
      assert.equal(await takeClose(other, to), vanished[from]);
      await answerAndLeave(other, to);
      await assertEnded(stage, `${from}-gone`, from);
      const { [to]: told, [from]: gone } = stage.tunnelReports[0] ?? assert.fail();
      assert.deepEqual([told.sentCode, told.receivedCode], [Number(vanished[from].slice(0, 4)), 1000]);
      assert.deepEqual([gone.sentCode, gone.receivedCode], [null, null]);
      // The answer to our Close was nobody's.
      assert.equal(leaver.untaken, '');
    });

    behaviour(`a ${from} that vanishes by ${how} inside a frame has the ${to} cut`, async (stage) => {
      const [leaver, other] = ordered(await tunnel(stage), from);
      const half = text(from, 'half a frame').subarray(0, -3);
      leaver.send(half);
      assert.equal(await other.take(half.length), half.toString('latin1'));
      leaver[how]();
      await assertCut(other);
      await assertEnded(stage, `${from}-gone`, from);
      assert.equal(stage.tunnelReports[0]?.[to].sentCode, null);
    });

    behaviour(`a ${from} that vanishes by ${how} inside a header has the ${to} told so`, async (stage) => {
      const [leaver, other] = ordered(await tunnel(stage), from);
      const whole = text(from, 'whole');
      leaver.send(Buffer.concat([whole, whole.subarray(0, 1)]));
      assert.equal(await other.take(whole.length), whole.toString('latin1'));
      leaver[how]();
      assert.equal(await takeClose(other, to), vanished[from]);
      await answerAndLeave(other, to);
      await assertEnded(stage, `${from}-gone`, from);
    });
  }

  behaviour(`a Close of the ${from} passes untouched, and so does the answer`, async (stage) => {
    const [closer, other] = ordered(await tunnel(stage), from);
    const bye = close(from, 3001, 'bye');
    closer.send(bye);
    assert.equal(await other.take(bye.length), bye.toString('latin1'));
    // What was under way before the answer still arrives.
    const late = Buffer.concat([text(to, 'late'), close(to, 3002, 'well')]);
    other.send(late);
    assert.equal(await closer.takeRest(), late.toString('latin1'));
    assert.equal(await other.takeRest(), '');
    closer.end();
    other.end();
    await assertEnded(stage, null, from);
    const { [from]: first, [to]: second } = stage.tunnelReports[0] ?? assert.fail();
    assert.deepEqual(
      [first.receivedCode, first.sentCode, second.receivedCode, second.sentCode],
      [3001, 3002, 3002, 3001],
    );
  });

  behaviour(`a Close of the ${from} without a code is remembered as 1005`, async (stage) => {
    const [closer, other] = ordered(await tunnel(stage), from);
    closer.send(close(from, null));
    await other.take(close(from, null).length);
    other.send(close(to, null));
    await closer.take(close(to, null).length);
    closer.end();
    other.end();
    await assertEnded(stage, null, from);
    assert.equal(stage.tunnelReports[0]?.[from].receivedCode, 1005);
    assert.equal(stage.tunnelReports[0]?.[to].sentCode, 1005);
  });

  behaviour(`what the ${from} sends behind its Close goes nowhere`, async (stage) => {
    const [closer, other] = ordered(await tunnel(stage), from);
    const bye = close(from, 1000);
    closer.send(Buffer.concat([text(from, 'a'), bye, text(from, 'behind'), close(from, 1001)]));
    closer.send('not even a frame');
    const wanted = Buffer.concat([text(from, 'a'), bye]).toString('latin1');
    assert.equal(await other.take(wanted.length), wanted);
    await settled();
    other.send(close(to, 1000));
    await closer.take(close(to, 1000).length);
    assert.equal(await other.takeRest(), '');
    closer.end();
    other.end();
    await assertEnded(stage, null, from);
  });

  behaviour(`nothing goes to the ${to} behind its own and the other's Close`, async (stage) => {
    const [closer, other] = ordered(await tunnel(stage), from);
    closer.send(close(from, 1000));
    other.send(close(to, 1001));
    assert.deepEqual(await Promise.all([closer.takeRest(), other.takeRest()]), [
      close(to, 1001).toString('latin1'),
      close(from, 1000).toString('latin1'),
    ]);
    closer.end();
    other.end();
    await stage.open('tunnels', 0);
    assert.equal((await stage.outcome()).error, null);
  });

  behaviour(`a ${to} that does not answer a Close has close_timeout, then the ${from} is told`, async (stage) => {
    const [closer, other] = ordered(await tunnel(stage), from);
    closer.send(close(from, 1000));
    await other.take(close(from, 1000).length);
    other.send(text(to, 'still talking'));
    await closer.take(text(to, 'still talking').length);
    await stage.pass(9_500);
    assert.deepEqual([closer.endings, other.endings, closer.untaken], [[], [], '']);
    await stage.pass(750);
    await assertCut(other);
    assert.equal(await takeClose(closer, from), vanished[to]);
    await assertCut(closer);
    await assertEnded(stage, null, from);
  });

  behaviour(`a ${to} that leaves without an answer to a Close has the ${from} told`, async (stage) => {
    const [closer, other] = ordered(await tunnel(stage), from);
    closer.send(close(from, 1000));
    await other.take(close(from, 1000).length);
    other.end();
    assert.equal(await takeClose(closer, from), vanished[to]);
    await assertCut(closer);
    await assertCut(other);
    await assertEnded(stage, null, from);
  });

  behaviour(`a ${from} that leaves behind its Close still has its Close delivered`, async (stage) => {
    const [closer, other] = ordered(await tunnel(stage), from);
    closer.send(close(from, 1001));
    closer.end();
    assert.equal(await other.take(close(from, 1001).length), close(from, 1001).toString('latin1'));
    other.send(close(to, 1001));
    assert.equal(await closer.takeRest(), close(to, 1001).toString('latin1'));
    assert.equal(await other.takeRest(), '');
    other.end();
    await assertEnded(stage, null, from);
  });

  behaviour(`a ${to} that does not answer a Close of ours is cut after close_timeout`, async (stage) => {
    const [leaver, other] = ordered(await tunnel(stage), from);
    leaver.end();
    assert.equal(await takeClose(other, to), vanished[from]);
    // It is read on, so that it can come to its answer; nothing of it goes anywhere.
    for (let count = 0; count < 50; count++) other.send(text(to, 'x'.repeat(100_000)));
    await stage.pass(9_500);
    assert.equal(other.unsentBytes, 0);
    assert.deepEqual(other.endings, []);
    await stage.pass(750);
    await assertCut(other);
    await assertCut(leaver);
    await assertEnded(stage, `${from}-gone`, from);
    assert.equal(stage.tunnelReports[0]?.[to].bytes, 0, 'bytes are counted where they were relayed');
  });
}

behaviour('both sides may vanish at once', async (stage) => {
  const { client, backend } = await tunnel(stage);
  client.end();
  backend.end();
  await Promise.all([client.ending(), backend.ending()]);
  await stage.open('tunnels', 0);
  assert.equal(stage.tunnelReports.length, 1);
});

behaviour('both sides may be reset at once', async (stage) => {
  const { client, backend } = await tunnel(stage);
  client.reset();
  backend.reset();
  await stage.open('tunnels', 0);
  await stage.open('clientConnections', 0);
  assert.equal(stage.tunnelReports.length, 1);
});
