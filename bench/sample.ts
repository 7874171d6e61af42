import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadProcess } from './load-process.js';
import type { RunningPeer } from './peers/running-peer.js';
import { ProcessTree } from './process-tree.js';
import type { Row } from './rows.js';

/** How long and how much is measured. */
export interface Plan {
  readonly rounds: number;
  /** Before it is measured, each proxy does so many operations, or as many as it can in `warmUpMs`. */
  readonly warmUpCount: number;
  readonly warmUpMs: number;
  /** A sample is to take about so long. */
  readonly sampleMs: number;
  readonly idleTunnels: number;
  /** What memory does of itself after a burst of work is waited for this long. */
  readonly settleMs: number;
}

/** One reading: the cost in the row's unit, and the share of its core the proxy used (0 where memory is read). */
export interface Sample {
  readonly cost: number;
  readonly busy: number;
}

const RUN_LIMIT_MS = 30_000;
/** What a proxy still does for the last operation, after its answer has left. */
const TAIL_MS = 20;
const TUNNELS_BESIDE = 5000;
const BESIDE_REQUESTS = 10_000;
/** What a proxy does for tunnels that were held and are closed, after their clients are gone: no part of a sample. */
const CLOSING_MS = 1000;

/** Works the proxy until its code is compiled and its pools are full. */
export async function warmUp(load: LoadProcess, peer: RunningPeer, row: Row, plan: Plan): Promise<void> {
  await load.prepare(row.warmUp, peer.destination(row.secure));
  await load.run(Math.min(plan.warmUpCount, row.longestSample), plan.warmUpMs);
  await load.finish();
}

/** How many completions make a sample. */
export async function pickCount(load: LoadProcess, peer: RunningPeer, row: Row, plan: Plan): Promise<number> {
  await load.prepare(row.scenario, peer.destination(row.secure));
  const { completed, elapsedMs } = await load.run(row.longestSample, plan.sampleMs / 2);
  await finish(load, row);
  const count = Math.round((completed / elapsedMs) * plan.sampleMs);
  return Math.min(Math.max(count, row.scenario.connections), row.longestSample);
}

/** CPU time per operation, over `count` completions on connections that are open and have been used before. */
export async function sampleCpu(load: LoadProcess, peer: RunningPeer, row: Row, count: number): Promise<Sample> {
  await load.prepare(row.scenario, peer.destination(row.secure));
  await load.run(row.scenario.connections * 2, RUN_LIMIT_MS);
  const tree = new ProcessTree(peer.child.pid);
  await sleep(TAIL_MS);
  const before = tree.cpuMicros();
  const { completed, elapsedMs } = await load.run(count, RUN_LIMIT_MS);
  await sleep(TAIL_MS);
  const cpuMicros = tree.cpuMicros() - before;
  await finish(load, row);
  if (completed !== count) throw new Error(`${completed} of ${count} operations in ${RUN_LIMIT_MS / 1000} s`);
  return { cost: cpuMicros / (count * row.operationsPerCompletion), busy: cpuMicros / (elapsedMs * 1000) };
}

/** How many times the 99th percentile of requests is what it was, once thousands of idle tunnels are held by `holder`. */
export async function sampleBeside(
  load: LoadProcess,
  holder: LoadProcess,
  peer: RunningPeer,
  row: Row,
): Promise<Sample> {
  await load.prepare(row.scenario, peer.destination(row.secure));
  await load.run(BESIDE_REQUESTS, RUN_LIMIT_MS);
  const alone = await load.run(BESIDE_REQUESTS, RUN_LIMIT_MS);
  await holder.prepare({ kind: 'websocket-idle', connections: 16 }, peer.destination(row.secure));
  await holder.run(TUNNELS_BESIDE, RUN_LIMIT_MS);
  await sleep(TAIL_MS);
  const beside = await load.run(BESIDE_REQUESTS, RUN_LIMIT_MS);
  await holder.finish();
  await load.finish();
  return { cost: (beside.p99Ms ?? Number.NaN) / (alone.p99Ms ?? Number.NaN), busy: 0 };
}

async function finish(load: LoadProcess, row: Row): Promise<void> {
  await load.finish();
  if (row.scenario.kind === 'websocket-idle') await sleep(CLOSING_MS);
}

/**
 * Resident memory per tunnel, in KiB: a slope, so that what the first tunnels bring along once (code, pools, a heap
 * that grew) does not count.
 */
export async function sampleMemory(load: LoadProcess, peer: RunningPeer, row: Row, plan: Plan): Promise<Sample> {
  const tree = new ProcessTree(peer.child.pid);
  await load.prepare(row.scenario, peer.destination(row.secure));
  await load.run(Math.ceil(plan.idleTunnels / 4), RUN_LIMIT_MS);
  await sleep(plan.settleMs);
  const before = tree.residentBytes();
  const { completed } = await load.run(plan.idleTunnels, RUN_LIMIT_MS);
  await sleep(plan.settleMs);
  const grown = tree.residentBytes() - before;
  await load.finish();
  if (completed !== plan.idleTunnels) throw new Error(`${completed} of ${plan.idleTunnels} tunnels could be opened`);
  return { cost: grown / 1024 / plan.idleTunnels, busy: 0 };
}
