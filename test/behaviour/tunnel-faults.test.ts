import assert from 'node:assert/strict';
import { behaviour } from '../support/stage.js';
import {
  answerAndLeave,
  close,
  frame,
  ordered,
  type SideName,
  sides,
  takeClose,
  text,
  tunnel,
} from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';

/** A frame whose first two bytes were changed; its mask, where it has one, stays. */
function bent(from: SideName, bytes: Buffer, first: number, second = 0): Buffer {
  const copy = Buffer.from(bytes);
  copy[0] = first;
  copy[1] = (copy[1] as number) ^ second;
  assert.equal((copy[1] as number) >> 7, (from === 'client' ? 1 : 0) ^ (second >> 7));
  return copy;
}

/** Good frames, and a bad one: each fault that a header can show. */
const faults: Record<string, (from: SideName) => Buffer[]> = {
  'frame-reserved-bits': (from) => [bent(from, text(from, 'x'), 0xa1)],
  'frame-unknown-opcode': (from) => [frame(from, 3, 'x')],
  'frame-control-too-long': (from) => [frame(from, 9, 'x'.repeat(126))],
  'frame-control-fragmented': (from) => [frame(from, 9, 'x', false)],
  'frame-continuation-without-start': (from) => [frame(from, 0, 'x')],
  'frame-start-inside-message': (from) => [frame(from, 1, 'x', false), frame(from, 1, 'y')],
  'frame-bad-close': (from) => [close(from, 1005)],
};
const tooLong = { client: '82ff0020000000000000', backend: '827f0020000000000000' };

for (const [from, to] of sides) {
  const wrongMask = from === 'client' ? 'frame-unmasked' : 'frame-masked';
  const all = {
    ...faults,
    [wrongMask]: () => [text(to, 'x')],
    'frame-bad-close of one byte': () => [frame(from, 8, 'x')],
    'frame-unknown-opcode of a control frame': () => [frame(from, 11, '')],
  };
  for (const [what, form] of Object.entries(all)) {
    behaviour(`${what} of the ${from} ends the tunnel with 1002, behind what was good`, async (stage) => {
      const [bad, other] = ordered(await tunnel(stage), from);
      const sent = form(from);
      const good = Buffer.concat([text(from, 'good'), frame(from, 9, 'ping'), ...sent.slice(0, -1)]);
      bad.send(Buffer.concat([good, ...sent.slice(-1), text(from, 'behind')]));
      assert.equal(await other.take(good.length), good.toString('latin1'));
      const reason = `protocol error of the ${from}`;
      assert.equal(await takeClose(bad, from), `1002 ${reason}`);
      assert.equal(await takeClose(other, to), `${to === 'client' ? 1011 : 1001} ${reason}`);
      // What the other still says goes nowhere, nor does its answer.
      other.send(text(to, 'too late'));
      await answerAndLeave(other, to);
      assert.equal(await bad.takeRest(), '');
      bad.end();
      await stage.open('tunnels', 0);
      const { error } = await stage.outcome();
      const code = what.split(' ')[0] ?? '';
      assert.deepEqual([error?.code, error?.message.split(':')[0]], [`${from}-protocol-error`, code]);
      assert.equal(stage.tunnelReports[0]?.closedBy, from);
    });
  }

  behaviour(`a frame of the ${from} over 2^53-1 bytes ends the tunnel with 1009`, async (stage) => {
    const [bad, other] = ordered(await tunnel(stage), from);
    const good = text(from, 'good');
    const header = Buffer.from(`${tooLong[from]}${from === 'client' ? '37fa213d' : ''}`, 'hex');
    bad.send(good);
    // Byte by byte: nothing of the header is relayed.
    for (const byte of header) {
      bad.send(Buffer.of(byte));
      await settled(2);
    }
    assert.equal(await other.take(good.length), good.toString('latin1'));
    assert.equal(await takeClose(bad, from), '1009 message too big');
    assert.equal(await takeClose(other, to), `${to === 'client' ? 1011 : 1001} message too big`);
    await answerAndLeave(other, to);
    assert.equal(await bad.takeRest(), '');
    bad.end();
    await stage.open('tunnels', 0);
    assert.equal((await stage.outcome()).error?.code, `${from}-message-too-big`);
  });

  behaviour(`a frame of the ${from} of 2^53-1 bytes may begin`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    const digits = '001fffffffffffff';
    const begun = Buffer.from(from === 'client' ? `82ff${digits}37fa213d00` : `827f${digits}00`, 'hex');
    writer.send(begun);
    assert.equal(await reader.take(begun.length), begun.toString('latin1'));
    writer.reset();
    await reader.ending();
    reader.end();
    await stage.open('tunnels', 0);
  });

  behaviour(`a fault of the ${from} while a frame to it is half through has it cut`, async (stage) => {
    const [bad, other] = ordered(await tunnel(stage), from);
    const half = text(to, 'half a frame').subarray(0, -2);
    other.send(half);
    assert.equal(await bad.take(half.length), half.toString('latin1'));
    bad.send(frame(from, 3, 'x'));
    // The other side stands at a boundary: it is told.
    assert.equal(await takeClose(other, to), `${to === 'client' ? 1011 : 1001} protocol error of the ${from}`);
    await bad.ending();
    assert.equal(bad.untaken, '');
    bad.end();
    other.send(Buffer.concat([text(to, 'half a frame').subarray(-2), close(to, 1000)]));
    assert.equal(await other.takeRest(), '');
    other.end();
    await stage.open('tunnels', 0);
  });

  behaviour(`a fault of the ${from} behind its Close is no fault`, async (stage) => {
    const [closer, other] = ordered(await tunnel(stage), from);
    const bye = close(from, 1000);
    closer.send(Buffer.concat([bye, frame(from, 3, 'x')]));
    assert.equal(await other.take(bye.length), bye.toString('latin1'));
    other.send(close(to, 1000));
    assert.equal(await closer.takeRest(), close(to, 1000).toString('latin1'));
    closer.end();
    other.end();
    await stage.open('tunnels', 0);
    assert.equal((await stage.outcome()).error, null);
  });

  behaviour(`a ${from} that answers a Close with a fault has both ends told once`, async (stage) => {
    const [bad, other] = ordered(await tunnel(stage), from);
    const bye = close(to, 1000);
    other.send(bye);
    assert.equal(await bad.take(bye.length), bye.toString('latin1'));
    bad.send(frame(from, 3, 'x'));
    assert.equal(await takeClose(other, to), `${to === 'client' ? 1011 : 1001} protocol error of the ${from}`);
    assert.deepEqual([await bad.takeRest(), await other.takeRest()], ['', '']);
    bad.end();
    other.end();
    await stage.open('tunnels', 0);
    // The first to end it was the one who said so.
    assert.equal(stage.tunnelReports[0]?.closedBy, to);
  });
}
