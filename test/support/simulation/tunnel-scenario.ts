import { Deadlines } from '../../../src/channel/deadlines.js';
import { TunnelNumbers } from '../../../src/exchange/tunnel-numbers.js';
import { defaultTunnelPolicy } from '../../../src/exchange/tunnel-policy.js';
import { Tunnel, type TunnelEnd } from '../../../src/tunnel/tunnel.js';
import { FrameJudge } from './frame-judge.js';
import { linkTraits } from './link-traits.js';
import { type MemoryChannel, memoryChannelPair } from './memory-channel.js';
import { SeededRandom } from './random.js';
import { SimulatedClock } from './simulated-clock.js';
import { type Leaving, type PeerPlan, TunnelPeer } from './tunnel-peer.js';

const SCENARIO_MS = 400_000;

export interface TunnelScenarioReport {
  readonly faults: readonly string[];
  readonly end: TunnelEnd | null;
  readonly messages: number;
}

/** Runs one seeded tunnel between two endpoints over bad links, and judges both ends and what is told of it. */
export async function runTunnelScenario(seed: number): Promise<TunnelScenarioReport> {
  const random = new SeededRandom(seed);
  const clock = new SimulatedClock();
  const deadlines = new Deadlines(clock);
  const [clientNear, clientFar] = memoryChannelPair(clock, random, linkTraits(random));
  const [backendNear, backendFar] = memoryChannelPair(clock, random, linkTraits(random));
  const plans = { client: peerPlan('client', random), backend: peerPlan('backend', random) };
  const client = new TunnelPeer(clientNear, plans.client, clock, random);
  const backend = new TunnelPeer(backendFar, plans.backend, clock, random);
  const written = { client: watchWrites(clientFar, false), backend: watchWrites(backendNear, true) };
  const ends: TunnelEnd[] = [];
  let closed = 0;
  const side = { channel: clientFar, closed: () => closed++ };
  const parts = {
    client: side,
    backend: backendNear,
    policy: defaultTunnelPolicy,
    deadlines,
    extensions: '',
    clock,
    numbers: new TunnelNumbers('route', 'service'),
    messageRelayed: () => {},
  };
  const tunnel = new Tunnel(parts, (end) => ends.push(end));
  tunnel.start();
  let drained = false;
  const drain = (): void => {
    if (ends.length > 0) return;
    drained = true;
    tunnel.drain();
  };
  // Where nobody leaves, the proxy does.
  clock.after(random.chance(0.2) ? random.integer(0, 3000) : 200_000, drain);
  let broken = false;
  if (random.chance(0.1)) {
    broken = true;
    clock.after(random.integer(0, 3000), () => random.pick([clientNear, backendNear]).breakLink());
  }
  await clock.runUntil(SCENARIO_MS);
  const faults = [...client.faults, ...backend.faults];
  if (ends.length !== 1) faults.push(`ended ${ends.length} times`);
  if (closed !== 1) faults.push(`the client's side was given back ${closed} times`);
  if (deadlines.size !== 0) faults.push('left on the timer');
  faults.push(...judgeMessages(client, backend), ...judgeMessages(backend, client));
  if (!broken) faults.push(...judgeEnding(client, backend, plans, drained, written));
  return { faults, end: ends[0] ?? null, messages: client.judge.messages.length + backend.judge.messages.length };
}

const leavings: readonly Leaving[] = [
  ...(['close', 'close', 'close', 'end', 'end-midframe', 'reset', 'reset-midframe', 'fault', 'stay', 'stall'] as const),
];

function peerPlan(role: 'client' | 'backend', random: SeededRandom): PeerPlan {
  return {
    role,
    messages: random.integer(0, 8),
    leaving: random.pick(leavings),
    closeCode: random.pick([1000, 1001, 1008, 3000, 4999]),
    rude: random.chance(0.1),
    maxPayloadBytes: random.chance(0.1) ? 70_000 : 300,
  };
}

/** Judges what the proxy writes to a side, whatever the link makes of it. */
function watchWrites(channel: MemoryChannel, masked: boolean): FrameJudge {
  const judge = new FrameJudge(masked);
  const write = channel.write.bind(channel);
  channel.write = (bytes, from, to) => {
    if (channel.writable) judge.feed(Buffer.from(bytes.subarray(from, to)));
    return write(bytes, from, to);
  };
  return judge;
}

/** What came is what was sent, in order, from the first on. */
function judgeMessages(reader: TunnelPeer, writer: TunnelPeer): string[] {
  return reader.judge.messages
    .map((text, index) => (text === writer.sent[index] ? '' : `message ${index} came changed`))
    .filter((fault) => fault !== '');
}

/** Each end was told why, or cut inside a frame, or had left by itself, or could not be told. */
function judgeEnding(
  client: TunnelPeer,
  backend: TunnelPeer,
  plans: { readonly client: PeerPlan; readonly backend: PeerPlan },
  drained: boolean,
  written: { readonly client: FrameJudge; readonly backend: FrameJudge },
): string[] {
  const faults: string[] = [];
  const left = (leaving: Leaving) => leaving !== 'stay' && leaving !== 'stall';
  for (const [name, peer, own, other] of [
    ['client', client, plans.client, plans.backend],
    ['backend', backend, plans.backend, plans.client],
  ] as const) {
    const code = peer.judge.closeCode;
    const allowed = [other.closeCode, 1005, name === 'client' ? 1011 : 1001, name === 'client' ? 1002 : 1002];
    // A peer may answer the other's Close with its code.
    allowed.push(own.closeCode, ...(drained && name === 'client' ? [1012] : []));
    if (code !== null && !allowed.includes(code)) faults.push(`${name}: told ${code}`);
    const selfMade = left(own.leaving) || own.leaving === 'stall' || own.rude;
    if (code === null && !selfMade && !written[name].midFrame && other.leaving !== 'stall') {
      faults.push(`${name}: ended without a word`);
    }
  }
  return faults;
}
