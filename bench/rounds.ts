import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadProcess } from './load-process.js';
import type { Peer, PeerId } from './peers/peer.js';
import { type Place, RunningPeer } from './peers/running-peer.js';
import type { Row } from './rows.js';
import { type Plan, pickCount, type Sample, sampleBeside, sampleCpu, sampleMemory } from './sample.js';
import type { WarmPeers } from './warm-peers.js';

/** A process that died is known to be dead a moment after its sockets are. */
const DEATH_NOTICE_MS = 100;

/** What the rounds work with. */
export interface Bench {
  readonly plan: Plan;
  readonly place: Place;
  readonly load: LoadProcess;
  /** Holds tunnels beside what `load` does. */
  readonly holder: LoadProcess;
  readonly warmPeers: WarmPeers;
  readonly showProgress: (progress: string) => void;
}

/** A peer's samples in a row, one a round, in the order of the rounds. */
export type Samples = ReadonlyMap<PeerId, readonly Sample[]>;

/**
 * Measures every peer once a round, in an order that is turned round each time, so that whatever drifts meanwhile
 * weighs on all alike. The samples of one round belong together.
 */
export function measureRow(row: Row, peers: readonly Peer[], bench: Bench): Promise<Samples> {
  if (row.unit === 'KiB') return measureMemory(row, peers, bench);
  return row.unit === '×' ? measureBeside(row, peers, bench) : measureCpu(row, peers, bench);
}

async function measureCpu(
  row: Row,
  peers: readonly Peer[],
  { plan, load, warmPeers, showProgress }: Bench,
): Promise<Samples> {
  const entrants: { running: RunningPeer; count: number; samples: Sample[] }[] = [];
  const turns = row.turns ?? 1;
  for (const peer of peers) {
    showProgress(`${row.id}: warming up ${peer.id}`);
    const running = await warmPeers.start(peer);
    await blaming(row, running, () => warmPeers.warmUp(running, row));
    const count = await blaming(row, running, () => pickCount(load, running, row, plan));
    entrants.push({ running, count, samples: [] });
  }
  for (let round = 0; round < plan.rounds; round += 1) {
    showProgress(`${row.id}: round ${round + 1} of ${plan.rounds}`);
    const parts = entrants.map((entrant) => ({ ...entrant, samples: [] as Sample[] }));
    for (let turn = 0; turn < turns; turn += 1) {
      for (const { running, count, samples } of inOrder(parts, round + turn)) {
        samples.push(await blaming(row, running, () => sampleCpu(load, running, row, Math.ceil(count / turns))));
      }
    }
    for (const [index, { samples }] of parts.entries()) entrants[index]?.samples.push(meanOf(samples));
  }
  return new Map(entrants.map(({ running, samples }) => [running.id, samples]));
}

/** Each sample has a fresh process: a heap that has grown before hides what is added to it. */
async function measureMemory(
  row: Row,
  peers: readonly Peer[],
  { plan, place, load, showProgress }: Bench,
): Promise<Samples> {
  const entrants = peers.map((peer) => ({ peer, samples: [] as Sample[] }));
  for (let round = 0; round < plan.rounds; round += 1) {
    showProgress(`${row.id}: round ${round + 1} of ${plan.rounds}`);
    for (const { peer, samples } of inOrder(entrants, round)) {
      const running = await RunningPeer.start(peer, place);
      samples.push(await blaming(row, running, () => sampleMemory(load, running, row, plan)));
      await running.stop();
    }
  }
  return new Map(entrants.map(({ peer, samples }) => [peer.id, samples]));
}

async function measureBeside(
  row: Row,
  peers: readonly Peer[],
  { plan, load, holder, warmPeers, showProgress }: Bench,
): Promise<Samples> {
  const entrants: { running: RunningPeer; samples: Sample[] }[] = [];
  for (const peer of peers) {
    showProgress(`${row.id}: warming up ${peer.id}`);
    const running = await warmPeers.start(peer);
    await blaming(row, running, () => warmPeers.warmUp(running, row));
    entrants.push({ running, samples: [] });
  }
  for (let round = 0; round < plan.rounds; round += 1) {
    showProgress(`${row.id}: round ${round + 1} of ${plan.rounds}`);
    for (const { running, samples } of inOrder(entrants, round)) {
      samples.push(await blaming(row, running, () => sampleBeside(load, holder, running, row)));
    }
  }
  return new Map(entrants.map(({ running, samples }) => [running.id, samples]));
}

/** Of parts of the same size. */
function meanOf(parts: readonly Sample[]): Sample {
  const mean = (of: (part: Sample) => number) => parts.reduce((sum, part) => sum + of(part), 0) / parts.length;
  return { cost: mean(({ cost }) => cost), busy: mean(({ busy }) => busy) };
}

function inOrder<T>(entrants: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? entrants : entrants.toReversed();
}

/** Names the row and the peer in an error, with what the peer said last. */
async function blaming<T>(row: Row, peer: RunningPeer, measure: () => Promise<T>): Promise<T> {
  try {
    const measured = await measure();
    peer.child.assertRunning();
    return measured;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await sleep(DEATH_NOTICE_MS);
    throw new Error(`${row.id}, ${peer.id}: ${reason}\n${peer.child.describe()}`, { cause: error });
  }
}
