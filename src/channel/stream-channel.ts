import type { Duplex } from 'node:stream';
import { BufferedChannel } from './buffered-channel.js';
import { destroyWithReset } from './destroy-with-reset.js';

/** Any duplex stream of Node: TLS, a pipe, an HTTP/2 stream. The stream must allow half-open. */
export class StreamChannel extends BufferedChannel {
  readonly stream: Duplex;
  readonly #writeBufferBytes: number;
  readonly #listeners: Readonly<Record<'data' | 'end' | 'error' | 'close', (value: Buffer & Error) => void>>;
  #error: Error | null = null;
  #reading = false;

  /** @param end where it says so, the end of the stream is a failure */
  constructor(stream: Duplex, writeBufferBytes: number, end: StreamEnd = WHOLE) {
    super();
    this.stream = stream;
    this.#writeBufferBytes = writeBufferBytes;
    stream.pause();
    this.#listeners = {
      data: (chunk: Buffer) => {
        this.chunkRead(chunk, 0, chunk.length);
      },
      // An alert of the peer comes as an error ahead of the end that it brings about: it says why.
      end: () => this.endRead(end.truncated ? (this.#error ?? truncation()) : null),
      error: (error: Error) => {
        this.#error ??= error;
      },
      close: () => {
        if (this.#error === null) this.socketEndedBoth();
        else this.socketClosed(this.#error);
      },
    };
    for (const [event, listener] of Object.entries(this.#listeners)) stream.on(event, listener);
  }

  /** Gives the stream away, with what was read of it and not taken put back. This channel is of no use after it. */
  detach(): void {
    this.setReading(false);
    for (const [event, listener] of Object.entries(this.#listeners)) this.stream.off(event, listener);
    const kept = this.takeKept();
    if (kept !== null) this.stream.unshift(kept);
  }

  get queuedBytes(): number {
    return this.stream.destroyed ? 0 : this.stream.writableLength;
  }

  get writable(): boolean {
    return !this.closed && !this.abandoned && !this.writeFailed && this.stream.writable;
  }

  write(bytes: Buffer, from: number, to: number): boolean {
    if (!this.writable) return !this.congested;
    this.bytesWritten += to - from;
    this.#send(Buffer.from(bytes.subarray(from, to)));
    return !this.congested;
  }

  writeText(text: string, bytes?: Buffer, from = 0, to = 0): boolean {
    if (!this.writable) return !this.congested;
    const joined = Buffer.allocUnsafe(text.length + to - from);
    joined.write(text, 0, 'latin1');
    bytes?.copy(joined, text.length, from, to);
    this.bytesWritten += joined.length;
    this.#send(joined);
    return !this.congested;
  }

  end(): void {
    if (this.writable) this.stream.end();
  }

  destroy(reset = false): void {
    this.abandon();
    if (this.stream.destroyed) return;
    if (reset) destroyWithReset(this.stream);
    else this.stream.destroy();
  }

  protected setReading(reading: boolean): void {
    if (this.#reading === reading || this.stream.destroyed) return;
    this.#reading = reading;
    if (reading) this.stream.resume();
    else this.stream.pause();
  }

  #send(bytes: Buffer): void {
    // Not 'drain': it never comes for what was queued below the stream's own mark.
    this.stream.write(bytes, this.#written);
    if (this.stream.writableLength >= this.#writeBufferBytes) this.congested = true;
  }

  readonly #written = (error?: Error | null): void => {
    if (error) {
      this.writeFailed = true; // the stream destroys itself: `onClose` follows
      return;
    }
    if (this.stream.writableLength === 0) this.flushed();
  };
}

/** Knows of a stream that has ended whether its peer has said so. */
export interface StreamEnd {
  readonly truncated: boolean;
}

const WHOLE: StreamEnd = { truncated: false };

function truncation(): Error {
  return Object.assign(new Error('the connection ended without a word'), { code: 'ECONNRESET' });
}
