import type { Duplex } from 'node:stream';
import type { Peer } from './channel-kind.js';

/** The other end of a socket or of a duplex stream. */
export class StreamPeer implements Peer {
  text = '';
  ended = false;
  broken = false;
  readonly #stream: Duplex;
  readonly #raw: Duplex & { resetAndDestroy?: () => void };

  readonly #reset: (raw: Duplex & { resetAndDestroy?: () => void }) => void;

  /**
   * @param raw where `stream` is TLS: what is below it
   * @param reset cuts the connection
   */
  constructor(stream: Duplex, raw = stream, reset = resetOrDestroy) {
    this.#stream = stream;
    this.#raw = raw;
    this.#reset = reset;
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
    this.#reset(this.#raw);
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

function resetOrDestroy(raw: Duplex & { resetAndDestroy?: () => void }): void {
  if (raw.resetAndDestroy === undefined) raw.destroy(new Error('cut'));
  else raw.resetAndDestroy();
}
