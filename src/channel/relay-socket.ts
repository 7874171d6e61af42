import net from 'node:net';

type WriteDone = (error?: Error | null) => void;

/** What a RelaySocket tells the channel that reads and writes it. */
export interface RelaySocketReader {
  /** Returns false to stop reading. The bytes are those of the process's read buffer: valid during the call only. */
  socketRead(length: number, buffer: Buffer): boolean;
  /** Told of a socket that was dialled, once. */
  socketConnected(): void;
  socketWriteFailed(): void;
  socketEnded(): void;
  socketDrained(): void;
  socketFailed(error: Error): void;
  socketGone(): void;
}

/** What Node wraps around an accepted connection before it builds a socket on it. */
export interface AcceptedHandle {
  close(): void;
  /** Fills it; 0, or the number of an error. */
  getpeername?(address: { address?: string; port?: number }): number;
  setNoDelay?(on: boolean): number;
}

/**
 * A TCP or Unix socket that reads into a buffer shared by the whole process, and whose failed writes end the sending only:
 * `net.Socket` would destroy itself, and with it the response that a backend sent before it closed.
 */
export class RelaySocket extends net.Socket {
  reader: RelaySocketReader | null = null;
  /** What the write under way began with, in bytes. */
  writingBytes = 0;

  /** @param handle an accepted connection's; null: not connected yet */
  constructor(readBuffer: Buffer, highWaterMark: number, handle: AcceptedHandle | null) {
    const onread = {
      buffer: readBuffer,
      callback: (length: number, buffer: Uint8Array) => this.reader?.socketRead(length, buffer as Buffer) ?? false,
    };
    // All that `net.Socket` would add to its own copy of the options stands here already: a copied object that gains a
    // property gets a hidden class of its own each time, which no scavenge collects, nor whatever hangs on it. The
    // constructor takes a third of the time so.
    super({
      allowHalfOpen: true,
      emitClose: false,
      autoDestroy: true,
      decodeStrings: false,
      writableHighWaterMark: highWaterMark,
      onread,
      handle,
    } as net.SocketConstructorOpts);
  }

  /** Straight to the reader: four listeners on each socket would cost 2 µs and be kept for as long as it idles. */
  override emit(event: string | symbol, ...values: unknown[]): boolean {
    const { reader } = this;
    if (reader === null) return super.emit(event, ...values);
    switch (event) {
      case 'connect':
        reader.socketConnected();
        return true;
      case 'end':
        reader.socketEnded();
        return true;
      case 'drain':
        reader.socketDrained();
        return true;
      case 'error':
        reader.socketFailed(values[0] as Error);
        return true;
      case 'close':
        reader.socketGone();
        return true;
      default:
        return super.emit(event, ...values);
    }
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
