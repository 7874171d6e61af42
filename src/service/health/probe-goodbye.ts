import type { Channel, ChannelOwner } from '../../channel/channel.js';
import type { Counters } from '../../exchange/counters.js';

/** A backend that goes on sending so much does not see that we leave. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/**
 * Leaves a backend so that it is not told of a lost connection: by its protocol, then whatever comes up to the end of
 * the connection is read and thrown away.
 */
export class Goodbye implements ChannelOwner {
  readonly #channel: Channel;
  readonly #counters: Counters;
  readonly #ended: (error: Error | null) => void;
  #discardedBytes = 0;
  #over = false;

  /**
   * @param lastBytes what says that we leave, so that the backend ends the connection; null: our end says it
   * @param ended called once, in a later tick, when the connection is over; not after `giveUp`
   */
  constructor(channel: Channel, lastBytes: Buffer | null, counters: Counters, ended: (error: Error | null) => void) {
    this.#channel = channel;
    this.#counters = counters;
    this.#ended = ended;
    counters.backendConnections++;
    channel.owner = this;
    if (lastBytes === null) channel.end();
    else channel.write(lastBytes, 0, lastBytes.length);
    channel.resume();
  }

  /** Ends the connection at once. Idempotent. */
  giveUp(): void {
    if (this.#over) return;
    this.#over = true;
    this.#counters.backendConnections--;
    if (!this.#channel.closed) this.#channel.destroy();
  }

  onChunk(_bytes: Buffer, from: number, to: number): number {
    this.#discardedBytes += to - from;
    if (this.#discardedBytes > MAX_DISCARDED_BYTES) this.#end();
    return to - from;
  }

  onEnd(): void {
    this.#end();
  }

  onWritable(): void {}

  onWriteFailed(): void {
    this.#end();
  }

  onClose(error: Error | null): void {
    this.#end(error);
  }

  #end(error: Error | null = null): void {
    if (this.#over) return;
    this.giveUp();
    this.#ended(error);
  }
}
