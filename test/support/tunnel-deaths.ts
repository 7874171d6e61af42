import assert from 'node:assert/strict';
import type { Expiry } from '../../src/exchange/expiry.js';
import type { TunnelSettings } from '../../src/exchange/tunnel-policy.js';
import type { RawPeer } from './raw-peer.js';
import { FrameJudge } from './simulation/frame-judge.js';
import { behaviour, type Setup, type Stage } from './stage.js';
import {
  answerAndLeave,
  close,
  type Ends,
  frame,
  heldTunnel,
  ordered,
  type SideName,
  takeClose,
  text,
} from './tunnel-ends.js';
import { settled, until } from './turns.js';

/** Of the Closes of one side: the code that came from it, and the one that went to it; null: no Close did. */
type Codes = readonly [received: number | null, sent: number | null];

interface ToldOfSide {
  readonly codes: Codes;
  /** What went to it broke off inside a frame, or with bytes that waited for it. */
  readonly cut: boolean;
}

/** What is told of a tunnel when it is over. */
export interface Told {
  readonly cause: string;
  readonly endedBy: string;
  readonly client: ToldOfSide;
  readonly backend: ToldOfSide;
}

/** Nobody is judged by silence. */
export const NO_PINGS = { pingIntervalMs: 0, readTimeoutMs: 0 };

/** One way for a tunnel to die. */
export interface Death {
  readonly how: string;
  readonly settings?: TunnelSettings;
  readonly setup?: Setup;
  /** Of what lets it in. */
  readonly expiry?: Expiry;
  readonly told: Told;
  /** Brings it about, up to where both ends have left. */
  readonly play: (ends: Ends, stage: Stage) => Promise<void>;
}

/** @param cut the side to which a frame broke off */
export function told(cause: string, endedBy: string, client: Codes, backend: Codes, cut?: SideName): Told {
  return {
    cause,
    endedBy,
    client: { codes: client, cut: cut === 'client' },
    backend: { codes: backend, cut: cut === 'backend' },
  };
}

/** Plays one death on a stage of its own. @param over given what its ledger says of it */
export function dies(death: Death, over: (told: Told) => void): void {
  behaviour(`of a tunnel that dies this way the record and the line say so: ${death.how}`, async (stage) => {
    const ends = await heldTunnel(stage, death.settings ?? {}, death.setup, death.expiry);
    const clientWire = wireOf(ends.client, 'client');
    const backendWire = wireOf(ends.backend, 'backend');
    await death.play(ends, stage);
    await stage.open('tunnels', 0);
    await until(() => stage.tunnelReports.length === 1, 'the report of the tunnel');
    const ledger = inLedger(stage);
    assert.deepEqual(ledger, death.told, 'the record');
    assert.deepEqual(inLog(stage), death.told, 'the line');
    assertSameNumbers(stage);
    const { client, backend } = newest(stage).sides;
    clientWire(ledger.client, backend.messages);
    backendWire(ledger.backend, client.messages);
    over(ledger);
  });
}

function newest(stage: Stage) {
  const closed = stage.proxy.wings.tracker.closed();
  assert.equal(closed.length, 1, 'one record');
  return closed[0] ?? assert.fail();
}

function onlyLine(stage: Stage): Readonly<Record<string, unknown>> {
  const lines = stage.log.all('tunnel closed');
  assert.equal(lines.length, 1, 'one line');
  return lines[0] ?? assert.fail();
}

function inLedger(stage: Stage): Told {
  const { cause, ended_by: endedBy, sides } = newest(stage);
  const ofSide = (side: SideName): ToldOfSide => {
    const { received_code: received, sent_code: sent, frame_cut: cut } = sides[side];
    return { codes: [received, sent], cut };
  };
  return { cause, endedBy, client: ofSide('client'), backend: ofSide('backend') };
}

/** A line leaves away what is null or false. */
function inLog(stage: Stage): Told {
  const line = onlyLine(stage);
  const code = (field: string) => (line[field] ?? null) as number | null;
  const ofSide = (side: SideName): ToldOfSide => ({
    codes: [code(`${side}_close`), code(`close_to_${side}`)],
    cut: line[`${side}_frame_cut`] === true,
  });
  const { cause, closed_by: endedBy } = line as { cause: string; closed_by: string };
  return { cause, endedBy, client: ofSide('client'), backend: ofSide('backend') };
}

/** What else record and line both know. */
function assertSameNumbers(stage: Stage): void {
  const { id, path, client, service, backend, duration_ms, cause, sides } = newest(stage);
  const line = onlyLine(stage);
  const common = { request_id: id, path, client, service, backend, duration_ms, code: cause };
  const counted = {
    bytes_from_client: sides.client.bytes,
    bytes_from_backend: sides.backend.bytes,
    messages_from_client: sides.client.messages,
    messages_from_backend: sides.backend.messages,
  };
  const wanted = { ...common, ...counted };
  const failed = { ...line, code: line.code ?? 'closed' } as Record<string, unknown>;
  assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, failed[key]])), wanted);
}

/** From here on what comes to `peer` is read by a strict reader: what is told has to be what it saw. */
function wireOf(peer: RawPeer, side: SideName): (told: ToldOfSide, messages: number) => void {
  const from = peer.received.length - peer.untaken.length;
  return ({ codes: [, sent], cut }, messages) => {
    const judge = new FrameJudge(side === 'backend');
    judge.feed(Buffer.from(peer.received.slice(from), 'latin1'));
    // What was lost may have been whole frames: a TLS record that came in part is not seen at all.
    const brokeOff = judge.midFrame || (cut && judge.messages.length < messages);
    assert.deepEqual([judge.closeCode, brokeOff], [sent, cut], `what came to the ${side}: its Close, a cut`);
  };
}

/** It is told this by a Close of the proxy's own, answers, and leaves. */
export async function hears(peer: RawPeer, side: SideName, said: string): Promise<void> {
  assert.equal(await takeClose(peer, side), said);
  await answerAndLeave(peer, side);
}

/** Its connection ends without a byte more. */
export async function isCut(peer: RawPeer): Promise<void> {
  await peer.ending();
  assert.equal(peer.untaken, '');
  peer.end();
}

/** `from` says this, and the other side has it. */
export async function passes(ends: Ends, from: SideName, bytes: Buffer): Promise<void> {
  const [writer, reader] = ordered(ends, from);
  writer.send(bytes);
  assert.equal(await reader.take(bytes.length), bytes.toString('latin1'));
}

/** A Close of `from`, and the other's answer. */
export async function closes(ends: Ends, from: SideName, code: number | null, answer: number | null): Promise<void> {
  const to = from === 'client' ? 'backend' : 'client';
  const [closer, other] = ordered(ends, from);
  await passes(ends, from, close(from, code));
  await passes(ends, to, close(to, answer));
  await isCut(closer);
  await isCut(other);
}

export const half = (from: SideName): Buffer => text(from, 'half a frame').subarray(0, -3);
export const restOfHalf = (from: SideName): Buffer => text(from, 'half a frame').subarray(-3);

/** The client reads nothing, up to where something waits for it in the proxy, whole messages all of it. */
export async function waitsForClient({ client, backend }: Ends, stage: Stage): Promise<void> {
  const message = frame('backend', 2, Buffer.alloc(8_000, 'x'));
  const view = () => stage.openedTunnels[0]?.view() ?? assert.fail();
  client.pause();
  const waits = () => view().client.queuedBytes > 0;
  for (let sent = message.length; !waits(); sent += message.length) {
    backend.send(message);
    await until(() => view().backend.bytes === sent, 'the message on its way');
    await settled(2);
    // It may only be on its way to the kernel.
    if (waits()) await settled();
  }
}

/** What waited for the client is lost: it comes to see what the kernel had taken. */
export async function wakesUp({ client }: Ends): Promise<void> {
  client.resume();
  await client.takeRest();
  client.end();
}
