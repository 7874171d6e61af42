import { type Channel, noOwner } from '../../../src/channel/channel.js';
import { Deadlines } from '../../../src/channel/deadlines.js';
import type { RelayedMessage } from '../../../src/exchange/events.js';
import type { Expiry } from '../../../src/exchange/expiry.js';
import { TunnelNumbers } from '../../../src/exchange/tunnel-numbers.js';
import { defaultTunnelPolicy, type TunnelPolicy } from '../../../src/exchange/tunnel-policy.js';
import { Tunnel, type TunnelEnd } from '../../../src/tunnel/tunnel.js';
import { ManualClock } from '../../support/manual-clock.js';

/** A channel that writes down what it is told, and whose owner the test tells what comes. */
export class SpyChannel implements Channel {
  owner = noOwner;
  bytesRead = 0;
  bytesWritten = 0;
  queuedBytes = 0;
  congested = false;
  writable = true;
  closed = false;
  writeFailed = false;
  readAheadBytes = 0;
  writes = 0;
  /** Everything written, in hex. */
  hex = '';
  /** All but the writes. */
  readonly calls: string[] = [];
  /** False: for runs in which what is written does not matter. */
  keeps = true;

  write(bytes: Buffer, from: number, to: number): boolean {
    this.writes++;
    this.bytesWritten += to - from;
    if (this.keeps) this.hex += bytes.toString('hex', from, to);
    return !this.congested;
  }

  writeText(text: string): boolean {
    const bytes = Buffer.from(text, 'latin1');
    return this.write(bytes, 0, bytes.length);
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  end(): void {
    this.calls.push('end');
    this.writable = false;
  }

  destroy(): void {
    this.calls.push('destroy');
    this.writable = false;
  }

  /** Has the owner told of these bytes, in hex or as they are. @returns how many it took */
  comes(bytes: Buffer | string): number {
    const view = typeof bytes === 'string' ? Buffer.from(bytes, 'hex') : bytes;
    return this.owner.onChunk(view, 0, view.length);
  }

  /** Closes, as the channel of a peer that has gone does. */
  closes(error: Error | null = null): void {
    this.closed = true;
    this.writable = false;
    this.owner.onClose(error);
  }

  /** Hex written since it was last asked for. */
  taken(): string {
    const { hex } = this;
    this.hex = '';
    return hex;
  }
}

/** A tunnel between two spies, at a standstill of time. */
export class StubTunnel {
  readonly clock = new ManualClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly client = new SpyChannel();
  readonly backend = new SpyChannel();
  readonly numbers = new TunnelNumbers('route', 'service');
  readonly messages: RelayedMessage[] = [];
  readonly ends: TunnelEnd[] = [];
  clientClosed = 0;
  readonly tunnel: Tunnel;

  constructor(policy: Partial<TunnelPolicy> = {}, extensions = '', expiry: Expiry | null = null) {
    const client = { channel: this.client, closed: () => this.clientClosed++ };
    const { backend, deadlines } = this;
    const parts = {
      client,
      backend,
      policy: { ...defaultTunnelPolicy, ...policy },
      expiry,
      deadlines,
      extensions,
      clock: this.clock,
      numbers: this.numbers,
      messageRelayed: policy.logMessages ? (message: RelayedMessage) => void this.messages.push(message) : null,
    };
    this.tunnel = new Tunnel(parts, (end) => this.ends.push(end));
    this.tunnel.start();
  }

  /** In steps of the sweep. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 250) this.clock.advance(Math.min(250, ms - passed));
  }
}
