import type { Channel } from '../../../src/channel/channel.js';

/** The other end of a channel under test, as the test plays it. */
export interface Peer {
  /** Everything that came, as Latin-1. */
  readonly text: string;
  /** The channel's end was seen. */
  readonly ended: boolean;
  /** The connection was cut: a reset, not an end. */
  readonly broken: boolean;
  send(bytes: string | Buffer): void;
  end(): void;
  /** Cuts the connection so that the channel sees a reset. */
  cut(): void;
  pause(): void;
  resume(): void;
  /** Gives everything back, however the test went. */
  close(): void;
}

export interface ChannelPair {
  /** Paused, and without an owner. */
  readonly channel: Channel;
  readonly peer: Peer;
}

/** An implementation of Channel, and what cannot be asked of it. */
export interface ChannelKind {
  readonly name: string;
  /** False: its peers cannot tell a reset from an end. */
  readonly resets: boolean;
  /** True: a failed write ends the sending only. */
  readonly outlivesFailedWrites: boolean;
  /** False: what was kept may be told, and queued bytes counted, after `destroy()`. */
  readonly forgetsAtDestroy: boolean;
  /** @param writeBufferBytes queued bytes from which the channel is congested */
  open(writeBufferBytes?: number): Promise<ChannelPair>;
  /** Lets everything happen that follows from what was done. */
  settle(): Promise<void>;
  close(): Promise<void>;
}
