import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LineQueue } from '../../../src/observability/line-queue.js';
import { SlowStream } from './slow-stream.js';

/** Of 1,000 characters: 66 are a text. */
const lines = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${String(index).padEnd(999)}\n`);

/** Takes several texts in one write; `fails` says of how many bytes on. */
class TextsStream extends Writable {
  text = '';
  readonly writes: number[] = [];
  readonly #failsFrom: number;

  constructor(failsFrom = Number.POSITIVE_INFINITY) {
    super({ decodeStrings: false });
    this.#failsFrom = failsFrom;
  }

  override _write(chunk: string, _encoding: string, done: (error?: Error) => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(chunks: readonly { chunk: string }[], done: (error?: Error) => void): void {
    if (this.text.length >= this.#failsFrom) {
      done(new Error('EIO'));
      return;
    }
    this.writes.push(chunks.length);
    for (const { chunk } of chunks) this.text += chunk;
    done();
  }
}

test('several texts go out in one write, in their order, where the stream takes them so', async () => {
  const stream = new TextsStream();
  const queue = new LineQueue(stream, { textsAtOnce: 4 });
  const all = lines(300);
  for (const line of all) queue.push(line);
  await queue.flush();
  assert.equal(stream.text, all.join(''));
  assert.deepEqual(stream.writes, [4, 1]);
});

test('elsewhere one text goes out at a time', async () => {
  const stream = new TextsStream();
  const queue = new LineQueue(stream);
  const all = lines(150);
  for (const line of all) queue.push(line);
  await queue.flush();
  assert.equal(stream.text, all.join(''));
  assert.deepEqual(stream.writes, [1, 1, 1]);
});

for (const textsAtOnce of [1, 4]) {
  test(`of a write that fails all lines count as dropped, with those behind it (${textsAtOnce} at once)`, async () => {
    const stream = new TextsStream(1);
    const queue = new LineQueue(stream, { textsAtOnce });
    for (const line of lines(500)) queue.push(line);
    await queue.flush();
    await turn();
    assert.equal(queue.dropped, 500 - stream.text.length / 1000);
    assert.ok(stream.text.length > 0);
  });
}

test('a burst does not wait for the end of a pause until there is no room', async () => {
  const stream = new SlowStream(true);
  const queue = new LineQueue(stream, { maxLines: 100 });
  queue.push('first\n');
  await queue.flush();
  for (const line of lines(60)) queue.push(line);
  await turn();
  await turn();
  for (const line of lines(60)) queue.push(line);
  await queue.flush();
  assert.deepEqual([queue.dropped, stream.lines.length], [0, 121]);
});
