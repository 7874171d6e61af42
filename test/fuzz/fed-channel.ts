import { BufferedChannel } from '../../src/channel/buffered-channel.js';

/** A channel whose peer's bytes come in given pieces, all in one call: nothing waits, nothing is left to chance. */
export class FedChannel extends BufferedChannel {
  readonly queuedBytes = 0;
  /** Everything written, as Latin-1. */
  text = '';
  /** Our side was ended or destroyed. */
  ended = false;
  #reading = false;
  readonly #later: (() => void)[] = [];

  get writable(): boolean {
    return !this.ended;
  }

  write(bytes: Buffer, from: number, to: number): boolean {
    return this.writeText(bytes.toString('latin1', from, to));
  }

  writeText(text: string, bytes: Buffer = Buffer.alloc(0), from = 0, to = 0): boolean {
    if (!this.writable) return true;
    this.text += text + bytes.toString('latin1', from, to);
    this.bytesWritten = this.text.length;
    return true;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.abandon();
    this.ended = true;
    this.later(() => this.socketClosed(null));
  }

  later(run: () => void): void {
    this.#later.push(run);
  }

  /** Brings the pieces, each when the owner reads, then the peer's FIN where it ends. */
  feed(pieces: readonly Buffer[], ends: boolean): void {
    this.#runLater();
    for (const piece of pieces) {
      if (!this.#reading || this.closed) break;
      const bytes = Buffer.from(piece);
      if (!this.chunkRead(bytes, 0, bytes.length)) this.#reading = false;
      bytes.fill(0xee); // a view that somebody kept shows
      this.#runLater();
    }
    if (ends && !this.closed) this.endRead();
    this.#runLater();
  }

  protected setReading(reading: boolean): void {
    this.#reading = reading;
  }

  protected override defer(run: (channel: BufferedChannel) => void): void {
    this.later(() => run(this));
  }

  #runLater(): void {
    for (let run = this.#later.shift(); run !== undefined; run = this.#later.shift()) run();
  }
}
