import net from 'node:net';

type WriteDone = (error?: Error | null) => void;

/** What a RelaySocket tells the channel that reads and writes it. */
export interface RelaySocketReader {
  /** Returns false to stop reading. The bytes are those of the process's read buffer: valid during the call only. */
  socketRead(length: number, buffer: Buffer): boolean;
  socketWriteFailed(): void;
  socketEnded(): void;
  socketDrained(): void;
  socketFailed(error: Error): void;
  socketGone(): void;
}

/**
 * A TCP socket that reads into a buffer shared by the whole process, and whose failed writes end the sending only:
 * `net.Socket` would destroy itself, and with it the response that a backend sent before it closed.
 */
export class RelaySocket extends net.Socket {
  reader: RelaySocketReader | null = null;
  /** What the write under way began with, in bytes. */
  writingBytes = 0;

  constructor(readBuffer: Buffer, highWaterMark: number, options: net.SocketConstructorOpts = {}) {
    const onread = {
      buffer: readBuffer,
      callback: (length: number, buffer: Uint8Array) => this.reader?.socketRead(length, buffer as Buffer) ?? false,
    };
    super({
      ...options,
      allowHalfOpen: true,
      onread,
      writableHighWaterMark: highWaterMark,
    } as net.SocketConstructorOpts);
  }

  override _write(chunk: unknown, encoding: BufferEncoding, done: WriteDone): void {
    this.writingBytes = (chunk as Buffer).length;
    super._write(chunk, encoding, (error) => {
      this.writingBytes = 0;
      if (error) this.reader?.socketWriteFailed();
      done();
    });
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: WriteDone): void {
    this.writingBytes = this.writableLength;
    super._writev?.(chunks, (error) => {
      this.writingBytes = 0;
      if (error) this.reader?.socketWriteFailed();
      done();
    });
  }

  override _final(done: WriteDone): void {
    super._final(() => done());
  }
}
