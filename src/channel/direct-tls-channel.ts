import type tls from 'node:tls';
import { BufferedChannel } from './buffered-channel.js';
import { destroyWhenTaken } from './destroy-when-taken.js';
import { destroySecureWithReset } from './destroy-with-reset.js';
import type { SocketOptions } from './socket-channel.js';
import { TlsEndWatch } from './tls-end-watch.js';
import { type TlsWrite, tcpHandleBelow, tlsHandleOf } from './tls-insides.js';
import type { TlsReader, TlsSource } from './tls-source.js';
import { TurnShare } from './turn-share.js';
import { WaitingBytes } from './waiting-bytes.js';

/**
 * A connection under TLS, past Node's streams: reads into the shared buffer, and hands what is written to the handle
 * that encrypts it. That one copies while it encrypts, so that nothing has to be copied before; but it takes one write
 * a turn of the event loop, and what is written meanwhile waits here and leaves as one.
 */
export class DirectTlsChannel extends BufferedChannel implements TlsReader {
  readonly socket: tls.TLSSocket;
  readonly #options: SocketOptions;
  readonly #writeBufferBytes: number;
  readonly #waiting = new WaitingBytes();
  readonly #share: TurnShare;
  readonly #end: TlsEndWatch;
  /** A write is reused, but never from within its own completion: two take turns. */
  #write: TlsWrite | null = null;
  #otherWrite: TlsWrite | null = null;
  /** Bytes of the write that the handle has; 0: it has none. */
  #writingBytes = 0;
  #endWaits = false;
  #sendingOver = false;
  #reading = false;
  #resting = false;
  #error: Error | null = null;

  /** @param source what `socket` reads into */
  constructor(socket: tls.TLSSocket, source: TlsSource, options: SocketOptions) {
    super();
    this.socket = socket;
    this.#options = options;
    this.#writeBufferBytes = options.writeBufferBytes;
    this.#share = new TurnShare(options.turns);
    this.#end = new TlsEndWatch(socket, () => tcpHandleBelow(socket));
    source.reader = this;
    // An alert of the peer comes as an error ahead of the end that it brings about: it says why.
    socket.on('end', () => this.endRead(this.#end.truncated ? (this.#error ?? truncation()) : null));
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => this.#gone(source));
  }

  get queuedBytes(): number {
    const writing = this.#writingBytes;
    if (writing === 0 || this.socket.destroyed) return 0;
    // Inside one large write only the handle below knows how much the kernel has taken.
    const left = tcpHandleBelow(this.socket)?.writeQueueSize ?? writing;
    return this.#waiting.length + Math.min(left, writing);
  }

  get writable(): boolean {
    return !this.#sendingOver && !this.writeFailed && !this.closed;
  }

  write(bytes: Buffer, from: number, to: number): boolean {
    if (from === to || !this.writable) return !this.congested;
    this.bytesWritten += to - from;
    if (this.#writingBytes > 0) this.#waiting.add(bytes, from, to);
    else this.#writeNow(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    const most = this.#writingBytes + this.#waiting.length;
    if (most >= this.#writeBufferBytes && this.queuedBytes >= this.#writeBufferBytes) this.congested = true;
    return !this.congested;
  }

  writeText(text: string, bytes?: Buffer, from = 0, to = 0): boolean {
    return this.writable ? this.writeJoined(this.#options.joinBuffer, text, bytes, from, to) : !this.congested;
  }

  end(): void {
    if (!this.writable) return;
    this.#sendingOver = true;
    // What announces the end is encrypted at once: it must not come before what waits.
    if (this.#writingBytes > 0) this.#endWaits = true;
    else this.socket.end();
  }

  destroy(reset = false): void {
    this.abandon();
    this.#sendingOver = true;
    if (this.socket.destroyed) return;
    if (reset) destroySecureWithReset(this.socket);
    else if (this.#waitsForHandle()) destroyWhenTaken(this.socket, () => this.#waitsForHandle());
    else this.socket.destroy();
  }

  /** Something is queued, and not because the peer takes nothing. */
  #waitsForHandle(): boolean {
    return this.#writingBytes > 0 && tcpHandleBelow(this.socket)?.writeQueueSize === 0;
  }

  tlsRead(length: number, buffer: Buffer): boolean {
    const goOn = this.chunkRead(buffer, 0, length);
    if (!goOn) this.#reading = false;
    else if (this.#share.took(length)) this.#rest();
    return goOn && this.#reading && !this.#resting;
  }

  /** A busy peer waits for the next turn, so that it cannot starve the others. */
  #rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    this.#options.turns.next(endRest, this);
  }

  restEnded(): void {
    this.#resting = false;
    if (this.#reading && !this.socket.destroyed) this.socket.resume();
  }

  protected setReading(reading: boolean): void {
    if (this.#reading === reading || this.socket.destroyed) return;
    this.#reading = reading;
    if (reading && !this.#resting) this.socket.resume();
    else if (!reading) this.socket.pause();
  }

  #writeNow(bytes: Buffer): void {
    const handle = tlsHandleOf(this.socket);
    if (handle === null) {
      this.#failWrites();
      return;
    }
    const write = this.#nextWrite();
    this.#writingBytes = bytes.length;
    if (handle.writeBuffer(write, bytes) !== 0) this.#failWrites();
  }

  #nextWrite(): TlsWrite {
    const write = this.#otherWrite ?? this.#makeWrite();
    this.#otherWrite = this.#write;
    this.#write = write;
    return write;
  }

  #makeWrite(): TlsWrite {
    const { TlsWrite } = this.#options;
    if (TlsWrite === null) throw new Error('this Node writes TLS in another way');
    const write = new TlsWrite();
    write.oncomplete = writeDone;
    write.channel = this;
    return write;
  }

  /** @param status 0, or the number of an error: then perhaps from within the write itself */
  writeDone(status: number): void {
    if (status !== 0) {
      this.#failWrites();
      return;
    }
    this.#writingBytes = 0;
    if (this.closed || this.socket.destroyed) return;
    if (this.#waiting.length > 0) this.#writeNow(this.#waiting.take());
    else if (this.#endWaits) this.socket.end();
    if (this.congested && this.queuedBytes === 0 && !this.writeFailed) this.flushed();
  }

  /** The sending is over; what the peer has sent before is read all the same. */
  #failWrites(): void {
    this.#writingBytes = 0;
    this.#waiting.clear();
    if (this.writeFailed || this.closed) return;
    this.writeFailed = true;
    process.nextTick(tellWriteFailed, this);
  }

  tellWriteFailedNow(): void {
    if (!this.closed && !this.abandoned) this.owner.onWriteFailed();
  }

  #gone(source: TlsSource): void {
    this.#writingBytes = 0;
    this.#waiting.clear();
    if (this.#error === null) this.socketEndedBoth();
    else this.socketClosed(this.#error);
    // Node's own objects outlive a scavenge or two: what hangs on this channel must not live on with them.
    source.reader = null;
  }
}

function writeDone(this: TlsWrite, status: number): void {
  (this.channel as DirectTlsChannel).writeDone(status);
}

function tellWriteFailed(channel: DirectTlsChannel): void {
  channel.tellWriteFailedNow();
}

function endRest(channel: DirectTlsChannel): void {
  channel.restEnded();
}

function truncation(): Error {
  return Object.assign(new Error('the connection ended without a word'), { code: 'ECONNRESET' });
}
