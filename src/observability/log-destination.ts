import { fstatSync, write } from 'node:fs';
import { Writable } from 'node:stream';

/**
 * A stream to standard output that does not block the process where that can be avoided: Node writes to files on
 * stdout synchronously, and to pipes and sockets only where the system has no other way.
 */
export function standardOutput(): Writable {
  const { stdout } = process;
  return stdout.isTTY || !isFile(stdout.fd) ? stdout : new FileOutput(stdout.fd);
}

/**
 * How many texts of a log may go into one write of this stream. More to a file, where each write wakes a thread. To a
 * pipe one: what it does not take at once Node keeps, and an exit loses.
 */
export function textsAtOnce(stream: Writable): number {
  return stream instanceof FileOutput ? MOST_TEXTS : 1;
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

const MOST_TEXTS = 4;
/** So many texts and their last lines, whatever their characters. */
const KEPT_BYTES = 1024 * 1024;
const MOST_BYTES_OF_A_CHARACTER = 3;

/** Text to a file that is open. One buffer for all of it: a stream of Node's makes one for each write. */
class FileOutput extends Writable {
  readonly #fd: number;
  readonly #kept = Buffer.allocUnsafeSlow(KEPT_BYTES);

  constructor(fd: number) {
    super({ decodeStrings: false });
    this.#fd = fd;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(chunks: readonly { chunk: string | Buffer }[], done: (error?: Error | null) => void): void {
    const most = chunks.reduce((sum, { chunk }) => sum + chunk.length * MOST_BYTES_OF_A_CHARACTER, 0);
    const bytes = most > KEPT_BYTES ? Buffer.allocUnsafeSlow(most) : this.#kept;
    let to = 0;
    for (const { chunk } of chunks) to += typeof chunk === 'string' ? bytes.write(chunk, to) : chunk.copy(bytes, to);
    this.#writeAll(bytes, 0, to, done);
  }

  #writeAll(bytes: Buffer, from: number, to: number, done: (error?: Error | null) => void): void {
    write(this.#fd, bytes, from, to - from, null, (error, written) => {
      // Of a disk that is nearly full the system may take a part.
      if (error !== null || from + written >= to) done(error);
      else this.#writeAll(bytes, from + written, to, done);
    });
  }
}
