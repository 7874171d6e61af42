import type { Duplex } from 'node:stream';
import type { Peer } from './channel-kind.js';

/** The other end of a socket or of a duplex stream. */
export class StreamPeer implements Peer {
  text = '';
  ended = false;
  broken = false;
  readonly #stream: Duplex;
  readonly #raw: Duplex & { resetAndDestroy?: () => void };

  /** @param raw where `stream` is TLS: what is below it */
  constructor(stream: Duplex, raw = stream) {
    this.#stream = stream;
    this.#raw = raw;
    stream.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
    });
    stream.on('end', () => {
      this.ended = true;
    });
    stream.on('error', () => {
      this.broken = true;
    });
  }

  send(bytes: string | Buffer): void {
    this.#stream.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  end(): void {
    this.#stream.end();
  }

  cut(): void {
    if (this.#raw.resetAndDestroy === undefined) this.#raw.destroy(new Error('cut'));
    else this.#raw.resetAndDestroy();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  close(): void {
    this.#stream.destroy();
  }
}
