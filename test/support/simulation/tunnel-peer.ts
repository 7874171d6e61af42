import type { Channel, ChannelOwner } from '../../../src/channel/channel.js';
import type { Clock } from '../../../src/exchange/clock.js';
import { FrameJudge, frameBytes } from './frame-judge.js';
import { pattern } from './plan.js';
import type { SeededRandom } from './random.js';

/** How a peer leaves when it has sent what it had to say. */
export type Leaving = 'close' | 'end' | 'end-midframe' | 'reset' | 'reset-midframe' | 'fault' | 'stay' | 'stall';

export interface PeerPlan {
  readonly role: 'client' | 'backend';
  readonly messages: number;
  readonly leaving: Leaving;
  readonly closeCode: number;
  /** Does not answer a Close, but ends. */
  readonly rude: boolean;
  readonly maxPayloadBytes: number;
  /** How often it stops reading for some seconds. */
  readonly naps?: number;
}

/** Longer than anything waits on the links, shorter than what any policy calls silence. */
const LONGEST_NAP_MS = 8_000;
const BEAT = 'beat';

/** One endpoint of a simulated tunnel: sends its messages, leaves as planned, and judges every byte it gets. */
export class TunnelPeer implements ChannelOwner {
  readonly faults: string[] = [];
  readonly judge: FrameJudge;
  /** What this side had said so far. */
  readonly sent: string[] = [];
  /** It sent a Close, or left without. */
  left = false;
  /** How the connection ended for it: null while it is open. */
  ending: 'end' | 'reset' | null = null;
  #stalled = false;
  readonly #channel: Channel;
  readonly #plan: PeerPlan;
  readonly #clock: Clock;
  readonly #random: SeededRandom;

  constructor(channel: Channel, plan: PeerPlan, clock: Clock, random: SeededRandom) {
    this.#channel = channel;
    this.#plan = plan;
    this.#clock = clock;
    this.#random = random;
    this.judge = new FrameJudge(plan.role === 'backend');
    channel.owner = this;
    channel.resume();
    clock.after(random.integer(0, 200), () => this.#sendNext());
    for (let naps = plan.naps ?? 0; naps > 0; naps--) clock.after(random.integer(0, 20_000), () => this.#nap());
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    try {
      for (const { opcode, payload } of this.judge.feed(Buffer.from(bytes.subarray(from, to)))) {
        if (opcode === 10 && payload.toString() !== BEAT)
          throw new Error('the answer to a ping of nobody on the other side');
        if (opcode === 9) this.#send(10, payload, true);
        else if (opcode === 8) this.#closeCame();
      }
    } catch (error) {
      this.faults.push(`${this.#plan.role}: ${String(error)}`);
    }
    return to - from;
  }

  onEnd(): void {
    this.ending ??= 'end';
    this.#channel.end();
  }

  onWritable(): void {}

  onWriteFailed(): void {}

  onClose(error: Error | null): void {
    this.ending ??= error === null ? 'end' : 'reset';
    this.left = true;
  }

  /** Asleep, or busy with something else: what comes meanwhile waits. */
  #nap(): void {
    this.#channel.pause();
    this.#clock.after(this.#random.integer(0, LONGEST_NAP_MS), () => {
      if (!this.#stalled) this.#channel.resume();
    });
  }

  #closeCame(): void {
    if (!this.left && !this.#plan.rude) this.#sendClose(this.judge.closeCode === 1005 ? null : this.judge.closeCode);
    this.left = true;
    if (this.#plan.role === 'backend' || this.#plan.rude) this.#channel.end();
  }

  #sendNext(): void {
    if (this.left) return;
    if (this.sent.length >= this.#plan.messages) {
      this.#leave();
      return;
    }
    const text = pattern(`${this.#plan.role}${this.sent.length}`, this.#random.size(this.#plan.maxPayloadBytes));
    this.sent.push(text);
    this.#sendMessage(Buffer.from(text, 'latin1'));
    this.#clock.after(this.#random.integer(0, 300), () => this.#sendNext());
  }

  #sendMessage(payload: Buffer): void {
    let at = 0;
    let opcode = this.#random.pick([1, 2]);
    while (this.#random.chance(0.3)) {
      const end = this.#random.integer(at, payload.length);
      this.#send(opcode, payload.subarray(at, end), false);
      if (this.#random.chance(0.3)) this.#send(this.#random.pick([9, 10]), Buffer.from(BEAT), true);
      opcode = 0;
      at = end;
    }
    this.#send(opcode, payload.subarray(at), true);
  }

  #leave(): void {
    const { leaving, closeCode, role } = this.#plan;
    if (leaving === 'stay') return;
    if (leaving === 'stall') {
      this.#stalled = true;
      this.#channel.pause();
      return;
    }
    this.left = true;
    if (leaving === 'close') this.#sendClose(this.#random.chance(0.1) ? null : closeCode);
    if (leaving === 'fault')
      this.#channel.write(Buffer.from(role === 'client' ? [0x81, 0x01, 0x61] : [0xf1, 0x00]), 0, 2);
    if (leaving.endsWith('midframe')) {
      const frame = frameBytes(2, Buffer.alloc(300), true, this.#mask());
      this.#channel.write(frame, 0, this.#random.integer(1, frame.length - 1));
    }
    if (leaving.startsWith('reset')) this.#channel.destroy(true);
    if (leaving.startsWith('end')) this.#channel.end();
  }

  #sendClose(code: number | null): void {
    const payload = Buffer.alloc(code === null ? 0 : 2);
    if (code !== null) payload.writeUInt16BE(code);
    this.#send(8, payload, true);
    this.left = true;
  }

  #send(opcode: number, payload: Buffer, fin: boolean): void {
    const frame = frameBytes(opcode, payload, fin, this.#mask());
    this.#channel.write(frame, 0, frame.length);
  }

  #mask(): Buffer | null {
    if (this.#plan.role === 'backend') return null;
    return Buffer.from([1, 2, 3, 4].map(() => this.#random.integer(0, 255)));
  }
}
