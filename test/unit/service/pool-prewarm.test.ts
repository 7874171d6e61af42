import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TlsClient } from '../../../src/channel/tls-client.js';
import type { PoolLimits } from '../../../src/service/pool.js';
import { StubChannel } from '../channel/stub-channel.js';
import { RecordingUser } from '../connection/recording-user.js';
import { PoolStand } from './pool-stand.js';

const BYTES = Buffer.from('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');

/** A pool that keeps connections ready, whose dials the test answers. */
class Warm extends PoolStand {
  readonly #limits: PoolLimits;
  /** How many dials were answered. */
  #answered = 0;

  constructor(limits: Partial<PoolLimits> = {}) {
    const all = { maxIdleConnections: 100, idleTimeoutMs: 90_000, prewarm: 2, ...limits };
    super(all);
    this.#limits = all;
  }

  follow(limits: Partial<PoolLimits> = {}): this {
    this.pool.follow({ ...this.#limits, ...limits });
    return this;
  }

  get dialled(): number {
    return this.host.dials.length;
  }

  /** Connects what is on its way. Returns the channels. */
  connectAll(): StubChannel[] {
    const channels: StubChannel[] = [];
    for (; this.#answered < this.dialled; this.#answered++) {
      if (this.host.dials[this.#answered]?.cancelled) continue;
      const channel = new StubChannel();
      channels.push(channel);
      this.host.connect(this.#answered, channel);
    }
    return channels;
  }

  refuseAll(): void {
    for (; this.#answered < this.dialled; this.#answered++) this.host.refuse(this.#answered, 'ECONNREFUSED');
  }

  get cancelled(): number {
    return this.host.dials.filter(({ cancelled }) => cancelled).length;
  }
}

/** Warm, with what is to be ready. */
function ready(limits: Partial<PoolLimits> = {}): Warm {
  const stand = new Warm(limits).follow();
  stand.connectAll();
  return stand;
}

test('connections are made ready once the limits are followed, not before', () => {
  const stand = new Warm();
  stand.host.clock.advance(10_000);
  assert.deepEqual([stand.dialled, stand.host.deadlines.size], [0, 0]);
  stand.follow();
  assert.deepEqual([stand.dialled, stand.pool.idle, stand.pool.open], [2, 0, 0]);
  stand.connectAll();
  assert.deepEqual([stand.dialled, stand.pool.idle, stand.pool.open], [2, 2, 0]);
  stand.follow();
  assert.equal(stand.dialled, 2, 'a reload has them already');
});

test('one that was taken is replaced; what comes back from use stands in for one', () => {
  const stand = ready();
  const taken = stand.take();
  assert.ok(taken !== null);
  assert.equal(taken.user !== null && taken.channel !== null, true);
  assert.deepEqual([stand.dialled, stand.pool.idle, stand.pool.open], [3, 1, 1]);
  const [channel] = stand.connectAll();
  assert.ok(channel !== undefined);
  stand.serve({ connection: taken, channel });
  assert.deepEqual([stand.pool.idle, stand.pool.open], [3, 0]);
  stand.take();
  assert.deepEqual([stand.dialled, stand.pool.idle], [3, 2]);
});

test('those on their way count: no burst has more of them made than are missing', () => {
  const stand = ready();
  stand.take();
  stand.take();
  assert.deepEqual([stand.take(), stand.dialled], [null, 4]);
  stand.pool.connect(new RecordingUser());
  assert.deepEqual([stand.dialled, stand.pool.open], [5, 3]);
  stand.connectAll();
  assert.deepEqual([stand.pool.idle, stand.pool.open], [2, 3]);
});

test('never more than may idle, whichever way they come', () => {
  const stand = new Warm({ maxIdleConnections: 2, prewarm: 5 }).follow();
  assert.equal(stand.dialled, 2);
  const used = [0, 1].map(() => {
    const connection = stand.pool.connect(new RecordingUser());
    return { connection, channel: new StubChannel() };
  });
  for (const [index, { channel }] of used.entries()) stand.host.connect(2 + index, channel);
  for (const pooled of used) stand.serve(pooled);
  assert.equal(stand.pool.idle, 2);
  for (const index of [0, 1]) stand.host.connect(index, new StubChannel());
  assert.deepEqual([stand.pool.idle, stand.pool.open, stand.host.counters.backendConnections], [2, 0, 2]);
  assert.deepEqual(
    [stand.take(), stand.take()],
    [used[1]?.connection, used[0]?.connection],
    'those that came too late are closed',
  );
});

test('what cannot be sent twice takes one only while it is fresh', () => {
  const stand = ready();
  stand.host.clock.advance(1_750);
  assert.notEqual(stand.take(false), null);
  stand.host.clock.advance(500);
  assert.equal(stand.take(false), null);
  assert.notEqual(stand.take(true), null);
});

test('a refusal is tried again after 1 s, doubling up to 30 s, by one connection', () => {
  const stand = new Warm().follow();
  stand.refuseAll();
  assert.deepEqual([stand.dialled, stand.host.counters.backendConnections], [2, 0]);
  for (const [index, delayMs] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
    stand.host.clock.advance(delayMs - 250);
    assert.equal(stand.dialled, 2 + index, `${delayMs} ms`);
    stand.host.clock.advance(250);
    assert.equal(stand.dialled, 3 + index, `${delayMs} ms`);
    stand.refuseAll();
  }
  stand.host.clock.advance(30_000);
  stand.connectAll();
  stand.host.clock.advance(750);
  assert.equal(stand.dialled, 10, 'until it has lived for a second');
  stand.host.clock.advance(250);
  assert.equal(stand.dialled, 11);
  stand.refuseAll();
  stand.host.clock.advance(1_000);
  assert.equal(stand.dialled, 12, 'the second began anew');
});

test('an answer by the backend has the patience begin anew', () => {
  const stand = new Warm({ prewarm: 1 }).follow();
  for (const delayMs of [1_000, 2_000]) {
    stand.refuseAll();
    stand.host.clock.advance(delayMs);
  }
  const connection = stand.pool.connect(new RecordingUser());
  stand.host.connect(3, new StubChannel());
  stand.host.refuse(2, 'ECONNREFUSED');
  stand.serve({ connection, channel: new StubChannel() });
  stand.take();
  stand.host.clock.advance(4_000);
  assert.equal(stand.dialled, 5);
  stand.host.refuse(4, 'ECONNREFUSED');
  stand.host.clock.advance(750);
  assert.equal(stand.dialled, 5);
  stand.host.clock.advance(250);
  assert.equal(stand.dialled, 6);
});

test('a backend that closes at once is a failure like one that refuses', () => {
  const stand = new Warm({ prewarm: 1 }).follow();
  for (const delayMs of [1_000, 2_000, 4_000]) {
    stand.connectAll()[0]?.owner.onEnd();
    assert.equal(stand.pool.idle, 0);
    const { dialled } = stand;
    stand.host.clock.advance(delayMs - 250);
    assert.equal(stand.dialled, dialled, `${delayMs} ms`);
    stand.host.clock.advance(250);
    assert.equal(stand.dialled, dialled + 1, `${delayMs} ms`);
  }
});

test('one that dies while it idles, by an end, a close, or bytes that nobody asked for, is replaced after a second', () => {
  for (const die of [
    (channel: StubChannel) => channel.owner.onEnd(),
    (channel: StubChannel) => channel.owner.onClose(new Error('read ECONNRESET')),
    (channel: StubChannel) => channel.owner.onChunk(BYTES, 0, BYTES.length),
  ]) {
    const stand = new Warm({ prewarm: 1 }).follow();
    for (let round = 0; round < 3; round++) {
      const [channel] = stand.connectAll();
      assert.ok(channel !== undefined);
      stand.host.clock.advance(10_000);
      die(channel);
      assert.deepEqual([stand.pool.idle, stand.take(), stand.dialled], [0, null, 1 + round]);
      stand.host.clock.advance(750);
      assert.equal(stand.dialled, 1 + round);
      stand.host.clock.advance(250);
      assert.equal(stand.dialled, 2 + round, 'no longer than a second, whichever round it is');
    }
  }
});

test('one that nobody used is made anew before a backend would lose its patience', () => {
  const stand = ready();
  stand.host.clock.advance(14_750);
  assert.equal(stand.dialled, 2);
  stand.host.clock.advance(250);
  assert.deepEqual([stand.dialled, stand.pool.idle], [4, 0]);
  stand.connectAll();
  assert.deepEqual([stand.pool.idle, stand.host.counters.backendConnections], [2, 2]);
});

test('one that was used and fails in use is no failure of these', () => {
  const stand = ready();
  const taken = stand.take();
  stand.connectAll();
  taken?.onClose(null);
  assert.deepEqual([stand.pool.open, stand.pool.idle, stand.dialled], [0, 2, 3]);
  stand.take();
  assert.equal(stand.dialled, 4);
});

test('none is made for a backend that is not available; at once when it is again', () => {
  const stand = new Warm().follow();
  stand.refuseAll();
  stand.pool.warm(false);
  stand.host.clock.advance(100_000);
  assert.deepEqual([stand.dialled, stand.host.deadlines.size], [2, 0]);
  stand.pool.warm(true);
  assert.equal(stand.dialled, 4);
  stand.pool.warm(false);
  assert.deepEqual([stand.cancelled >= 2, stand.host.counters.backendConnections], [true, 0]);
  stand.connectAll();
  assert.deepEqual([stand.pool.idle, stand.host.deadlines.size], [0, 0]);
  const other = new Warm();
  other.pool.warm(false);
  other.follow();
  assert.equal(other.dialled, 0);
});

test('those on their way are given up with the limits, and by closeIdle() until limits are followed again', () => {
  for (const giveUp of [
    (stand: Warm) => stand.follow({ maxIdleConnections: 0, idleTimeoutMs: 0, prewarm: 0 }),
    (stand: Warm) => stand.pool.closeIdle(),
  ]) {
    const stand = ready();
    stand.take();
    assert.equal(stand.host.counters.backendConnections, 3);
    giveUp(stand);
    assert.deepEqual([stand.host.counters.backendConnections, stand.pool.open], [1, 1]);
    assert.deepEqual([stand.pool.idle, stand.host.deadlines.size], [0, 0]);
    stand.host.clock.advance(100_000);
    assert.equal(stand.dialled, 3);
    stand.follow();
    assert.equal(stand.dialled, 5);
  }
});

test('what hangs on its way is given up after ten seconds, and tried again', () => {
  const stand = new Warm({ prewarm: 1 }).follow();
  stand.host.clock.advance(10_000);
  assert.deepEqual([stand.cancelled, stand.dialled], [1, 1]);
  stand.host.clock.advance(1_000);
  assert.equal(stand.dialled, 2);
});

test('other ways to the same machine hold for connections from then on', () => {
  const stand = ready();
  stand.pool.useAddress({ host: 'backend.example', port: 80, others: ['10.0.0.2'] });
  assert.equal(stand.pool.idle, 2);
  stand.pool.connect(new RecordingUser());
  assert.deepEqual(stand.host.dials.at(-1)?.address.others, ['10.0.0.2']);
});

test('another way to speak TLS has them made anew', () => {
  const stand = ready();
  stand.take();
  const tls = new TlsClient({ host: 'other.example', verify: true, minVersion: 'TLSv1.2' });
  stand.pool.useAddress({ host: 'other.example', port: 81, tls });
  assert.deepEqual([stand.pool.idle, stand.cancelled >= 1], [0, true]);
  assert.deepEqual(
    stand.host.dials.slice(3).map(({ address }) => address.host),
    ['other.example', 'other.example'],
  );
});

test('what was in use when TLS came to be spoken in another way idles no more', () => {
  const stand = new PoolStand();
  const before = stand.open();
  const tls = new TlsClient({ host: 'backend.example', verify: true, minVersion: 'TLSv1.2' });
  stand.pool.useAddress({ host: 'backend.example', port: 80, tls });
  stand.serve(before);
  assert.deepEqual([before.connection.closed, stand.pool.idle, stand.pool.open], [true, 0, 0]);
  stand.idle();
  assert.equal(stand.pool.idle, 1);
});

test('open counts what exchanges use: connecting or taken, not idle, not given to a tunnel', () => {
  const stand = new PoolStand();
  const one = stand.open();
  const connecting = stand.pool.connect(new RecordingUser());
  assert.equal(stand.pool.open, 2);
  connecting.close();
  assert.equal(stand.pool.open, 1);
  stand.serve(one);
  assert.equal(stand.pool.open, 0);
  const taken = stand.take();
  assert.equal(stand.pool.open, 1);
  assert.notEqual(taken?.handOver(), null);
  assert.deepEqual([stand.pool.open, stand.pool.idle], [0, 0]);
  const full = new PoolStand({ maxIdleConnections: 0 });
  full.idle();
  assert.equal(full.pool.open, 0);
});
