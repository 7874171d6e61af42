import type { Channel } from './channel.js';

/** Watches whether a peer takes the bytes that wait for it. One per connection, asked at each sweep. */
export class WriteProgress {
  /** -1: nothing waited when last asked, so that no time counts from before. */
  #taken = -1;
  #sinceMs = 0;

  /** For how long the peer has taken nothing although bytes wait, in milliseconds; 0 where nothing waits. */
  stalledMs(channel: Channel, nowMs: number): number {
    const queued = channel.queuedBytes;
    const taken = channel.bytesWritten - queued;
    if (queued === 0 || taken !== this.#taken) {
      this.#taken = queued === 0 ? -1 : taken;
      this.#sinceMs = nowMs;
      return 0;
    }
    return nowMs - this.#sinceMs;
  }
}
