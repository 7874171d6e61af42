import { type Channel, noOwner } from '../../../src/channel/channel.js';

/** A channel that only writes down what it is told to do; its numbers are the test's. */
export class StubChannel implements Channel {
  owner = noOwner;
  bytesRead = 0;
  bytesWritten = 0;
  queuedBytes = 0;
  congested = false;
  writable = true;
  closed = false;
  writeFailed = false;
  readAheadBytes = 0;
  /** Everything written, as Latin-1. */
  text = '';
  readonly calls: string[] = [];

  write(bytes: Buffer, from: number, to: number): boolean {
    this.text += bytes.toString('latin1', from, to);
    this.bytesWritten += to - from;
    return !this.congested;
  }

  writeText(text: string, bytes = Buffer.alloc(0), from = 0, to = 0): boolean {
    return this.write(
      Buffer.concat([Buffer.from(text, 'latin1'), bytes.subarray(from, to)]),
      0,
      text.length + to - from,
    );
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  end(): void {
    this.calls.push('end');
    this.writable = false;
  }

  destroy(reset = false): void {
    this.calls.push(reset ? 'reset' : 'destroy');
    this.writable = false;
  }
}
