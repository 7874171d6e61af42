import type { Clock } from '../exchange/clock.js';
import type { RelayedMessage } from '../exchange/events.js';
import type { DirectionNumbers } from '../exchange/tunnel-numbers.js';
import { type MessageListener, OPCODE } from '../protocol/websocket/frame-scanner.js';

/** Counts the messages of one direction, and how long each waited in the proxy. */
export class MessageMeter implements MessageListener {
  /** False: nobody gets what is scanned, so that it counts for nothing. */
  relaying = true;
  readonly #numbers: DirectionNumbers;
  readonly #clock: Clock;
  readonly #relayed: ((message: RelayedMessage) => void) | null;
  readonly #from: RelayedMessage['from'];
  /** Messages whose end is in the chunk that is being relayed. */
  #ended = 0;
  /** Messages that wait in the proxy for a congested peer, and since when. */
  #queued = 0;
  #queuedSinceMs = 0;
  /** For how long the beginning of the message was held back that is half through. */
  #heldMs = 0;
  /** What is told of those that ended or wait, where somebody wants to be told: opcode and bytes, one after the other. */
  readonly #untold: number[] = [];

  /** @param relayed told of each message; null: nobody is */
  constructor(
    from: RelayedMessage['from'],
    numbers: DirectionNumbers,
    clock: Clock,
    relayed: ((message: RelayedMessage) => void) | null,
  ) {
    this.#from = from;
    this.#numbers = numbers;
    this.#clock = clock;
    this.#relayed = relayed;
  }

  messageEnded(opcode: number, bytes: number): void {
    if (!this.relaying) return;
    const numbers = this.#numbers;
    if (opcode === OPCODE.text) numbers.textMessages++;
    else numbers.binaryMessages++;
    numbers.messageBytes.observe(bytes);
    this.#ended++;
    if (this.#relayed !== null) this.#untold.push(opcode, bytes);
  }

  /** What ended was written. @param heldMs how long it had been held back @param halfThrough a message goes on */
  written(congested: boolean, heldMs: number, halfThrough: boolean): void {
    if (this.#ended > 0) {
      const waitedMs = Math.max(heldMs, this.#heldMs);
      this.#heldMs = 0;
      if (congested) this.#queue(waitedMs);
      else this.#tell(this.#ended, waitedMs);
      this.#ended = 0;
    }
    if (halfThrough && heldMs > 0) this.#heldMs = heldMs;
  }

  /** The peer has taken what waited for it. */
  flushed(): void {
    if (this.#queued === 0) return;
    this.#tell(this.#queued, this.#clock.nowMs() - this.#queuedSinceMs);
    this.#queued = 0;
  }

  #queue(heldMs: number): void {
    if (this.#queued === 0) this.#queuedSinceMs = this.#clock.nowMs() - heldMs;
    this.#queued += this.#ended;
  }

  #tell(count: number, waitedMs: number): void {
    this.#numbers.messageWaitSeconds.observe(waitedMs / 1000, count);
    if (this.#relayed === null) return;
    const untold = this.#untold;
    for (let at = 0; at < untold.length; at += 2) {
      const [binary, bytes] = [untold[at] === OPCODE.binary, untold[at + 1] as number];
      this.#relayed({ from: this.#from, binary, bytes, waitedMs });
    }
    untold.length = 0;
  }
}
