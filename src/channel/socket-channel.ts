import { BufferedChannel } from './buffered-channel.js';
import { destroyWithReset } from './destroy-with-reset.js';
import { nextReadFails, WRITE_FAILED, writeDirectly } from './direct-write.js';
import type { EventLoopTurns } from './event-loop-turns.js';
import type { RelaySocket, RelaySocketReader } from './relay-socket.js';
import type { TlsWriteConstructor } from './tls-insides.js';

/** What one connection may read in one turn of the event loop before others get theirs. */
const MAX_BYTES_PER_TURN = 1024 * 1024;
/** And for how long: 1 MiB takes 0.5 ms to relay, but up to 100 ms where it is tiny frames or chunks. */
const MAX_MS_PER_TURN = 2;

/** What all socket channels of a process share. */
export interface SocketOptions {
  /** Every read of every socket goes here: nothing is allocated for it. */
  readonly readBuffer: Buffer;
  /** Where text and the bytes behind it are put together for one write. */
  readonly joinBuffer: Buffer;
  /** Whether the self-test of the direct write went well. */
  directWrite: boolean;
  /** What writes on TLS handles are made with, where the self-test of that went well. */
  TlsWrite: TlsWriteConstructor | null;
  /** Queued bytes above which a channel is congested: taken when it is made. */
  writeBufferBytes: number;
  readonly turns: EventLoopTurns;
}

/** What is used of the handle inside a socket of Node, where it is there. */
interface Handle {
  readonly writeQueueSize?: number;
  /** Returns 0, or the number of an error. */
  getpeername?(out: object): number;
}

/** A plain TCP or Unix socket: reads into the shared buffer, writes from it, copies only what the kernel leaves. */
export class SocketChannel extends BufferedChannel implements RelaySocketReader {
  readonly socket: RelaySocket;
  readonly #options: SocketOptions;
  #turn = -1;
  #turnBytes = 0;
  #turnMs = 0;
  #resting = false;
  #reading = false;
  /** Ended or destroyed by us: asking the socket costs more. */
  #sendingOver = false;
  #error: Error | null = null;

  constructor(socket: RelaySocket, options: SocketOptions) {
    super();
    this.socket = socket;
    this.#options = options;
    socket.reader = this;
    socket.setNoDelay(true);
  }

  get queuedBytes(): number {
    const waiting = this.socket.writableLength;
    if (waiting === 0) return 0;
    // Inside one large write only the handle knows how much the kernel has taken; what waits behind it is not there.
    const { writingBytes } = this.socket;
    return waiting - writingBytes + Math.min(this.#handle?.writeQueueSize ?? writingBytes, writingBytes);
  }

  get writable(): boolean {
    return !this.#sendingOver && !this.writeFailed && !this.closed;
  }

  write(bytes: Buffer, from: number, to: number): boolean {
    if (!this.writable) return !this.congested;
    this.bytesWritten += to - from;
    const taken = this.#writeNow(bytes, from, to);
    if (from + taken === to) return !this.congested;
    // Never a view of a buffer that is read into again: libuv keeps what the kernel did not take.
    this.socket.write(Buffer.from(bytes.subarray(from + taken, to)));
    return this.#afterWrite();
  }

  writeText(text: string, bytes?: Buffer, from = 0, to = 0): boolean {
    return this.writable ? this.writeJoined(this.#options.joinBuffer, text, bytes, from, to) : !this.congested;
  }

  end(): void {
    if (!this.writable) return;
    this.#sendingOver = true;
    this.socket.end();
  }

  destroy(reset = false): void {
    this.abandon();
    this.#sendingOver = true;
    if (this.socket.destroyed) return;
    if (reset) destroyWithReset(this.socket);
    else this.socket.destroy();
  }

  socketRead(length: number, buffer: Buffer): boolean {
    // Only a full buffer has libuv read again in the same turn.
    const full = length === buffer.length;
    const fromMs = full ? performance.now() : 0;
    const goOn = this.chunkRead(buffer, 0, length);
    if (!goOn) this.#reading = false;
    else if (full && this.#hadItsShare(length, performance.now() - fromMs)) this.#rest();
    return goOn && this.#reading && !this.#resting;
  }

  socketConnected(): void {}

  socketWriteFailed(): void {
    if (this.writeFailed || this.closed) return;
    this.writeFailed = true;
    process.nextTick(tellWriteFailed, this);
  }

  tellWriteFailedNow(): void {
    if (!this.closed && !this.abandoned) this.owner.onWriteFailed();
  }

  get #handle(): Handle | null | undefined {
    return (this.socket as unknown as { _handle?: Handle | null })._handle;
  }

  protected setReading(reading: boolean): void {
    if (this.#reading === reading || this.socket.destroyed) return;
    this.#reading = reading;
    if (reading && !this.#resting) this.socket.resume();
    else if (!reading) this.socket.pause();
  }

  #hadItsShare(length: number, durationMs: number): boolean {
    const turn = this.#options.turns.current();
    if (this.#turn !== turn) {
      this.#turn = turn;
      this.#turnBytes = 0;
      this.#turnMs = 0;
    }
    this.#turnBytes += length;
    this.#turnMs += durationMs;
    return this.#turnBytes >= MAX_BYTES_PER_TURN || this.#turnMs >= MAX_MS_PER_TURN;
  }

  /** A busy peer waits for the next turn, so that it cannot starve the others. */
  #rest(): void {
    this.#resting = true;
    this.#options.turns.next(endRest, this);
  }

  restEnded(): void {
    this.#resting = false;
    if (this.#reading && !this.socket.destroyed) this.socket.resume();
  }

  /** How many bytes the kernel took at once. */
  #writeNow(bytes: Buffer, from: number, to: number): number {
    if (!this.#options.directWrite || this.socket.writableLength > 0) return 0;
    const taken = writeDirectly(this.socket, bytes, from, to);
    if (taken !== WRITE_FAILED) return taken;
    this.socketWriteFailed();
    return to - from;
  }

  #afterWrite(): boolean {
    // The socket's own mark, which was fixed when it was made: only past that one does it say that it has drained.
    if (this.socket.writableLength < this.socket.writableHighWaterMark) return !this.congested;
    this.congested = true;
    return false;
  }

  socketFailed(error: Error): void {
    this.#error ??= error;
  }

  socketDrained(): void {
    this.flushed();
  }

  socketEnded(): void {
    if (this.#wasReset()) {
      this.#error ??= Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      this.socket.destroy();
    } else {
      this.endRead();
    }
  }

  /**
   * libuv tells a reset that comes right behind bytes as an end (uv__stream_io: POLLHUP after a partial read). A TCP
   * socket that was reset has no peer any more; neither has one that both sides have ended, which says nothing. The
   * peer of a Unix socket resets it by closing with bytes unread, and the next read tells.
   */
  #wasReset(): boolean {
    const handle = this.#handle;
    if (!handle) return false;
    if (handle.getpeername === undefined) return nextReadFails(this.socket);
    return !this.socket.writableEnded && handle.getpeername({}) !== 0;
  }

  socketGone(): void {
    if (this.#error === null) this.socketEndedBoth();
    else this.socketClosed(this.#error);
    // Node's own objects outlive a scavenge or two: what hangs on this channel must not live on with them.
    this.socket.reader = null;
  }
}

function tellWriteFailed(channel: SocketChannel): void {
  channel.tellWriteFailedNow();
}

function endRest(channel: SocketChannel): void {
  channel.restEnded();
}
