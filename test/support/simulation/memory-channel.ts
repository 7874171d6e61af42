import { BufferedChannel } from '../../../src/channel/buffered-channel.js';
import type { Clock } from '../../../src/exchange/clock.js';
import type { SeededRandom } from './random.js';

/** After so many deliveries the pieces get larger: heads and their surroundings were split finely by then. */
const FINE_DELIVERIES = 250;
const COARSE_CHUNK_BYTES = 4000;

/** How a link behaves. */
export interface LinkTraits {
  readonly maxDelayMs: number;
  /** The most bytes told at once. */
  readonly maxChunkBytes: number;
  /** What the "kernels" of both ends hold per direction before the writer has to queue. */
  readonly capacityBytes: number;
  /** Queued bytes from which a write says "congested". */
  readonly writeBufferBytes: number;
}

/** Two channels whose bytes take a random time in random pieces. */
export function memoryChannelPair(
  clock: Clock,
  random: SeededRandom,
  traits: LinkTraits,
): [MemoryChannel, MemoryChannel] {
  const one = new MemoryChannel(clock, random, traits);
  const other = new MemoryChannel(clock, random, traits);
  one.peer = other;
  other.peer = one;
  return [one, other];
}

/** One end of a simulated connection. */
export class MemoryChannel extends BufferedChannel {
  peer: MemoryChannel = this;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #traits: LinkTraits;
  /** On their way to this end. */
  #incoming: Buffer[] = [];
  #incomingBytes = 0;
  #finComing = false;
  #finTold = false;
  #finSent = false;
  #reading = false;
  #deliveryScheduled = false;
  #deliveries = 0;
  #gone = false;

  constructor(clock: Clock, random: SeededRandom, traits: LinkTraits) {
    super();
    this.#clock = clock;
    this.#random = random;
    this.#traits = traits;
  }

  get queuedBytes(): number {
    return this.#gone ? 0 : Math.max(0, this.peer.#incomingBytes - this.#traits.capacityBytes);
  }

  get writable(): boolean {
    return !this.closed && !this.#gone && !this.#finSent && !this.writeFailed;
  }

  write(bytes: Buffer, from: number, to: number): boolean {
    if (!this.writable) return !this.congested;
    this.bytesWritten += to - from;
    this.#send(Buffer.from(bytes.subarray(from, to)));
    return !this.congested;
  }

  writeText(text: string, bytes?: Buffer, from = 0, to = 0): boolean {
    if (!this.writable) return !this.congested;
    const joined = Buffer.concat([Buffer.from(text, 'latin1'), bytes?.subarray(from, to) ?? Buffer.alloc(0)]);
    this.bytesWritten += joined.length;
    this.#send(joined);
    return !this.congested;
  }

  end(): void {
    if (!this.writable) return;
    this.#finSent = true;
    this.peer.#finComing = true;
    this.peer.#schedule();
    this.#closeIfOver();
  }

  destroy(reset = false): void {
    this.abandon();
    if (this.#gone) return;
    const unread = this.#incomingBytes > 0;
    this.#leave(null);
    const { peer } = this;
    if (reset || unread) this.#clock.after(this.#delayMs(), () => peer.#leave(connectionReset()));
    else if (!this.#finSent) {
      peer.#loseQueued(this.#traits.capacityBytes);
      peer.#finComing = true;
      peer.#schedule();
    }
  }

  /** The network loses the connection: both ends are told so. */
  breakLink(): void {
    this.#leave(connectionReset());
    this.#clock.after(this.#delayMs(), () => this.peer.#leave(connectionReset()));
  }

  protected setReading(reading: boolean): void {
    this.#reading = reading;
    if (reading) this.#schedule();
  }

  protected override defer(run: (channel: BufferedChannel) => void): void {
    this.#clock.after(0, () => run(this));
  }

  #send(bytes: Buffer): void {
    const { peer } = this;
    if (peer.#gone) {
      // Nobody is there: the answer to these bytes is a reset.
      this.#clock.after(this.#delayMs(), () => this.#leave(connectionReset()));
      return;
    }
    peer.#incoming.push(bytes);
    peer.#incomingBytes += bytes.length;
    if (this.queuedBytes >= this.#traits.writeBufferBytes) this.congested = true;
    peer.#schedule();
  }

  #schedule(): void {
    if (this.#deliveryScheduled || !this.#reading || this.#gone) return;
    if (this.#incomingBytes === 0 && (!this.#finComing || this.#finTold)) return;
    this.#deliveryScheduled = true;
    this.#clock.after(this.#delayMs(), () => this.#deliver());
  }

  #deliver(): void {
    this.#deliveryScheduled = false;
    if (!this.#reading || this.#gone) return;
    if (this.#incomingBytes > 0) {
      const most = this.#deliveries++ < FINE_DELIVERIES ? 0 : COARSE_CHUNK_BYTES;
      const bytes = this.#take(this.#random.integer(1, Math.max(most, this.#traits.maxChunkBytes)));
      const goOn = this.chunkRead(bytes, 0, bytes.length);
      bytes.fill(0xee); // a view that somebody kept shows
      if (!goOn) this.#reading = false;
      const writer = this.peer;
      if (writer.congested && writer.queuedBytes === 0) this.#clock.after(0, () => writer.flushed());
    } else if (this.#finComing && !this.#finTold) {
      this.#finTold = true;
      this.endRead();
      this.#closeIfOver();
      this.peer.#closeIfOver();
    }
    this.#schedule();
  }

  #take(most: number): Buffer {
    let first = this.#incoming[0] as Buffer;
    if (first.length < most && this.#incoming.length > 1) {
      first = Buffer.concat(this.#incoming);
      this.#incoming = [first];
    }
    const length = Math.min(most, first.length);
    this.#incomingBytes -= length;
    if (length === first.length) this.#incoming.shift();
    else this.#incoming[0] = first.subarray(length);
    return Buffer.from(first.subarray(0, length));
  }

  /** What the peer's kernel had not taken yet is lost with its process. */
  #loseQueued(capacityBytes: number): void {
    if (this.#incomingBytes <= capacityBytes) return;
    const all = Buffer.concat(this.#incoming).subarray(0, capacityBytes);
    this.#incoming = [all];
    this.#incomingBytes = all.length;
  }

  #closeIfOver(): void {
    const sent = this.#finSent && (this.peer.#finTold || this.peer.#gone);
    if (sent && this.#finTold && !this.#gone) this.#leave(null);
  }

  #leave(error: Error | null): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#incoming = [];
    this.#incomingBytes = 0;
    this.#clock.after(0, () => this.socketClosed(error));
    this.peer.#closeIfOver();
  }

  #delayMs(): number {
    return this.#random.chance(0.5) ? 0 : this.#random.next() * this.#traits.maxDelayMs;
  }
}

function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}
