import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageRate } from '../../../src/exchange/tunnel-policy.js';
import { StubTunnel } from './stub-tunnel.js';

const MASK = '37fa213d';
const HELLO = `8185${MASK}7f9f4d5158`;
const FIRST = `0182${MASK}7f9f`;
const LAST = `8083${MASK}5b964e`;
const PING = `8980${MASK}`;
const CLOSE = `8882${MASK}3412`;
const BACKEND_HELLO = '810548656c6c6f';

/** One message each second, two at once. */
const DELAY: MessageRate = { perMinute: 60, burst: 2, mode: 'delay' };

/** A tunnel, and a client's channel as it is: what the tunnel leaves is told again when it resumes. */
class GatedStub extends StubTunnel {
  kept = '';

  constructor(rate: MessageRate = DELAY, policy = {}) {
    super({ messageRate: rate, pingIntervalMs: 0, readTimeoutMs: 0, ...policy });
  }

  /** True where the channel was told to read since it last had to stop. */
  get reads(): boolean {
    return this.client.calls.at(-1) !== 'left';
  }

  sends(hex: string): void {
    this.kept += hex;
    if (this.reads) this.#tell();
  }

  /** Time passes in milliseconds, and the channel does what it is told. */
  goesOn(ms: number): void {
    const stepMs = ms % 10 === 0 ? 10 : 1;
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      const calls = this.client.calls.length;
      this.clock.advance(stepMs);
      if (this.client.calls.slice(calls).includes('resume')) this.#tell();
    }
  }

  #tell(): void {
    if (this.kept === '') return;
    const length = this.kept.length / 2;
    const taken = this.client.comes(this.kept);
    this.kept = this.kept.slice(2 * taken);
    if (taken < length) this.client.calls.push('left');
  }
}

test('what is within burst passes at once, the next when there is a token; in order, and nothing is lost', () => {
  const stub = new GatedStub();
  const numbered = Array.from({ length: 5 }, (_, at) => `8181${MASK}0${at}`);
  stub.sends(numbered.join(''));
  assert.equal(stub.backend.taken(), numbered.slice(0, 2).join(''));
  assert.ok(!stub.reads);
  stub.goesOn(999);
  assert.equal(stub.backend.taken(), '');
  for (const message of numbered.slice(2)) {
    stub.goesOn(1);
    assert.equal(stub.backend.taken(), message);
    stub.goesOn(999);
  }
  assert.equal(stub.kept, '');
  assert.deepEqual([stub.numbers.delayedMessages, stub.numbers.fromClient.textMessages], [3, 5]);
});

test('a client that was idle has its burst again', () => {
  const stub = new GatedStub();
  stub.sends(HELLO.repeat(2));
  stub.goesOn(10_000);
  stub.backend.taken();
  stub.sends(HELLO.repeat(3));
  assert.equal(stub.backend.taken(), HELLO.repeat(2));
});

test('a message is as many fragments as it likes, and control frames at the front pass at once', () => {
  const stub = new GatedStub({ ...DELAY, burst: 1 });
  stub.sends(FIRST + PING);
  stub.sends(LAST + PING + PING + HELLO + PING + HELLO);
  assert.equal(stub.backend.taken(), FIRST + PING + LAST + PING + PING);
  stub.goesOn(1_000);
  assert.equal(stub.backend.taken(), HELLO + PING);
  stub.goesOn(1_000);
  assert.equal(stub.backend.taken(), HELLO);
});

test('a header that was held back waits too, and comes whole', () => {
  for (let length = 2; length < 2 * 6; length += 2) {
    const stub = new GatedStub({ ...DELAY, burst: 1 });
    stub.sends(HELLO + HELLO.slice(0, length));
    assert.equal(stub.backend.taken(), HELLO);
    stub.sends(HELLO.slice(length));
    assert.equal(stub.backend.taken(), '');
    stub.goesOn(1_000);
    assert.equal(stub.backend.taken(), HELLO);
  }
});

test('the Close of a client waits behind its messages, and is not lost', () => {
  const stub = new GatedStub({ ...DELAY, burst: 1 });
  stub.sends(HELLO + HELLO + CLOSE);
  stub.goesOn(999);
  assert.equal(stub.backend.taken(), HELLO);
  stub.goesOn(1);
  assert.equal(stub.backend.taken(), HELLO + CLOSE);
});

test('the backend sends as much as it likes', () => {
  const stub = new GatedStub();
  stub.backend.comes(BACKEND_HELLO.repeat(100));
  assert.equal(stub.client.taken(), BACKEND_HELLO.repeat(100));
});

test('a client that waits for a token is not resumed by a backend that takes bytes again, nor the other way round', () => {
  const stub = new GatedStub({ ...DELAY, burst: 1 });
  stub.backend.congested = true;
  stub.sends(HELLO + HELLO);
  stub.backend.congested = false;
  stub.backend.owner.onWritable();
  assert.ok(!stub.reads);
  stub.backend.congested = true;
  stub.goesOn(1_000);
  assert.ok(!stub.reads);
  assert.equal(stub.backend.taken(), HELLO);
  stub.backend.congested = false;
  stub.backend.owner.onWritable();
  assert.ok(stub.reads);
});

test('a client that waits for a token is neither pinged nor dead, and no tunnel with one is idle', () => {
  for (const policy of [
    { pingIntervalMs: 10_000, pongTimeoutMs: 10_000 },
    { readTimeoutMs: 20_000 },
    { idleTimeoutMs: 20_000 },
  ]) {
    const stub = new GatedStub({ perMinute: 1, burst: 1, mode: 'delay' }, policy);
    stub.sends(HELLO + HELLO);
    for (let passed = 0; passed < 59_000; passed += 1_000) {
      stub.goesOn(1_000);
      // The backend has its own clocks.
      stub.backend.comes('8a00');
    }
    assert.ok(!stub.client.calls.includes('destroy'), JSON.stringify(policy));
    assert.match(stub.client.hex, /^(8a00)*$/);
    stub.goesOn(1_000);
    assert.equal(stub.backend.hex, HELLO + HELLO);
  }
});

test('a client that waits for a token is read on when the backend has gone, and no timer is left', () => {
  const stub = new GatedStub({ ...DELAY, burst: 1 });
  stub.sends(HELLO + HELLO + CLOSE);
  stub.backend.closes();
  assert.match(stub.client.taken(), /^88/);
  assert.ok(stub.reads);
  assert.equal(stub.client.comes(stub.kept), stub.kept.length / 2);
  assert.ok(stub.client.calls.includes('end'));
  stub.client.closes();
  assert.deepEqual([stub.ends.length, stub.deadlines.size], [1, 0]);
});

test('how long messages waited is counted', () => {
  const stub = new GatedStub({ ...DELAY, burst: 1 }, { logMessages: true });
  stub.sends(HELLO + HELLO + HELLO);
  stub.goesOn(2_000);
  const { messageWaitSeconds } = stub.numbers.fromClient;
  assert.deepEqual([messageWaitSeconds.count, messageWaitSeconds.sum], [3, 3]);
  assert.deepEqual(
    stub.messages.map(({ waitedMs }) => waitedMs),
    [0, 1_000, 2_000],
  );
});

test('a message whose beginning was held back waited as long, wherever it ends', () => {
  const stub = new GatedStub({ ...DELAY, burst: 1 }, { logMessages: true });
  stub.sends(HELLO + FIRST);
  stub.goesOn(1_500);
  stub.sends(LAST);
  assert.deepEqual(
    stub.messages.map(({ waitedMs, bytes }) => [waitedMs, bytes]),
    [
      [0, 5],
      [1_000, 5],
    ],
  );
});

test('with mode close the first message too many ends the tunnel, behind those before it', () => {
  const stub = new GatedStub({ ...DELAY, mode: 'close' });
  stub.sends(HELLO + HELLO + PING + HELLO + HELLO);
  assert.ok(stub.backend.hex.startsWith(HELLO + HELLO + PING));
  const told = Buffer.from(stub.backend.hex.slice((HELLO + HELLO + PING).length), 'hex');
  assert.equal(told.readUInt16BE(6) ^ told.readUInt16BE(2), 1001);
  assert.equal(told.length, 6 + 2 + 'messages too fast'.length);
  assert.equal(stub.client.hex, `881303f0${Buffer.from('messages too fast').toString('hex')}`);
  // It is read to its answer, however much it sends.
  stub.sends(HELLO.repeat(100) + CLOSE);
  assert.equal(stub.kept, '');
  stub.client.closes();
  stub.backend.closes();
  assert.equal(stub.ends[0]?.error?.code, 'client-message-rate');
  assert.equal(stub.ends[0]?.error?.message, 'more than 60 messages a minute, 2 at once');
  assert.deepEqual([stub.numbers.rateClosed, stub.numbers.delayedMessages], [1, 0]);
});

for (const perMinute of [60, 1000, 12_000, 120_000]) {
  test(`a client that always has something to say gets ${perMinute} a minute`, () => {
    const stub = new GatedStub({ perMinute, burst: 1, mode: 'delay' });
    stub.backend.keeps = false;
    stub.sends(HELLO.repeat(perMinute + 10));
    stub.goesOn(30_000);
    const wanted = perMinute / 2;
    const came = stub.backend.bytesWritten / (HELLO.length / 2);
    assert.ok(Math.abs(came - 1 - wanted) <= wanted / 50 + 1, `${came} instead of ${wanted}`);
  });
}
