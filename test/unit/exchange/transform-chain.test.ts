import assert from 'node:assert/strict';
import { Duplex, PassThrough, Transform } from 'node:stream';
import { test } from 'node:test';
import type { BodyTransform } from '../../../src/exchange/body-transform.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { type ChainListener, TransformChain } from '../../../src/exchange/transform-chain.js';
import { settled, until } from '../../support/turns.js';

/** Keeps what a chain tells, and takes it or not. */
class Listener implements ChainListener {
  readonly told: Buffer[] = [];
  readonly errors: ProxyError[] = [];
  takes = true;
  whole = 0;
  writable = 0;

  get text(): string {
    return Buffer.concat(this.told).toString();
  }
  transformed(bytes: Buffer): boolean {
    this.told.push(bytes);
    return this.takes;
  }
  transformedWhole(): void {
    this.whole++;
  }
  transformFailed(error: ProxyError): void {
    this.errors.push(error);
  }
  chainWritable(): void {
    this.writable++;
  }
}

function chainOf(...transforms: readonly BodyTransform[]) {
  const listener = new Listener();
  return { listener, chain: new TransformChain([() => transforms], listener) };
}

const mapping = (change: (text: string) => string): BodyTransform => ({
  stream: new Transform({ transform: (bytes: Buffer, _encoding, done) => done(null, change(String(bytes))) }),
});

test('transforms follow each other in the order they were asked for', async () => {
  const listener = new Listener();
  const makes = [() => [mapping((text) => `${text}1`), mapping((text) => `${text}2`)], () => [mapping((t) => `${t}3`)]];
  const chain = new TransformChain(makes, listener);
  chain.push(Buffer.from('a'));
  chain.push(Buffer.alloc(0));
  chain.push(Buffer.from('b'));
  chain.end();
  await until(() => listener.whole === 1, 'the end');
  assert.deepEqual([listener.text, listener.errors], ['a123b123', []]);
});

test('who takes nothing stops the source, with so much held as the streams allow', async () => {
  const held = { highWaterMark: 1000 };
  const { listener, chain } = chainOf({ stream: new PassThrough(held) }, { stream: new PassThrough(held) });
  listener.takes = false;
  let pushed = 0;
  while (pushed < 100 && chain.push(Buffer.alloc(100))) {
    pushed++;
    await settled(2);
  }
  assert.ok(pushed < 60, `${pushed} pieces were taken`);
  await settled();
  assert.deepEqual([listener.told.length, listener.writable], [1, 0]);
  listener.takes = true;
  chain.resume();
  await until(() => listener.writable === 1, 'room for more');
  chain.end();
  await until(() => listener.whole === 1, 'the end');
  assert.equal(Buffer.concat(listener.told).length, (pushed + 1) * 100);
});

test('a chain of no transforms passes what comes, and lets the source go on when more is wanted', () => {
  const { listener, chain } = chainOf();
  listener.takes = false;
  assert.equal(chain.push(Buffer.from('a')), false);
  assert.equal(listener.writable, 0);
  chain.resume();
  assert.equal(listener.writable, 1);
  chain.end();
  assert.deepEqual([listener.text, listener.whole], ['a', 1]);
});

const broken = new Error('broken');
const faults: [what: string, transform: () => BodyTransform, code: string, message: RegExp][] = [
  [
    'throws',
    () => ({ stream: new Transform({ transform: (_b, _e, done) => done(broken) }) }),
    'middleware-failed',
    /^body transform: broken$/,
  ],
  [
    'throws in its own code',
    () => ({
      stream: new Transform({
        transform() {
          throw broken;
        },
      }),
    }),
    'middleware-failed',
    /^body transform: broken$/,
  ],
  [
    'throws after it said that it is done',
    () => ({
      stream: new Transform({
        transform(bytes, _encoding, done) {
          done(null, bytes);
          throw broken;
        },
      }),
    }),
    'middleware-failed',
    /^body transform: broken$/,
  ],
  [
    'throws as a plain duplex',
    () => ({
      stream: new Duplex({
        read() {},
        write() {
          throw broken;
        },
      }),
    }),
    'middleware-failed',
    /^body transform: broken$/,
  ],
  [
    'throws when it is flushed',
    () => ({
      stream: new PassThrough(),
      flush() {
        throw broken;
      },
    }),
    'middleware-failed',
    /^body transform: broken$/,
  ],
  [
    'fails with an error of the table',
    () => ({ stream: new Transform({ transform: (_b, _e, done) => done(new ProxyError('bad-response', 'x')) }) }),
    'bad-response',
    /^x$/,
  ],
  [
    'says itself what its errors are',
    () => ({
      stream: new Transform({ transform: (_b, _e, done) => done(broken) }),
      faultOf: (error) => new ProxyError('bad-response', `mine: ${error.message}`),
    }),
    'bad-response',
    /^mine: broken$/,
  ],
  [
    'closes before its end',
    () => {
      const stream = new PassThrough();
      stream.once('data', () => stream.destroy());
      return { stream };
    },
    'middleware-failed',
    /closed before its end/,
  ],
];
for (const [what, transform, code, message] of faults) {
  test(`a transform that ${what} ends the chain with ${code}, once`, async () => {
    const before = new PassThrough();
    const behind = new PassThrough();
    const { listener, chain } = chainOf({ stream: before }, transform(), { stream: behind });
    chain.push(Buffer.from('a'));
    await until(() => listener.errors.length > 0, 'the failure');
    chain.push(Buffer.from('b'));
    chain.end();
    await settled();
    assert.deepEqual([listener.errors.length, listener.whole], [1, 0]);
    assert.equal(listener.errors[0]?.code, code);
    assert.match(listener.errors[0]?.message ?? '', message);
    assert.ok(before.destroyed && behind.destroyed);
  });
}

test('a transform that throws at the end fails the chain: nothing looks whole', async () => {
  const transform = new Transform({
    transform: (bytes, _encoding, done) => done(null, bytes),
    flush() {
      throw broken;
    },
  });
  const duplex = new Duplex({
    read() {},
    write: (_bytes, _encoding, done) => done(),
    final() {
      throw broken;
    },
  });
  for (const stream of [transform, duplex]) {
    const { listener, chain } = chainOf({ stream: new PassThrough() }, { stream });
    chain.push(Buffer.from('a'));
    chain.end();
    await until(() => listener.errors.length > 0, 'the failure');
    assert.deepEqual([listener.errors[0]?.cause, listener.whole], [broken, 0]);
  }
});

test('a transform that cannot be made is told of in a later tick', async () => {
  const listener = new Listener();
  const chain = new TransformChain(
    [
      () => {
        throw broken;
      },
    ],
    listener,
  );
  assert.equal(listener.errors.length, 0);
  chain.push(Buffer.from('a'));
  chain.end();
  await settled(1);
  assert.deepEqual([listener.text, listener.whole], ['', 0]);
  assert.deepEqual([listener.errors[0]?.code, listener.errors[0]?.cause], ['middleware-failed', broken]);
});

test('a chain that is destroyed frees its streams and tells nothing more', async () => {
  const stream = new PassThrough();
  const { listener, chain } = chainOf({ stream });
  chain.push(Buffer.from('a'));
  chain.destroy();
  chain.destroy();
  chain.end();
  await settled();
  assert.ok(stream.destroyed);
  assert.deepEqual([listener.errors, listener.whole, listener.writable], [[], 0, 0]);
});

/** Holds everything back until it is flushed. */
function holding() {
  let held = '';
  let flushes = 0;
  const stream = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      held += String(bytes);
      done();
    },
    final(done) {
      if (held !== '') stream.push(held);
      stream.push(null);
      done();
    },
  });
  const flush = () => {
    flushes++;
    stream.push(held);
    held = '';
  };
  return { transform: { stream, flush }, flushes: () => flushes };
}

test('what a transform holds is flushed once the source pauses, and not before', async () => {
  const { transform, flushes } = holding();
  const { listener, chain } = chainOf(transform, { stream: new PassThrough() });
  for (let piece = 0; piece < 10; piece++) {
    chain.push(Buffer.from(String(piece)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(flushes(), 0);
  await until(() => listener.text === '0123456789', 'what was held');
  await settled();
  assert.equal(flushes(), 1, 'once for a pause');
  chain.push(Buffer.from('end'));
  chain.end();
  await until(() => listener.whole === 1, 'the end');
  assert.deepEqual([listener.text, flushes()], ['0123456789end', 1]);
});
