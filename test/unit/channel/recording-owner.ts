import assert from 'node:assert/strict';
import type { Channel, ChannelOwner } from '../../../src/channel/channel.js';

export type Call = 'chunk' | 'end' | 'writable' | 'write failed' | 'close';

/** An owner that writes down every call, and takes what it is told to take. */
export class RecordingOwner implements ChannelOwner {
  readonly calls: Call[] = [];
  /** What was taken, as Latin-1. */
  text = '';
  closeError: Error | null | undefined = undefined;
  /** How many of the bytes at hand are taken. */
  taking: (length: number) => number = (length) => length;
  /** Runs inside every call, after it was written down. */
  inside: (call: Call) => void = () => {};
  deepest = 0;
  #depth = 0;
  #silent = false;
  readonly #early: Call[] = [];

  constructor(parts: Partial<Pick<RecordingOwner, 'taking' | 'inside'>> = {}) {
    Object.assign(this, parts);
  }

  /** Runs something during which nothing may be told. */
  silently<Result>(run: () => Result): Result {
    this.#silent = true;
    const result = run();
    this.#silent = false;
    return result;
  }

  count(call: Call): number {
    return this.calls.filter((one) => one === call).length;
  }

  onChunk(bytes: Buffer, from: number, to: number): number {
    assert.ok(from < to, 'a chunk has bytes');
    const taken = this.taking(to - from);
    this.text += bytes.toString('latin1', from, from + taken);
    this.#called('chunk');
    return taken;
  }

  onEnd(): void {
    this.#called('end');
  }

  onWritable(): void {
    this.#called('writable');
  }

  onWriteFailed(): void {
    this.#called('write failed');
  }

  onClose(error: Error | null): void {
    this.closeError = error;
    this.#called('close');
  }

  /** Nothing was told during a call of the channel, nothing twice that comes once, nothing behind the close. */
  judge(): void {
    assert.deepEqual(this.#early, [], 'told before a call of the channel returned');
    assert.ok(this.count('end') <= 1, 'onEnd comes once');
    assert.ok(this.count('close') <= 1, 'onClose comes once');
    if (this.count('close') > 0) assert.equal(this.calls.at(-1), 'close', 'onClose comes last');
    const end = this.calls.indexOf('end');
    if (end >= 0) assert.ok(!this.calls.includes('chunk', end), 'no bytes behind the end');
  }

  #called(call: Call): void {
    if (this.#silent) this.#early.push(call);
    this.calls.push(call);
    this.deepest = Math.max(this.deepest, ++this.#depth);
    this.inside(call);
    this.#depth--;
  }
}

/** Has a new owner take the channel and read. */
export function own(channel: Channel, parts: Partial<Pick<RecordingOwner, 'taking' | 'inside'>> = {}): RecordingOwner {
  const owner = new RecordingOwner(parts);
  channel.owner = owner;
  channel.resume();
  return owner;
}

/** Takes so many bytes in all, then nothing any more. */
export function firstBytes(count: number): (length: number) => number {
  let left = count;
  return (length) => {
    const taken = Math.min(left, length);
    left -= taken;
    return taken;
  };
}
