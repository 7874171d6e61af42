import type { Channel } from './channel.js';

/** Watches whether a peer takes the bytes that wait for it. One per connection, asked at each sweep. */
export class WriteProgress {
  #taken = 0;
  #sinceMs = 0;

  /** For how long the peer has taken nothing although bytes wait, in milliseconds; 0 where nothing waits. */
  stalledMs(channel: Channel, nowMs: number): number {
    const queued = channel.queuedBytes;
    const taken = channel.bytesWritten - queued;
    if (queued === 0 || taken !== this.#taken) {
      this.#taken = taken;
      this.#sinceMs = nowMs;
      return 0;
    }
    return nowMs - this.#sinceMs;
  }
}
