import type { Channel, ChannelOwner } from '../../channel/channel.js';
import type { Counters } from '../../exchange/counters.js';
import { formatClose } from '../../protocol/websocket/frame-writer.js';

const NORMAL_CLOSURE = 1000;
/** A backend that goes on sending so much does not read our Close. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/**
 * Closes a WebSocket that nothing was said on: our Close, then whatever comes up to the end of the connection, which is
 * the server's to make (RFC 6455 section 7.1.1), is read and thrown away.
 */
export class WebSocketGoodbye implements ChannelOwner {
  readonly #channel: Channel;
  readonly #counters: Counters;
  readonly #ended: () => void;
  #discardedBytes = 0;
  #over = false;

  /** @param ended called once, in a later tick, when the connection is over; not after `giveUp` */
  constructor(channel: Channel, counters: Counters, ended: () => void) {
    this.#channel = channel;
    this.#counters = counters;
    this.#ended = ended;
    counters.backendConnections++;
    channel.owner = this;
    const close = formatClose(NORMAL_CLOSURE, '', true);
    channel.write(close, 0, close.length);
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

  onClose(): void {
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.giveUp();
    this.#ended();
  }
}
