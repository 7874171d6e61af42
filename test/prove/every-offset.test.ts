import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { RawPeer } from '../support/raw-peer.js';
import { FrameJudge } from '../support/simulation/frame-judge.js';
import {
  close,
  type Ends,
  frame,
  handshake,
  ordered,
  type SideName,
  sides,
  switching,
  text,
} from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';
import { type Leaving, leavings, offsetsOf, type Wire } from './support/offsets.js';
import { ProcessStage } from './support/process-stage.js';
import { inParallel } from './support/wait.js';

const AT_ONCE = 24;
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n';
const latin1 = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');

const requests: readonly Wire[] = [
  { what: 'a request with a length', bytes: latin1(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`) },
  { what: 'a chunked request', bytes: latin1(`POST / HTTP/1.1\r\nHost: a\r\n${CHUNKED}`) },
  { what: 'a handshake', bytes: latin1(handshake()) },
];
const responses: readonly Wire[] = [
  { what: 'a response with a length', bytes: latin1('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello') },
  { what: 'a chunked response', bytes: latin1(`HTTP/1.1 200 OK\r\n${CHUNKED}`) },
  { what: 'a response until close', bytes: latin1('HTTP/1.1 200 OK\r\nX: 1\r\n\r\nhello world') },
  { what: 'a 101', bytes: latin1(switching()) },
];

/** Every kind of frame, with every form of length. */
function framesOf(from: SideName): readonly Wire[] {
  const long = frame(from, 2, Buffer.alloc(65_536, 'l'));
  return [
    {
      what: 'small and control frames',
      bytes: Buffer.concat([text(from, 'Hello'), frame(from, 9, 'ping'), text(from, '')]),
    },
    { what: 'a frame of 16 bits', bytes: frame(from, 1, 'm'.repeat(126)) },
    { what: 'a frame of 64 bits', bytes: Buffer.concat([long, text(from, 'x')]), marks: [0, long.length] },
    {
      what: 'a message in fragments',
      bytes: Buffer.concat([frame(from, 1, 'frag', false), frame(from, 10, 'pong'), frame(from, 0, 'ment')]),
    },
    { what: 'a Close', bytes: Buffer.concat([text(from, 'bye'), close(from, 1000, 'done')]) },
  ];
}

/** Plays every offset of each of these with both ways of leaving, and looks what is left open. */
async function everyOffset(
  t: TestContext,
  wires: readonly Wire[],
  play: (stage: ProcessStage, wire: Wire, length: number, how: Leaving) => Promise<void>,
): Promise<void> {
  const stage = await ProcessStage.start(t);
  const cases = wires.flatMap((wire) => {
    return leavings.flatMap((how) => offsetsOf(wire).map((length) => ({ wire, how, length })));
  });
  await inParallel(cases.length, AT_ONCE, async (index) => {
    const { wire, how, length } = cases[index] ?? assert.fail();
    await play(stage, wire, length, how).catch((error: Error) => {
      error.message = `${how} behind ${length} bytes of ${wire.what}: ${error.message}`;
      throw error;
    });
  });
  await stage.assertWhole();
  console.log(`every offset: ${cases.length} endings`);
}

const destroyBoth = ({ client, backend }: Ends): void => {
  client.destroy();
  backend.destroy();
};

const ended = (peer: RawPeer): Promise<void> => peer.bytesOrEnd(Number.POSITIVE_INFINITY);

const options = { timeout: 120_000 };

test('a client that leaves at any byte of its request leaves nothing open', options, (t) =>
  everyOffset(t, requests, async (stage, { bytes }, length, how) => {
    const client = await RawPeer.connect(stage.proxy.port);
    client.send(bytes.subarray(0, length));
    client[how]();
    if (how === 'end') await client.ending();
    client.destroy();
  }),
);

test('a backend that leaves at any byte of a body that it reads leaves nothing open', options, (t) =>
  everyOffset(t, requests.slice(0, 2), async (stage, { bytes }, length, how) => {
    if (length < bytes.indexOf('\r\n\r\n') + 4) return;
    const ends = await stage.asked(bytes.subarray(0, length));
    await ends.backend.takeHead();
    ends.backend[how]();
    const { status } = await ends.client.takeResponse();
    destroyBoth(ends);
    assert.equal(status, 502);
  }),
);

test('a backend that leaves at any byte of its response: seen not to be whole, and nothing open', options, (t) =>
  everyOffset(t, responses, async (stage, { what, bytes }, length, how) => {
    const ends = await stage.asked(latin1(what === 'a 101' ? handshake() : get()));
    const { client, backend } = ends;
    await backend.takeHead();
    backend.send(bytes.subarray(0, length));
    backend[how]();
    await client.someBytes();
    const ok = client.received.startsWith('HTTP/1.1 200 ');
    const whole = length === bytes.length || (what === 'a response until close' && how === 'end');
    // A reset may come before bytes that were sent ahead of it, so that the response is whole only by chance.
    if (ok && !whole) assert.ok(await client.wasReset(), 'a part of it looks whole');
    else client.end();
    await client.ending();
    if (!ok && client.received !== '') assert.match(client.received, /^HTTP\/1\.1 (?:502|101) /);
    destroyBoth(ends);
  }),
);

test('a client that leaves at any byte of its response leaves nothing open', options, (t) =>
  everyOffset(t, responses, async (stage, { what, bytes }, length, how) => {
    const ends = await stage.asked(latin1(what === 'a 101' ? handshake() : get()));
    const { client, backend } = ends;
    await backend.takeHead();
    backend.send(bytes.subarray(0, length));
    if (length >= bytes.indexOf('\r\n\r\n') + 4) await client.takeHead();
    const { length: read } = backend.received;
    client[how]();
    if (length < bytes.length || what === 'a response until close') await backend.bytesOrEnd(read);
    if (how === 'end') {
      backend.end();
      await ended(client);
    }
    destroyBoth(ends);
  }),
);

/** Reads as a strict client or backend: whole frames and a Close, or a cut inside a frame. */
async function judge(survivor: RawPeer, side: SideName, hasClosed: boolean): Promise<void> {
  const reader = new FrameJudge(side === 'backend');
  let read = survivor.received.length - survivor.untaken.length;
  for (;;) {
    await survivor.bytesOrEnd(read);
    if (survivor.received.length === read) break;
    reader.feed(Buffer.from(survivor.received.slice(read), 'latin1'));
    read = survivor.received.length;
    if (reader.closeCode !== null) break;
  }
  if (reader.closeCode === null) assert.ok(reader.midFrame, 'cut, although no frame was half through');
  else if (!hasClosed) survivor.send(close(side, 1000));
  survivor.end();
  await ended(survivor);
  assert.equal(survivor.received.length, read, 'bytes behind the Close');
}

for (const [from, to] of sides) {
  test(`a ${from} that leaves at any byte of its frames: the ${to} is told or cut, and nothing is open`, options, (t) =>
    everyOffset(t, framesOf(from), async (stage, { bytes }, length, how) => {
      const ends = await stage.tunnel();
      const [leaver, survivor] = ordered(ends, from);
      leaver.send(bytes.subarray(0, length));
      leaver[how]();
      await judge(survivor, to, false);
      destroyBoth(ends);
    }),
  );

  test(
    `a ${to} that leaves at any byte of the ${from}'s frames: it is told or cut, and nothing is open`,
    options,
    (t) =>
      everyOffset(t, framesOf(from), async (stage, { what, bytes }, length, how) => {
        const ends = await stage.tunnel();
        const [writer, leaver] = ordered(ends, from);
        writer.send(bytes.subarray(0, length));
        leaver[how]();
        await judge(writer, from, what === 'a Close' && length === bytes.length);
        destroyBoth(ends);
      }),
  );
}
