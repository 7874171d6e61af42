import type { Channel, ChannelOwner } from '../channel/channel.js';
import type { Deadlines } from '../channel/deadlines.js';
import { WriteProgress } from '../channel/write-progress.js';
import { closeCodeAt, FrameFault, FrameScanner, OPCODE } from '../protocol/websocket/frame-scanner.js';
import { formatClose } from '../protocol/websocket/frame-writer.js';

/** The tunnel, as far as its legs know it. */
export interface LegOwner {
  /** Bytes of this side were relayed: a frame or message may have ended. */
  legRelayed(leg: TunnelLeg): void;
  /** A Close came from this side. `answer`: to the one that we sent it. */
  closeReceived(leg: TunnelLeg, answer: boolean): void;
  legFaulted(leg: TunnelLeg, fault: FrameFault): void;
  /** This side sends or takes nothing any more, without a word or after a Close. */
  legEnded(leg: TunnelLeg, how: string): void;
  legClosed(leg: TunnelLeg, error: Error | null): void;
}

export interface LegParts {
  readonly side: 'client' | 'backend';
  readonly channel: Channel;
  readonly owner: LegOwner;
  readonly deadlines: Deadlines;
  /** Which reserved bits an agreed extension uses. */
  readonly reserved: 'none' | 'rsv1' | 'any';
}

/** Where a leg stands with the Close that went to it: none yet, the peer's own, or one of ours. */
export type CloseSent = 'none' | 'relayed' | 'ours';

/**
 * One side of a tunnel: what it reads goes to the other side, frame by frame, as it came. An incomplete header or
 * control frame is held back, so that a frame of ours can always be put before it.
 */
export class TunnelLeg implements ChannelOwner {
  readonly side: 'client' | 'backend';
  readonly channel: Channel;
  readonly scanner: FrameScanner;
  other: TunnelLeg = this;
  /** Bytes read from this side and written to the other. */
  relayedBytes = 0;
  /** When this side last sent something, on the coarse clock. */
  activeAtMs: number;
  closeSent: CloseSent = 'none';
  /** The code of the Close that went to this side; null: none, or one without a code. */
  sentCode: number | null = null;
  /** A Close came from this side, with this code; null: none, or one without a code. */
  closeReceived = false;
  receivedCode: number | null = null;
  /** Its frames cannot be followed any more: what it sends is discarded. */
  faulted = false;
  /** Its sending is over (FIN), or it takes nothing any more. */
  ended = false;
  readonly #owner: LegOwner;
  readonly #deadlines: Deadlines;
  readonly #progress = new WriteProgress();
  #held: Buffer | null = null;

  constructor(parts: LegParts) {
    this.side = parts.side;
    this.channel = parts.channel;
    this.#owner = parts.owner;
    this.#deadlines = parts.deadlines;
    this.activeAtMs = parts.deadlines.nowMs;
    this.scanner = new FrameScanner({ masked: parts.side === 'client', reserved: parts.reserved });
  }

  start(): void {
    this.channel.owner = this;
    this.channel.resume();
  }

  /** True where frames may still be written to this side. */
  get open(): boolean {
    return this.closeSent === 'none' && this.channel.writable;
  }

  /** Nothing it sends reaches the other side any more: it is read on, and what comes is discarded. */
  get discarded(): boolean {
    return this.closeReceived || this.faulted || !this.other.open;
  }

  /** A Close went to it, and it will not say more: time to end it. */
  get done(): boolean {
    return this.closeSent !== 'none' && (this.closeReceived || this.ended || this.faulted);
  }

  /** Sends a Close of ours. The caller has seen to it that a frame may stand here. */
  sendClose(code: number, reason: string): void {
    this.closeSent = 'ours';
    this.sentCode = code;
    const frame = formatClose(code, reason, this.side === 'backend');
    this.channel.write(frame, 0, frame.length);
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    this.activeAtMs = this.#deadlines.nowMs;
    if (this.closeReceived || this.faulted) return to - from;
    const held = this.#held;
    if (held === null) {
      this.#relay(bytes, from, to);
    } else {
      this.#held = null;
      const joined = Buffer.concat([held, bytes.subarray(from, to)]);
      this.#relay(joined, 0, joined.length);
    }
    return to - from;
  }

  onWritable(): void {
    this.other.channel.resume();
  }

  onEnd(): void {
    this.ended = true;
    this.#owner.legEnded(this, 'ended the connection');
  }

  onWriteFailed(): void {
    this.ended = true;
    this.#owner.legEnded(this, 'takes nothing any more');
  }

  onClose(error: Error | null): void {
    this.ended = true;
    this.#owner.legClosed(this, error);
  }

  stalledMs(nowMs: number): number {
    return this.#progress.stalledMs(this.channel, nowMs);
  }

  #relay(bytes: Buffer, from: number, to: number): void {
    const { scanner } = this;
    let at = from;
    let written = from;
    try {
      for (let before = -1; at < to && at !== before; ) {
        before = at;
        at = scanner.scan(bytes, at, to);
        if (scanner.controlOpcode === OPCODE.close) {
          this.#write(bytes, written, scanner.controlStart);
          this.#closeCame(bytes, at);
          return;
        }
        if (scanner.everyFrame) {
          this.#write(bytes, written, at);
          written = at;
          this.#owner.legRelayed(this);
        }
      }
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.#write(bytes, written, error.boundary);
      this.faulted = true;
      this.#owner.legFaulted(this, error);
      return;
    }
    this.#write(bytes, written, at);
    if (at < to) this.#held = Buffer.from(bytes.subarray(at, to));
    this.#owner.legRelayed(this);
  }

  #write(bytes: Buffer, from: number, to: number): void {
    if (from === to || !this.other.open) return;
    this.relayedBytes += to - from;
    if (!this.other.channel.write(bytes, from, to)) this.channel.pause();
  }

  /** A Close frame stands at the scanner's `controlStart`, up to `end`. What follows it is nothing (section 5.5.1). */
  #closeCame(bytes: Buffer, end: number): void {
    const { scanner, other } = this;
    this.closeReceived = true;
    if (end - scanner.controlPayload >= 2) {
      this.receivedCode = closeCodeAt(bytes, scanner.controlPayload, this.side === 'client');
    }
    const answer = this.closeSent === 'ours';
    if (!answer && other.open) {
      this.#write(bytes, scanner.controlStart, end);
      other.closeSent = 'relayed';
      other.sentCode = this.receivedCode;
    }
    this.#owner.closeReceived(this, answer);
  }
}
