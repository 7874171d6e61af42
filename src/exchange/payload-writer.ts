import type { BodyFraming } from '../protocol/http1/body-framing.js';
import type { ResponseWriter } from './response-writer.js';

const MAX_CHUNK_BYTES = 64 * 1024;
/** What is written before it may be overwritten (`ResponseWriter.writeBody`), so there is room for a head. */
const LINE_AT = 16 * 1024;
/** A size of five hex digits at most, and CR LF. */
const MAX_LINE_BYTES = 8;
/** One for all: a write takes every byte before it returns. */
const chunk = Buffer.allocUnsafeSlow(LINE_AT + MAX_LINE_BYTES + MAX_CHUNK_BYTES + 2);

/** Writes payload of our own making, framed as the head said. */
export class PayloadWriter {
  readonly #writer: ResponseWriter;
  readonly #chunked: boolean;

  /** @param framing chunked or until close */
  constructor(writer: ResponseWriter, framing: BodyFraming) {
    this.#writer = writer;
    this.#chunked = framing.kind === 'chunked';
  }

  /** False: congested. All was taken nevertheless. */
  write(bytes: Buffer): boolean {
    let goOn = true;
    for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
      goOn = this.#writeChunk(bytes, at, Math.min(bytes.length, at + MAX_CHUNK_BYTES));
    }
    return goOn;
  }

  /** The body is whole. */
  end(): void {
    if (this.#chunked) this.#writer.writeBodyText('0\r\n\r\n');
  }

  /** Line, payload and CR LF in one write: each would be a system call. */
  #writeChunk(bytes: Buffer, from: number, to: number): boolean {
    const line = this.#chunked ? `${(to - from).toString(16)}\r\n` : '';
    chunk.write(line, LINE_AT, 'latin1');
    const end = LINE_AT + line.length + to - from;
    bytes.copy(chunk, LINE_AT + line.length, from, to);
    return this.#writer.writeBody(chunk, LINE_AT, end + (this.#chunked ? chunk.write('\r\n', end, 'latin1') : 0));
  }
}
