import type { Channel, ChannelOwner } from '../channel/channel.js';
import type { Deadlines } from '../channel/deadlines.js';
import { WriteProgress } from '../channel/write-progress.js';
import type { DirectionNumbers, TunnelNumbers } from '../exchange/tunnel-numbers.js';
import { keptCopy } from '../protocol/kept-copy.js';
import { closeCodeAt } from '../protocol/websocket/control-payload.js';
import { FrameFault, FrameScanner, OPCODE } from '../protocol/websocket/frame-scanner.js';
import { formatClose } from '../protocol/websocket/frame-writer.js';
import { Heartbeat } from './heartbeat.js';
import type { LegOwner, LegSurroundings } from './leg-surroundings.js';
import { MessageGate } from './message-gate.js';
import { MessageMeter } from './message-meter.js';

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
  readonly heartbeat: Heartbeat;
  readonly progress = new WriteProgress();
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
  /** What went to it broke off inside a frame; null: nothing broke off yet. */
  frameCut: boolean | null = null;
  /** It was given up with bytes that waited for it: they never left, and a Close is always the last of them. */
  lost = false;
  readonly #masked: boolean;
  readonly #owner: LegOwner<TunnelLeg>;
  readonly #deadlines: Deadlines;
  readonly #totals: TunnelNumbers;
  readonly #numbers: DirectionNumbers;
  readonly #meter: MessageMeter;
  readonly #gate: MessageGate | null;
  #held: Buffer | null = null;

  constructor(side: 'client' | 'backend', channel: Channel, around: LegSurroundings<TunnelLeg>) {
    const { policy, deadlines, clock, numbers, reserved, messageRelayed } = around;
    this.side = side;
    this.channel = channel;
    this.#masked = side === 'client';
    this.#owner = around.owner;
    this.#deadlines = deadlines;
    this.activeAtMs = deadlines.nowMs;
    this.#totals = numbers;
    this.#numbers = side === 'client' ? numbers.fromClient : numbers.fromBackend;
    this.#meter = new MessageMeter(side, this.#numbers, clock, messageRelayed);
    this.scanner = new FrameScanner({ masked: this.#masked, reserved }, this.#meter, policy.maxMessageBytes);
    this.heartbeat = new Heartbeat(policy, deadlines, clock, this.#numbers.roundTripSeconds);
    const rate = side === 'client' ? policy.messageRate : null;
    this.#gate = rate === null ? null : new MessageGate(rate, clock, () => this.#readOn());
  }

  start(): void {
    this.channel.owner = this;
    // What a message gate leaves with the channel is to slow the peer down, not to be read ahead of.
    this.channel.readAheadBytes = 0;
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

  /** Frames of it or for it are on their way through the proxy. */
  get holdsFrames(): boolean {
    return this.#gate?.closed === true || this.channel.queuedBytes > 0;
  }

  /** It can be expected to say something: it is read, and has taken all that there is for it. */
  get expected(): boolean {
    return !this.other.channel.congested && this.#gate?.closed !== true && this.channel.queuedBytes === 0;
  }

  /** Sends a Close of ours. The caller has seen to it that a frame may stand here. */
  sendClose(code: number, reason: string): void {
    this.closeSent = 'ours';
    this.sentCode = code;
    const frame = formatClose(code, reason, !this.#masked);
    this.channel.write(frame, 0, frame.length);
  }

  /** Ends both directions at once. */
  cut(): void {
    this.stop();
    this.ended = true;
    this.lost ||= !this.channel.closed && this.channel.queuedBytes > 0;
    this.channel.destroy();
  }

  /** No frame goes to it any more, whoever ended it. */
  stop(): void {
    this.frameCut ??= this.closeSent === 'none' && !this.other.scanner.atFrameBoundary;
  }

  /** Reads on, though nobody wants what comes. */
  discard(): void {
    this.#gate?.stop();
    this.channel.resume();
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    this.activeAtMs = this.#deadlines.nowMs;
    if (this.closeReceived || this.faulted) return to - from;
    const held = this.#held;
    if (held === null) return this.#relay(bytes, from, to) - from;
    this.#held = null;
    const joined = Buffer.concat([held, bytes.subarray(from, to)]);
    const taken = this.#relay(joined, 0, joined.length) - held.length;
    if (taken >= 0) return taken;
    // The message that may not begin yet is the one whose header was held back.
    this.#held = held;
    return 0;
  }

  onWritable(): void {
    this.heartbeat.restart();
    this.other.peerWritable();
  }

  /** The other side has taken what waited for it. */
  peerWritable(): void {
    this.#meter.flushed();
    if (this.#gate?.closed !== true) this.#readOn();
  }

  onEnd(): void {
    this.ended = true;
    this.#owner.legEnded(this, 'ended the connection');
  }

  onWriteFailed(): void {
    this.stop();
    this.ended = true;
    this.#owner.legEnded(this, 'takes nothing any more');
  }

  onClose(error: Error | null, lost = false): void {
    this.lost ||= lost;
    this.stop();
    this.#gate?.stop();
    this.ended = true;
    this.#owner.legClosed(this, error);
  }

  #readOn(): void {
    this.heartbeat.restart();
    if (!this.other.channel.congested) this.channel.resume();
  }

  /** @returns up to where bytes were taken */
  #relay(bytes: Buffer, from: number, to: number): number {
    const relaying = this.other.open;
    this.#meter.relaying = relaying;
    return relaying && this.#gate !== null ? this.#passGate(this.#gate, bytes, from, to) : this.#pass(bytes, from, to);
  }

  #passGate(gate: MessageGate, bytes: Buffer, from: number, to: number): number {
    const { scanner } = this;
    const { holds } = gate;
    const allowed = gate.allowance();
    scanner.messagesLeft = allowed;
    const at = this.#pass(bytes, from, to);
    const began = scanner.messagesLeft < 0 ? 0 : allowed - scanner.messagesLeft;
    scanner.messagesLeft = -1;
    gate.passed(began);
    if (holds) this.#totals.delayedMessages += began;
    if (!scanner.atGate) {
      gate.emptied();
      return at;
    }
    if (gate.mode === 'delay') {
      gate.hold();
      return at;
    }
    this.#totals.rateClosed++;
    this.#owner.legTooFast(this);
    return this.#follow(bytes, at, to);
  }

  /** @returns `to`, or the place of a message that may not begin yet */
  #pass(bytes: Buffer, from: number, to: number): number {
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
          return to;
        }
        if (scanner.controlOpcode !== 0 && !this.#controlCame(bytes, at)) {
          this.#write(bytes, written, scanner.controlStart);
          written = at;
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
      return this.#faultCame(error, bytes, to);
    }
    this.#write(bytes, written, at);
    this.#owner.legRelayed(this);
    if (scanner.atGate) return at;
    if (at < to) this.#held = keptCopy(bytes, at, to);
    return to;
  }

  #write(bytes: Buffer, from: number, to: number): void {
    if (from === to || !this.other.open) return;
    this.relayedBytes += to - from;
    this.#numbers.bytes += to - from;
    const { channel } = this.other;
    if (!channel.write(bytes, from, to)) this.channel.pause();
    const heldMs = this.#gate === null ? 0 : this.#gate.heldMs;
    this.#meter.written(channel.congested, heldMs, !this.scanner.atMessageBoundary);
  }

  /** What a side sends that broke a limit is for nobody; but its frames are read on, up to its answer to our Close. */
  #follow(bytes: Buffer, from: number, to: number): number {
    this.#meter.relaying = false;
    this.scanner.messagesLeft = -1;
    return this.#pass(bytes, from, to);
  }

  #faultCame(fault: FrameFault, bytes: Buffer, to: number): number {
    const tooBig = fault.code === 'message-too-big';
    this.faulted = !tooBig;
    this.scanner.liftSizeLimit();
    this.#owner.legFaulted(this, fault);
    return tooBig ? this.#follow(bytes, fault.boundary, to) : to;
  }

  /** A ping or pong stands at the scanner's `controlStart`, up to `end`. @returns whether the other side is to have it */
  #controlCame(bytes: Buffer, end: number): boolean {
    const { controlOpcode, controlPayload } = this.scanner;
    if (controlOpcode === OPCODE.ping) {
      this.#numbers.pings++;
      if (this.other.open) this.other.heartbeat.pingRelayed(bytes, controlPayload, end, this.#masked);
      return true;
    }
    this.#numbers.pongs++;
    return !this.heartbeat.pongCame(bytes, controlPayload, end, this.#masked);
  }

  /** A Close frame stands at the scanner's `controlStart`, up to `end`. What follows it is nothing (section 5.5.1). */
  #closeCame(bytes: Buffer, end: number): void {
    const { scanner, other } = this;
    this.#numbers.closes++;
    this.closeReceived = true;
    if (end - scanner.controlPayload >= 2) {
      this.receivedCode = closeCodeAt(bytes, scanner.controlPayload, this.#masked);
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
