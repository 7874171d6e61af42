/** Whoever owns a channel right now: a connection, then perhaps a tunnel, at last a lingering close. */
export interface ChannelOwner {
  /**
   * `bytes[from, to)` came from the peer; they are valid during the call only. Returns how many were taken. What is
   * left the channel copies; it stops reading and gives it first to its owner after `resume()`.
   */
  onChunk(bytes: Buffer, from: number, to: number): number;
  /** The peer sends nothing more (FIN). Everything it sent was told before. */
  onEnd(): void;
  /** The peer's FIN came while bytes wait that the owner did not take; `onEnd` follows behind them. */
  onEndAhead?(): void;
  /** After a write said "congested": what was queued has been handed to the kernel. */
  onWritable(): void;
  /** The peer takes nothing any more; what it still sends is read all the same. */
  onWriteFailed(): void;
  /** Once, the last call: both directions are over. The error is null after a clean end of both or our `destroy()`. */
  onClose(error: Error | null): void;
}

/**
 * One side's bytes. `write`, `end`, `destroy`, `pause` and `resume` never call the owner back before they return:
 * what they cause is told in a later tick, with the two exceptions named at `resume`.
 */
export interface Channel {
  owner: ChannelOwner;
  /** Bytes told to owners, or kept for them. */
  readonly bytesRead: number;
  /** Bytes taken by `write`. */
  readonly bytesWritten: number;
  /** Bytes taken that the kernel has not. Changes as the peer reads: a write timeout watches it. */
  readonly queuedBytes: number;
  /**
   * Where above 0, and the owner took less than there was: so many bytes are read on and kept. Only a socket that is
   * read shows that its peer left.
   */
  readAheadBytes: number;
  /** True from a write that said so until `onWritable`. */
  readonly congested: boolean;
  /** False once sending is over: ended, failed or closed. Writes are then swallowed. */
  readonly writable: boolean;
  readonly closed: boolean;
  /** True where a failed write has ended the sending; what the peer still sends is read all the same. */
  readonly writeFailed: boolean;
  /** Takes all of `bytes[from, to)` before it returns. False: congested, stop the source until `onWritable`. */
  write(bytes: Buffer, from: number, to: number): boolean;
  /** Latin-1 text, and behind it the bytes, in one write. What stands before `from` may be overwritten. */
  writeText(text: string, bytes?: Buffer, from?: number, to?: number): boolean;
  /** Stops reading. A chunk that was on its way is kept. */
  pause(): void;
  /** Goes on reading; what was kept is told first, in a later tick (called from within `onChunk`: right after it). */
  resume(): void;
  /** Sends FIN behind what is queued. */
  end(): void;
  /** Ends both directions at once; queued bytes are lost. With `reset` the peer sees a reset, not an end. */
  destroy(reset?: boolean): void;
}

/** For a channel whose owner is not there yet: takes nothing, so that everything is kept. */
export const noOwner: ChannelOwner = {
  onChunk: () => 0,
  onEnd: () => {},
  onWritable: () => {},
  onWriteFailed: () => {},
  onClose: () => {},
};
