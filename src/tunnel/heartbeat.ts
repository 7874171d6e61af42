import { randomFillSync } from 'node:crypto';
import type { Deadlines } from '../channel/deadlines.js';
import type { Clock } from '../exchange/clock.js';
import type { Histogram } from '../exchange/histogram.js';
import type { TunnelPolicy } from '../exchange/tunnel-policy.js';
import { payloadHash, payloadWordAt } from '../protocol/websocket/control-payload.js';
import { OPCODE } from '../protocol/websocket/frame-scanner.js';
import { formatControl } from '../protocol/websocket/frame-writer.js';

/** Of our pings: four random bytes that tell them from those of an endpoint, and four that count them. */
const PAYLOAD_BYTES = 8;
const NEVER = -1;

/**
 * Judges the silence of one side. Its clocks run from the last byte that came, or from when it could last not be
 * expected to say something: while it is not read, or bytes wait for it. A ping that an endpoint sent asks as well as
 * one of ours, and ours would get in the way of its answer: a peer may answer only the latest (RFC 6455 section 5.5.3).
 */
export class Heartbeat {
  /** What the last answer to a ping of ours took, in milliseconds; null: none came yet. */
  roundTripMs: number | null = null;
  readonly #policy: TunnelPolicy;
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  readonly #roundTripSeconds: Histogram;
  /** On the coarse clock, as all but `#sentAtMs`. */
  #runsFromMs: number;
  /** Since when an answer is due; NEVER: none is. */
  #askedAtMs = NEVER;
  /** When our last ping left, by the exact clock. */
  #sentAtMs = 0;
  #prefix = 0;
  #sent = 0;
  #answered = 0;
  /** The payload of the last ping of the other endpoint, by its hash; null: it was answered. */
  #relayedPing: number | null = null;

  constructor(policy: TunnelPolicy, deadlines: Deadlines, clock: Clock, roundTripSeconds: Histogram) {
    this.#policy = policy;
    this.#deadlines = deadlines;
    this.#clock = clock;
    this.#roundTripSeconds = roundTripSeconds;
    this.#runsFromMs = deadlines.nowMs;
  }

  /** Nothing could be expected of the side up to now: every clock starts anew. */
  restart(): void {
    this.#runsFromMs = this.#deadlines.nowMs;
  }

  /** @param heardAtMs when a byte last came from the side */
  judge(heardAtMs: number): 'well' | 'ping-due' | 'dead' {
    const { nowMs } = this.#deadlines;
    const { pingIntervalMs, pongTimeoutMs, readTimeoutMs } = this.#policy;
    const silentMs = nowMs - Math.max(heardAtMs, this.#runsFromMs);
    if (pingIntervalMs === 0) return readTimeoutMs > 0 && silentMs >= readTimeoutMs ? 'dead' : 'well';
    if (heardAtMs >= this.#askedAtMs) this.#askedAtMs = NEVER;
    if (this.#askedAtMs === NEVER) return silentMs >= pingIntervalMs ? 'ping-due' : 'well';
    const waitedMs = nowMs - Math.max(this.#askedAtMs, this.#runsFromMs);
    return pongTimeoutMs > 0 && waitedMs >= pongTimeoutMs ? 'dead' : 'well';
  }

  /** From now on an answer is due. @returns the ping that is to be sent; null: that of an endpoint asks already */
  ask(masked: boolean): Buffer | null {
    this.#askedAtMs = this.#deadlines.nowMs;
    if (this.#relayedPing !== null) return null;
    const payload = Buffer.alloc(PAYLOAD_BYTES);
    if (this.#sent === 0) this.#prefix = randomFillSync(payload, 0, 4).readUInt32BE(0);
    this.#sent++;
    this.#sentAtMs = this.#clock.nowMs();
    payload.writeUInt32BE(this.#prefix, 0);
    payload.writeUInt32BE(this.#sent, 4);
    return formatControl(OPCODE.ping, payload, masked);
  }

  /** True where what asks for an answer already is the other endpoint's. */
  get askedByEndpoint(): boolean {
    return this.#relayedPing !== null;
  }

  /** A ping of the other endpoint went to this side: `bytes[payload, end)`. */
  pingRelayed(bytes: Buffer, payload: number, end: number, masked: boolean): void {
    this.#relayedPing = payloadHash(bytes, payload, end, masked);
  }

  /** A pong came from this side. @returns true where it answers a ping of ours, and is nobody else's */
  pongCame(bytes: Buffer, payload: number, end: number, masked: boolean): boolean {
    if (this.#sent > this.#answered && end - payload === PAYLOAD_BYTES) {
      const number = payloadWordAt(bytes, payload, 4, masked);
      const ours = payloadWordAt(bytes, payload, 0, masked) === this.#prefix;
      if (ours && number > this.#answered && number <= this.#sent) {
        this.#pingAnswered(number);
        return true;
      }
    }
    if (this.#relayedPing === payloadHash(bytes, payload, end, masked)) this.#relayedPing = null;
    return false;
  }

  #pingAnswered(number: number): void {
    this.#answered = number;
    // When an older one was sent is not known any more.
    if (number !== this.#sent) return;
    this.roundTripMs = this.#clock.nowMs() - this.#sentAtMs;
    this.#roundTripSeconds.observe(this.roundTripMs / 1000);
  }
}
