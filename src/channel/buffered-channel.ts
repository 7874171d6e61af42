import { keptCopy } from '../protocol/kept-copy.js';
import { copyBytes, writeLatin1 } from '../protocol/latin1.js';
import type { Channel, ChannelOwner } from './channel.js';
import { noOwner } from './channel.js';

/** Past this, a kept rest is not a rest any more but a source that does not stop. */
const MAX_KEPT_BYTES = 1024 * 1024;

/**
 * The half of a channel that does not depend on the kind of its socket: what the owner did not take is kept, and
 * told again before anything new. Subclasses read and write.
 */
export abstract class BufferedChannel implements Channel {
  owner: ChannelOwner = noOwner;
  bytesRead = 0;
  bytesWritten = 0;
  congested = false;
  closed = false;
  writeFailed = false;
  readAheadBytes = 0;
  /** Reading on although the owner took less than there was: see {@link Channel.readAheadBytes}. */
  #readingAhead = false;
  /** After `destroy()`: nothing but the close is told. */
  #abandoned = false;
  /** Both directions ended before the owner took everything. */
  #closing = false;
  #paused = true;
  #kept: Buffer | null = null;
  #telling = false;
  #resumedInside = false;
  #tellScheduled = false;
  #peerEnded = false;
  #endTold = false;
  /** Why the peer's end is none: told instead of it, behind everything that came. */
  #endError: Error | null = null;

  abstract get queuedBytes(): number;
  abstract get writable(): boolean;
  abstract write(bytes: Buffer, from: number, to: number): boolean;
  abstract writeText(text: string, bytes?: Buffer, from?: number, to?: number): boolean;
  abstract end(): void;
  abstract destroy(reset?: boolean): void;
  /** Has the socket read on, or stop. Called again with the same value at times. */
  protected abstract setReading(reading: boolean): void;

  pause(): void {
    if (this.#paused && !this.#readingAhead) return;
    this.#paused = true;
    this.#readingAhead = false;
    this.setReading(false);
  }

  resume(): void {
    this.#resumedInside = true;
    if (!this.#paused || this.closed) return;
    this.#paused = false;
    this.#readingAhead = false;
    if (this.#telling) return; // the loop in #tell goes on by itself
    if (this.#kept !== null || (this.#peerEnded && !this.#endTold)) this.#scheduleTell();
    else this.setReading(true);
  }

  /** Writes text and the bytes behind it at once, in `joinBuffer` where both fit into it. */
  protected writeJoined(
    joinBuffer: Buffer,
    text: string,
    bytes: Buffer | undefined,
    from: number,
    to: number,
  ): boolean {
    if (bytes !== undefined && text.length <= from) {
      // Where a head stood before the body, the one that goes out mostly fits there, and so nothing is copied.
      writeLatin1(bytes, text, from - text.length);
      return this.write(bytes, from - text.length, to);
    }
    const length = text.length + to - from;
    const joined = length <= joinBuffer.length ? joinBuffer : Buffer.allocUnsafe(length);
    writeLatin1(joined, text, 0);
    if (bytes !== undefined) copyBytes(bytes, from, to, joined, text.length);
    return this.write(joined, 0, length);
  }

  /** Runs `run` in a later tick. */
  protected defer(run: (channel: BufferedChannel) => void): void {
    process.nextTick(run, this);
  }

  /** A chunk came from the socket. Returns false where the socket is to stop reading. */
  protected chunkRead(bytes: Buffer, from: number, to: number): boolean {
    if (this.closed || this.#abandoned) return false;
    this.bytesRead += to - from;
    if (this.#paused || this.#kept !== null) {
      this.#keep(bytes, from, to);
      if (this.#readsAhead()) return true;
      this.#readingAhead = false;
      this.setReading(false);
      return false;
    }
    this.#tell(bytes, from, to);
    return (!this.#paused && this.#kept === null) || this.#readingAhead;
  }

  /** The peer's FIN came. @param error where that is not how it would end */
  protected endRead(error: Error | null = null): void {
    this.#endError = error;
    this.#peerEnded = true;
    if (this.#kept === null && !this.#telling && !this.#paused) this.#tellEnd();
    else if (this.#readingAhead) this.owner.onEndAhead?.();
  }

  /** What was queued is with the kernel. */
  protected flushed(): void {
    if (!this.congested || this.closed || this.#abandoned) return;
    this.congested = false;
    this.owner.onWritable();
  }

  /** For whoever goes on reading in another way: what was read and not taken, which is told no more. */
  protected takeKept(): Buffer | null {
    const kept = this.#kept;
    this.abandon();
    return kept;
  }

  /** For `destroy()`: what is kept and what still comes is for nobody. */
  protected abandon(): void {
    this.#abandoned = true;
    this.#kept = null;
    if (this.#closing) this.defer(tellClosed);
  }

  protected get abandoned(): boolean {
    return this.#abandoned;
  }

  /** Both directions ended in good order: what the owner has not taken yet is told before the close. */
  protected socketEndedBoth(): void {
    const told = this.#kept === null && (!this.#peerEnded || this.#endTold);
    if (told || this.#abandoned) this.socketClosed(null);
    else this.#closing = true;
  }

  /** Both directions are over. Idempotent. */
  protected socketClosed(error: Error | null): void {
    if (this.closed) return;
    this.closed = true;
    this.#kept = null;
    const { owner } = this;
    this.owner = noOwner;
    owner.onClose(error);
  }

  #tell(bytes: Buffer, from: number, to: number): void {
    this.#telling = true;
    let at = from;
    let tookLess = false;
    while (at < to && !this.#paused && !this.closed && !this.#abandoned) {
      this.#resumedInside = false;
      const taken = this.owner.onChunk(bytes, at, to);
      at += taken;
      if (at >= to) break;
      tookLess = !this.#resumedInside && !this.#paused;
      if (!this.#resumedInside) this.#paused = true;
      else if (taken === 0) break; // an owner that asks for more but takes nothing gets it in a later tick
    }
    this.#telling = false;
    if (this.closed || this.#abandoned) return;
    if (at < to) this.#keep(bytes, at, to);
    this.#readingAhead = tookLess;
    this.#readingAhead = this.#readsAhead();
    if (this.#paused) this.setReading(this.#readingAhead);
    else if (this.#kept !== null) this.#scheduleTell();
    else this.setReading(true); // the owner may have paused and resumed meanwhile
    if (tookLess && this.#peerEnded) this.owner.onEndAhead?.();
  }

  #readsAhead(): boolean {
    return this.#readingAhead && this.#kept !== null && this.#kept.length < this.readAheadBytes;
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    if (this.#kept === null) {
      this.#kept = keptCopy(bytes, from, to);
    } else if (this.#kept.length + to - from > MAX_KEPT_BYTES) {
      this.destroy(true);
    } else {
      const longer = Buffer.allocUnsafeSlow(this.#kept.length + to - from);
      this.#kept.copy(longer);
      bytes.copy(longer, this.#kept.length, from, to);
      this.#kept = longer;
    }
  }

  #scheduleTell(): void {
    if (this.#tellScheduled) return;
    this.#tellScheduled = true;
    this.defer(tellKept);
  }

  /** After `destroy()` of a channel whose socket had closed before. */
  tellClosedNow(): void {
    this.socketClosed(null);
  }

  /** In a tick of its own after `resume()`. */
  tellKeptNow(): void {
    this.#tellScheduled = false;
    if (this.#paused || this.closed || this.#abandoned) return;
    const kept = this.#kept;
    if (kept !== null) {
      this.#kept = null;
      this.#tell(kept, 0, kept.length);
    }
    if (this.#kept !== null || this.#paused || this.closed) return;
    if (this.#peerEnded) this.#tellEnd();
    else this.setReading(true);
  }

  #tellEnd(): void {
    if (this.#endTold || this.closed || this.#abandoned) return;
    this.#endTold = true;
    if (this.#endError !== null) {
      const error = this.#endError;
      this.destroy();
      this.socketClosed(error);
      return;
    }
    this.owner.onEnd();
    if (this.#closing) this.socketClosed(null);
  }
}

function tellKept(channel: BufferedChannel): void {
  channel.tellKeptNow();
}

function tellClosed(channel: BufferedChannel): void {
  channel.tellClosedNow();
}
