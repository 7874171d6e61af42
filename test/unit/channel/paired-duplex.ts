import { Duplex } from 'node:stream';

type Done = (error?: Error | null) => void;

/** One end of a pair of streams that are no sockets: what is written here is read there. */
export class PairedDuplex extends Duplex {
  #other: PairedDuplex = this;
  /** The write whose bytes wait here to be read. */
  #untaken: Done | null = null;

  static pair(): [PairedDuplex, PairedDuplex] {
    const one = new PairedDuplex({ allowHalfOpen: true });
    const other = new PairedDuplex({ allowHalfOpen: true });
    one.#other = other;
    other.#other = one;
    return [one, other];
  }

  override _read(): void {
    const taken = this.#untaken;
    this.#untaken = null;
    taken?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    const other = this.#other;
    if (other.destroyed) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    } else if (other.push(chunk)) {
      done();
    } else {
      other.#untaken = done;
    }
  }

  override _final(done: Done): void {
    this.#other.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const other = this.#other;
    if (!other.destroyed && error !== null) other.destroy(error);
    else if (!other.destroyed && !this.writableFinished) other.push(null);
    done(error);
  }
}
