import type { Channel } from '../channel/channel.js';
import type { Deadlines, Sweepable } from '../channel/deadlines.js';
import type { UpgradedSide } from '../connection/client-response.js';
import type { TunnelTotals } from '../exchange/events.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { type LegOwner, TunnelLeg } from './tunnel-leg.js';

export interface TunnelParts {
  readonly client: UpgradedSide;
  readonly backend: Channel;
  /** The longest a peer may take nothing while bytes wait for it; 0: no limit. */
  readonly writeTimeoutMs: number;
  readonly deadlines: Deadlines;
}

export interface TunnelEnd {
  /** What ended it; null where both sides ended cleanly. */
  readonly error: ProxyError | null;
  readonly totals: TunnelTotals;
}

/** Relays an upgraded connection: two channels, two directions, one teardown. */
export class Tunnel implements LegOwner, Sweepable {
  readonly #client: TunnelLeg;
  readonly #backend: TunnelLeg;
  readonly #parts: TunnelParts;
  readonly #ended: (end: TunnelEnd) => void;
  readonly #openedAtMs: number;
  #error: ProxyError | null = null;
  #over = false;

  /** @param ended called once, when both channels are closed */
  constructor(parts: TunnelParts, ended: (end: TunnelEnd) => void) {
    this.#parts = parts;
    this.#ended = ended;
    this.#openedAtMs = parts.deadlines.nowMs;
    this.#client = new TunnelLeg('client', parts.client.channel, this);
    this.#backend = new TunnelLeg('backend', parts.backend, this);
    this.#client.other = this.#backend;
    this.#backend.other = this.#client;
  }

  start(): void {
    this.#parts.deadlines.add(this);
    this.#client.start();
    this.#backend.start();
  }

  /** One side is gone without an end: the other is cut too. */
  cutBy(error: ProxyError): void {
    this.#error ??= error;
    this.#client.channel.destroy();
    this.#backend.channel.destroy();
  }

  /** A tunnel has no good place to end before frames are understood: it goes on until it is cut. */
  drain(): void {}

  cut(): void {
    this.cutBy(new ProxyError('drained', 'still open at the end of drain_timeout'));
  }

  /** One channel has closed. */
  legClosed(leg: TunnelLeg): void {
    if (leg === this.#client) this.#parts.client.closed();
    if (this.#over || !this.#client.channel.closed || !this.#backend.channel.closed) return;
    this.#over = true;
    this.#parts.deadlines.delete(this);
    const durationMs = this.#parts.deadlines.nowMs - this.#openedAtMs;
    const totals = { bytesToClient: this.#backend.relayedBytes, bytesToBackend: this.#client.relayedBytes, durationMs };
    this.#ended({ error: this.#error, totals });
  }

  sweep(nowMs: number): void {
    const limitMs = this.#parts.writeTimeoutMs;
    if (limitMs === 0) return;
    if (this.#client.stalledMs(nowMs) >= limitMs) this.cutBy(new ProxyError('client-write-timeout'));
    else if (this.#backend.stalledMs(nowMs) >= limitMs) this.cutBy(new ProxyError('backend-write-timeout'));
  }
}
