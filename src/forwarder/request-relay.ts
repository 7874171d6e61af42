import type { Channel } from '../channel/channel.js';
import type { Deadlines } from '../channel/deadlines.js';
import type { BodySink } from '../exchange/body.js';
import type { ProxyError } from '../exchange/proxy-error.js';

/** How much of a request body is kept so that the request can be sent once more. */
const MAX_HELD_BYTES = 64 * 1024;
/** In so many pieces: each costs some 100 bytes more, of a client that sends its body byte by byte too. */
const MAX_HELD_PIECES = 512;

/** Relays a request's head and body to a backend, and keeps what a second try would need. */
export class RequestRelay implements BodySink {
  /** The body was relayed whole. */
  complete = false;
  /** When the client last sent some of it, on the coarse clock. */
  activeAtMs: number;
  readonly #deadlines: Deadlines;
  readonly #failed: (error: ProxyError) => void;
  #channel: Channel | null = null;
  #heldHead = '';
  /** What was relayed of the body, for another try; null where that is too much or not wanted. */
  #held: Buffer[] | null;
  #heldBytes = 0;

  /** @param keep true where the request may be sent twice */
  constructor(keep: boolean, deadlines: Deadlines, failed: (error: ProxyError) => void) {
    this.#held = keep ? [] : null;
    this.#deadlines = deadlines;
    this.activeAtMs = deadlines.nowMs;
    this.#failed = failed;
  }

  /** True where everything that was relayed could be relayed again. */
  get repeatable(): boolean {
    return this.#held !== null;
  }

  /** Sends the head; it leaves with the first bytes of the body, at the latest with `flush()`. */
  begin(channel: Channel, head: string): void {
    this.#channel = channel;
    this.#heldHead = head;
    this.activeAtMs = this.#deadlines.nowMs;
    for (const bytes of this.#held ?? []) this.#write(bytes, 0, bytes.length);
  }

  flush(): void {
    if (this.#heldHead === '') return;
    const head = this.#heldHead;
    this.#heldHead = '';
    this.#channel?.writeText(head);
  }

  /** The backend is gone, or takes nothing: what still comes is read and dropped. */
  detach(): void {
    this.#channel = null;
    this.#heldHead = '';
  }

  onBodyBytes(bytes: Buffer, from: number, to: number): boolean {
    this.activeAtMs = this.#deadlines.nowMs;
    this.#hold(bytes, from, to);
    return this.#write(bytes, from, to);
  }

  onBodyEnd(): void {
    this.complete = true;
  }

  onBodyFailed(error: ProxyError): void {
    this.#failed(error);
  }

  #write(bytes: Buffer, from: number, to: number): boolean {
    if (this.#channel === null) return true;
    if (this.#heldHead === '') return this.#channel.write(bytes, from, to);
    const head = this.#heldHead;
    this.#heldHead = '';
    return this.#channel.writeText(head, bytes, from, to);
  }

  #hold(bytes: Buffer, from: number, to: number): void {
    if (this.#held === null) return;
    this.#heldBytes += to - from;
    if (this.#heldBytes > MAX_HELD_BYTES || this.#held.length === MAX_HELD_PIECES) this.#held = null;
    else this.#held.push(Buffer.from(bytes.subarray(from, to)));
  }
}

/** True for methods that may be sent twice (RFC 9110 section 9.2.2). */
export function isIdempotent(method: string): boolean {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'PUT':
    case 'DELETE':
      return true;
    default:
      return false;
  }
}
