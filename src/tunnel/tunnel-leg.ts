import type { Channel, ChannelOwner } from '../channel/channel.js';
import { WriteProgress } from '../channel/write-progress.js';
import { ProxyError } from '../exchange/proxy-error.js';

/** The tunnel, as far as its legs know it. */
export interface LegOwner {
  /** One side is gone without an end. */
  cutBy(error: ProxyError): void;
  legClosed(leg: TunnelLeg): void;
}

/** One side of a tunnel: what it reads goes to the other, with backpressure; its end too. */
export class TunnelLeg implements ChannelOwner {
  readonly channel: Channel;
  other: TunnelLeg = this;
  /** Bytes read from this side and written to the other. */
  relayedBytes = 0;
  readonly #side: 'client' | 'backend';
  readonly #tunnel: LegOwner;
  readonly #progress = new WriteProgress();

  constructor(side: 'client' | 'backend', channel: Channel, tunnel: LegOwner) {
    this.#side = side;
    this.channel = channel;
    this.#tunnel = tunnel;
  }

  start(): void {
    this.channel.owner = this;
    this.channel.resume();
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    this.relayedBytes += to - from;
    if (!this.other.channel.write(bytes, from, to)) this.channel.pause();
    return to - from;
  }

  onWritable(): void {
    this.other.channel.resume();
  }

  onEnd(): void {
    this.other.channel.end();
  }

  onWriteFailed(): void {
    this.#tunnel.cutBy(this.#gone('takes nothing any more'));
  }

  onClose(error: Error | null): void {
    if (error !== null) this.#tunnel.cutBy(this.#gone(error.message));
    else this.other.channel.end();
    this.#tunnel.legClosed(this);
  }

  stalledMs(nowMs: number): number {
    return this.#progress.stalledMs(this.channel, nowMs);
  }

  #gone(how: string): ProxyError {
    return new ProxyError(this.#side === 'client' ? 'client-gone' : 'backend-gone', `the ${this.#side}: ${how}`);
  }
}
