import { Deadlines } from '../../../src/channel/deadlines.js';
import { TunnelNumbers } from '../../../src/exchange/tunnel-numbers.js';
import type { TunnelPolicy } from '../../../src/exchange/tunnel-policy.js';
import { Tunnel, type TunnelEnd } from '../../../src/tunnel/tunnel.js';
import { FrameJudge } from './frame-judge.js';
import { linkTraits } from './link-traits.js';
import { type MemoryChannel, memoryChannelPair } from './memory-channel.js';
import { SeededRandom } from './random.js';
import { randomPolicy } from './random-policy.js';
import { SimulatedClock } from './simulated-clock.js';
import { judgeCourse, mustArriveWhole } from './tunnel-judge.js';
import { type Leaving, type PeerPlan, TunnelPeer } from './tunnel-peer.js';

const SCENARIO_MS = 400_000;
/** By then the proxy ends what nobody else has ended. */
const LAST_MS = 120_000;
const KILL_CODES = [1001, 3999, 4000];

export interface TunnelScenarioReport {
  readonly faults: readonly string[];
  readonly end: TunnelEnd | null;
  readonly messages: number;
  readonly delayed: number;
  /** All that the client sent had to arrive. */
  readonly whole: boolean;
}

/** Runs one seeded tunnel between two endpoints over bad links, and judges both ends and what is told of it. */
export async function runTunnelScenario(seed: number): Promise<TunnelScenarioReport> {
  const random = new SeededRandom(seed);
  const clock = new SimulatedClock();
  const deadlines = new Deadlines(clock);
  const policy = randomPolicy(random);
  const [clientNear, clientFar] = memoryChannelPair(clock, random, linkTraits(random));
  const [backendNear, backendFar] = memoryChannelPair(clock, random, linkTraits(random));
  const plans = peerPlans(random);
  const client = new TunnelPeer(clientNear, plans.client, clock, random);
  const backend = new TunnelPeer(backendFar, plans.backend, clock, random);
  const written = { client: watchWrites(clientFar, false), backend: watchWrites(backendNear, true) };
  const relayedAtMs = watchMessages(backendNear, clock);
  const ends: TunnelEnd[] = [];
  let [closed, awakeMs] = [0, 0];
  const numbers = new TunnelNumbers('route', 'service');
  const side = { channel: clientFar, closed: () => closed++ };
  const around = { deadlines, clock, numbers, messageRelayed: null, extensions: '' };
  const tunnel = new Tunnel({ client: side, backend: backendNear, policy, expiry: null, ...around }, (end) => {
    ends.push(end);
    awakeMs = clock.awakeMs;
  });
  tunnel.start();
  const toldToEnd = endSometime(tunnel, ends, clock, random);
  const broken = random.chance(0.1);
  if (broken) clock.after(random.integer(0, 3000), () => random.pick([clientNear, backendNear]).breakLink());
  await passTime(clock, random, policy);
  const end = ends[0] ?? null;
  const peers = { client, backend };
  const told = toldToEnd();
  const course = { peers, plans, written, policy, end, toldToEnd: told, broken, awakeMs, relayedAtMs };
  const faults = judgeCourse(course);
  if (ends.length !== 1) faults.push(`ended ${ends.length} times`);
  if (closed !== 1) faults.push(`the client's side was given back ${closed} times`);
  if (deadlines.size !== 0) faults.push('left on the timer');
  const messages = client.judge.messages.length + backend.judge.messages.length;
  return { faults, end, messages, delayed: numbers.delayedMessages, whole: mustArriveWhole(course) };
}

const leavings: readonly Leaving[] = [
  ...(['close', 'close', 'close', 'end', 'end-midframe', 'reset', 'reset-midframe', 'fault', 'stay', 'stall'] as const),
];

/** Often enough the client says all it has and closes, while the backend stays: whether anything is lost then is judged. */
function peerPlans(random: SeededRandom): Record<'client' | 'backend', PeerPlan> {
  const [client, backend] = [peerPlan('client', random), peerPlan('backend', random)];
  if (!random.chance(0.1)) return { client, backend };
  return { client: { ...client, leaving: 'close' }, backend: { ...backend, leaving: 'stay', rude: false } };
}

function peerPlan(role: 'client' | 'backend', random: SeededRandom): PeerPlan {
  return {
    role,
    messages: random.integer(0, 8),
    leaving: random.pick(leavings),
    closeCode: random.pick([1000, 1001, 1008, 3000, 4999]),
    rude: random.chance(0.1),
    maxPayloadBytes: random.chance(0.1) ? 70_000 : 300,
    naps: random.chance(0.3) ? random.integer(1, 3) : 0,
  };
}

/** Where nobody leaves, the proxy does: it drains, or an operator closes. @returns with which code it was told to */
function endSometime(
  tunnel: Tunnel,
  ends: readonly TunnelEnd[],
  clock: SimulatedClock,
  random: SeededRandom,
): () => number | null {
  let told: number | null = null;
  clock.after(random.chance(0.2) ? random.integer(0, 3000) : LAST_MS, () => {
    if (ends.length > 0) return;
    told = random.chance(0.5) ? 1012 : random.pick(KILL_CODES);
    if (told === 1012) tunnel.drain();
    else tunnel.close(told, 'an operator');
  });
  return () => told;
}

/** Sometimes the machine sleeps. */
async function passTime(clock: SimulatedClock, random: SeededRandom, policy: TunnelPolicy): Promise<void> {
  const sleeps = random.chance(0.3) ? random.integer(1, 3) : 0;
  let endMs = SCENARIO_MS;
  for (let count = 0; count < sleeps; count++) {
    const ms = random.integer(1, 3) * Math.max(policy.readTimeoutMs, policy.idleTimeoutMs, policy.maxLifetimeMs);
    clock.after(random.integer(0, 30_000), () => clock.sleep(ms));
    endMs += ms;
  }
  await clock.runUntil(endMs);
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

/** When each whole message was written to a backend. */
function watchMessages(channel: MemoryChannel, clock: SimulatedClock): number[] {
  const times: number[] = [];
  const judge = new FrameJudge(true);
  const write = channel.write.bind(channel);
  channel.write = (bytes, from, to) => {
    const before = judge.messages.length;
    if (channel.writable) judge.feed(Buffer.from(bytes.subarray(from, to)));
    for (let count = before; count < judge.messages.length; count++) times.push(clock.nowMs());
    return write(bytes, from, to);
  };
  return times;
}
