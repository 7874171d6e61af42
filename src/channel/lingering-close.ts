import { OFF_ROSTER } from '../exchange/roster.js';
import type { Channel, ChannelOwner } from './channel.js';
import type { Deadlines, Sweepable } from './deadlines.js';

const MAX_DISCARDED_BYTES = 256 * 1024;
const MAX_LINGER_MS = 2000;
/**
 * For how long nothing may leave the queue. Far more than the 2 s: the kernel asks for more only once a third of its own
 * buffer is with the peer, which takes a slow one many seconds.
 */
const MAX_STALL_MS = 60_000;

/**
 * Ends a channel so that what was written last arrives: FIN, then what the peer still sends is read and discarded,
 * up to 256 KiB or 2 s after the last byte is with the kernel, then the end. Closing with bytes unread would send a reset, and a reset erases what is on its
 * way to the peer (RFC 9112 section 9.6).
 */
export class LingeringClose implements ChannelOwner, Sweepable {
  sweepPlace = OFF_ROSTER;
  readonly #channel: Channel;
  readonly #deadlines: Deadlines;
  readonly #closed: (lost: boolean) => void;
  #deadlineMs = 0;
  #lastQueued = 0;
  #discarded = 0;
  #lost = false;

  /** @param closed called once, when the channel is closed; `lost`: it was given up with bytes in its queue */
  constructor(channel: Channel, deadlines: Deadlines, closed: (lost: boolean) => void) {
    this.#channel = channel;
    this.#deadlines = deadlines;
    this.#closed = closed;
    if (channel.closed) {
      closed(false);
      return;
    }
    this.#lastQueued = channel.queuedBytes;
    this.#deadlineMs = deadlines.nowMs + patienceMs(this.#lastQueued);
    deadlines.add(this);
    channel.owner = this;
    channel.end();
    channel.resume();
  }

  onChunk(_bytes: Buffer, from: number, to: number): number {
    this.#discarded += to - from;
    if (this.#discarded > MAX_DISCARDED_BYTES) this.#giveUp();
    return to - from;
  }

  onEnd(): void {}

  onWritable(): void {}

  onWriteFailed(): void {
    this.#channel.destroy();
  }

  onClose(): void {
    this.#deadlines.delete(this);
    this.#closed(this.#lost);
  }

  sweep(nowMs: number): void {
    const queued = this.#channel.queuedBytes;
    if (queued !== this.#lastQueued) {
      this.#lastQueued = queued;
      this.#deadlineMs = nowMs + patienceMs(queued);
    } else if (nowMs >= this.#deadlineMs) {
      this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#lost ||= this.#channel.queuedBytes > 0;
    this.#channel.destroy();
  }
}

function patienceMs(queuedBytes: number): number {
  return queuedBytes > 0 ? MAX_STALL_MS : MAX_LINGER_MS;
}
