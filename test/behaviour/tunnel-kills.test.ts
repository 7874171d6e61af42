import assert from 'node:assert/strict';
import type { TunnelSettings } from '../../src/exchange/tunnel-policy.js';
import { throughLinks } from '../support/faults/test-links.js';
import type { RawBackend } from '../support/raw-backend.js';
import type { RawPeer } from '../support/raw-peer.js';
import { FrameJudge } from '../support/simulation/frame-judge.js';
import { SeededRandom } from '../support/simulation/random.js';
import { behaviour, type Stage } from '../support/stage.js';
import { tlsVariant } from '../support/tls-variant.js';
import {
  close,
  frame,
  openTunnel,
  ordered,
  type SideName,
  sides,
  startHeld,
  takeClose,
  text,
} from '../support/tunnel-ends.js';

/** Each takes long where its bytes come one by one; a handshake each costs fifty times as much under TLS. */
const [KILLS, STEP] = throughLinks ? [40, 17] : tlsVariant.in || tlsVariant.out ? [50, 1] : [1000, 1];
const SEED = Number(process.env.TOYOU_SEED ?? 1);

/** Every kind of frame, long lengths too. */
function exchangeOf(from: SideName): Buffer {
  return Buffer.concat([
    text(from, 'Hello'),
    frame(from, 1, 'frag', false),
    frame(from, 9, 'ping'),
    frame(from, 0, 'ment'),
    frame(from, 2, Buffer.alloc(200, 'm')),
    frame(from, 10, ''),
    text(from, ''),
  ]);
}

/** Kills one side of a fresh tunnel behind `length` bytes, and judges what the other side read. */
async function kill(stage: Stage, at: RawBackend, from: SideName, how: 'end' | 'reset', bytes: Buffer): Promise<void> {
  const reports = stage.tunnelReports.length;
  const ends = await openTunnel(stage, at);
  const [leaver, other] = ordered(ends, from);
  leaver.send(bytes);
  // A reset throws away what is on its way: it may come anywhere in what was sent.
  leaver[how]();
  const to = from === 'client' ? 'backend' : 'client';
  await judgeOther(other, from, to, how === 'end' ? bytes : null);
  leaver.destroy();
  await stage.open('tunnels', 0);
  assert.equal(stage.tunnelReports.length, reports + 1);
  assert.equal(stage.tunnelReports.at(-1)?.closedBy, from);
}

/** Reads as a strict client does: whole frames, then the right Close; or a cut where a frame was half through. */
async function judgeOther(other: RawPeer, from: SideName, to: SideName, sent: Buffer | null): Promise<void> {
  const received = other.received.length - other.untaken.length;
  const judge = new FrameJudge(to === 'backend');
  const behind = new FrameJudge(from === 'client');
  if (sent !== null) behind.feed(sent);
  let read = received;
  while (judge.closeCode === null && (await someMore(other, read))) {
    judge.feed(Buffer.from(other.received.slice(read), 'latin1'));
    read = other.received.length;
  }
  if (judge.closeCode === null) {
    assert.ok(judge.midFrame, 'cut, although no frame was half through');
  } else {
    assert.equal(judge.closeCode, from === 'backend' ? 1011 : 1001);
    other.send(close(to, 1000));
  }
  if (sent !== null) assert.deepEqual(judge.messages, behind.messages);
  assert.equal((await other.takeRest()).length + received, read, 'nothing behind the Close');
  other.end();
}

/** A large message, small ones, and a frame that breaks off. */
function brokenOff(from: SideName, length: number): Buffer {
  const small = Array.from({ length: 20 }, () => text(from, 'Hello'));
  return Buffer.concat([frame(from, 2, Buffer.alloc(length, 'k')), ...small, text(from, 'cut').subarray(0, -1)]);
}

/** What the proxy itself ends a tunnel for, and the policy that brings it about. */
const policies = {
  operator: {},
  idle: { idleTimeoutMs: 3_000 },
  lifetime: { maxLifetimeMs: 3_000 },
} as const satisfies Record<string, TunnelSettings>;
/** The limit, and the time in which a boundary is waited for. */
const PLANNED_MS = 3_250;
const BOUNDARY_MS = 4_250;

/** Has the proxy end a fresh tunnel behind `bytes` of the backend; both ends are judged. */
async function endByProxy(stage: Stage, at: RawBackend, how: keyof typeof policies, bytes: Buffer): Promise<void> {
  const { client, backend } = await openTunnel(stage, at);
  const before = client.received.length;
  backend.send(bytes);
  if (how === 'operator') stage.openedTunnels.at(-1)?.close(1001, 'by hand');
  else await stage.pass(PLANNED_MS);
  await stage.pass(BOUNDARY_MS);
  const judge = new FrameJudge(false);
  judge.feed(Buffer.from(client.received.slice(before), 'latin1'));
  if (judge.closeCode === null) {
    assert.ok(judge.midFrame, 'cut, although no frame was half through');
  } else {
    assert.equal(judge.closeCode, 1001);
    client.send(close('client', 1000));
  }
  const read = client.received.length;
  await client.ending();
  assert.equal(client.received.length, read, 'nothing behind the Close');
  client.end();
  await backend.bytesOrEnd(backend.received.length - backend.untaken.length);
  assert.match(await takeClose(backend, 'backend'), /^1001 /);
  const sent = new FrameJudge(false);
  sent.feed(bytes);
  if (!sent.midFrame) {
    backend.send(close('backend', 1000));
    await backend.ending();
  }
  backend.end();
  assert.deepEqual(judge.messages, sent.messages.slice(0, judge.messages.length));
  await stage.open('tunnels', 0);
  assert.equal(stage.tunnelReports.at(-1)?.closedBy, 'proxy');
}

/** Waits until more than `read` bytes came: false where none will. */
async function someMore(peer: RawPeer, read: number): Promise<boolean> {
  await peer.bytesOrEnd(read);
  return peer.received.length > read;
}

for (const [from] of sides) {
  for (const how of ['end', 'reset'] as const) {
    behaviour(
      `a ${from} that leaves by ${how} at any byte of an exchange of frames leaves nothing open`,
      async (stage) => {
        const at = await stage.rawBackend();
        await stage.start({ backends: [at] });
        const bytes = exchangeOf(from);
        for (let length = 0; length <= bytes.length; length += STEP)
          await kill(stage, at, from, how, bytes.subarray(0, length));
        await stage.open('clientConnections', 0);
      },
    );
  }
}

for (const [from] of sides) {
  behaviour(
    `a ${from} that ends in a frame, behind more than is relayed at once, has its whole messages arrive`,
    async (stage) => {
      const at = await stage.rawBackend();
      await stage.start({ backends: [at] });
      for (const length of [40_000, 90_000, 125_000, 150_000, 300_000]) {
        await kill(stage, at, from, 'end', brokenOff(from, length));
      }
    },
  );
}

behaviour(
  `${KILLS} kills at random places, seed ${SEED}: a strict reader sees whole frames and a reason, or a cut in a frame`,
  async (stage) => {
    const at = await stage.rawBackend();
    let settings: TunnelSettings = {};
    await startHeld(stage, () => settings, { backends: [at] });
    const random = new SeededRandom(SEED);
    for (let count = 0; count < KILLS; count++) {
      const how = random.pick(['end', 'reset', 'end', 'reset', 'operator', 'idle', 'lifetime'] as const);
      const planned = how !== 'end' && how !== 'reset';
      const from = planned ? 'backend' : random.pick(['client', 'backend'] as const);
      const pieces: Buffer[] = [];
      while (random.chance(0.8)) {
        const payload = Buffer.alloc(random.chance(0.05) ? random.integer(0, 200_000) : random.size(400), 'k');
        const split = random.chance(0.3) ? random.integer(0, payload.length) : payload.length;
        const opcode = random.pick([1, 2]);
        if (split < payload.length) {
          pieces.push(frame(from, opcode, payload.subarray(0, split), false), frame(from, 9, 'p'));
          pieces.push(frame(from, 0, payload.subarray(split)));
        } else {
          pieces.push(frame(from, opcode, payload));
        }
      }
      const bytes = Buffer.concat(pieces);
      const length = random.integer(0, bytes.length);
      const said = bytes.subarray(0, length);
      settings = planned ? policies[how] : {};
      const ended = planned ? endByProxy(stage, at, how, said) : kill(stage, at, from, how, said);
      await ended.catch((error: Error) => {
        error.message = `kill ${count}, ${from} by ${how} behind ${length} bytes: ${error.message}`;
        throw error;
      });
    }
    await stage.open('clientConnections', 0);
  },
);
