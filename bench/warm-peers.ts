import type { Scenario } from './load/scenario.js';
import type { LoadProcess } from './load-process.js';
import type { Peer, PeerId } from './peers/peer.js';
import { type Place, RunningPeer } from './peers/running-peer.js';
import type { Row } from './rows.js';
import { type Plan, warmUp } from './sample.js';

/**
 * The proxies that CPU time is read of. Each is started once and lives through all rows: a proxy on Node needs some
 * ten thousand requests, seconds of them, until its code is compiled and its costs stay where they are.
 */
export class WarmPeers {
  readonly #plan: Plan;
  readonly #place: Place;
  readonly #load: LoadProcess;
  readonly #running = new Map<PeerId, RunningPeer>();
  readonly #warmed = new Map<PeerId, Set<Scenario>>();

  constructor(plan: Plan, place: Place, load: LoadProcess) {
    this.#plan = plan;
    this.#place = place;
    this.#load = load;
  }

  async start(peer: Peer): Promise<RunningPeer> {
    const running = this.#running.get(peer.id) ?? (await RunningPeer.start(peer, this.#place));
    this.#running.set(peer.id, running);
    return running;
  }

  /** Sees that the peer has done enough of the row's kind of work before. */
  async warmUp(running: RunningPeer, row: Row): Promise<void> {
    const warmed = this.#warmed.get(running.id) ?? new Set();
    if (warmed.has(row.warmUp)) return;
    await warmUp(this.#load, running, row, this.#plan);
    this.#warmed.set(running.id, warmed.add(row.warmUp));
  }
}
