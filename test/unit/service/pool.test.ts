import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoolStand } from './pool-stand.js';

test('an empty pool has nothing to give', () => {
  const { pool, host } = new PoolStand();
  assert.equal(new PoolStand().take(), null);
  assert.deepEqual([pool.idle, host.deadlines.size], [0, 0]);
});

test('the most recently used is taken first', () => {
  const stand = new PoolStand();
  const [one, two, three] = [stand.open(), stand.open(), stand.open()];
  for (const pooled of [two, three, one]) stand.serve(pooled);
  assert.equal(stand.pool.idle, 3);
  assert.deepEqual(
    [stand.take(), stand.take(), stand.take(), stand.take()],
    [one.connection, three.connection, two.connection, null],
  );
});

test('a connection that is taken has its new user, and goes on counting what it served', () => {
  const stand = new PoolStand();
  const pooled = stand.idle();
  const taken = stand.take();
  assert.equal(taken, pooled.connection);
  assert.notEqual(taken?.user, null);
  assert.equal(taken?.served, 1);
  stand.serve(pooled);
  assert.equal(pooled.connection.served, 2);
  assert.equal(pooled.connection.user, null);
});

test('what cannot be sent twice takes only a connection that idled for less than two seconds', () => {
  const stand = new PoolStand();
  const { connection } = stand.idle();
  stand.host.clock.advance(1_750);
  assert.equal(stand.take(false), connection);
  const again = new PoolStand();
  again.idle();
  again.host.clock.advance(2_000);
  assert.equal(again.take(false), null);
  assert.equal(again.pool.idle, 1);
  assert.notEqual(again.take(true), null);
});

const DOUBTFUL = 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n';

test('a connection whose last response spoke of a body it had not is given out after one second of silence', () => {
  const stand = new PoolStand();
  const doubtful = stand.idle(DOUBTFUL);
  stand.host.clock.advance(750);
  assert.equal(stand.take(), null);
  assert.equal(stand.pool.idle, 1);
  stand.host.clock.advance(250);
  assert.equal(stand.take(false), doubtful.connection);
  stand.serve(doubtful);
  assert.equal(stand.take(), doubtful.connection, 'what came since then is in no doubt');
});

test('the body that comes in that second closes it', () => {
  const stand = new PoolStand();
  const { connection } = stand.idle(DOUBTFUL);
  connection.onChunk(Buffer.from('hello'), 0, 5);
  assert.deepEqual([connection.closed, stand.pool.idle], [true, 0]);
});

test("connections in doubt stand in nobody else's way", () => {
  const stand = new PoolStand();
  const [clean, doubtful] = [stand.open(), stand.open()];
  stand.serve(clean);
  stand.serve(doubtful, DOUBTFUL);
  assert.deepEqual([stand.take(), stand.take()], [clean.connection, null]);
});

test('a connection is closed when it idled for the idle timeout, each in its own time', () => {
  const stand = new PoolStand({ idleTimeoutMs: 5_000 });
  const first = stand.idle();
  stand.host.clock.advance(3_000);
  const second = stand.idle();
  stand.host.clock.advance(1_750);
  assert.equal(stand.pool.idle, 2);
  stand.host.clock.advance(250);
  assert.deepEqual([stand.pool.idle, first.connection.closed, second.connection.closed], [1, true, false]);
  assert.ok(first.channel.calls.includes('destroy'));
  stand.host.clock.advance(3_000);
  assert.deepEqual([stand.pool.idle, second.connection.closed], [0, true]);
  assert.deepEqual([stand.host.deadlines.size, stand.host.counters.backendConnections], [0, 0]);
});

test("the backend's own timeout counts less one second, the shorter of the two wins", () => {
  for (const [seconds, idleTimeoutMs, closedAtMs] of [
    [10, 90_000, 9_000],
    [600, 90_000, 90_000],
    [1, 90_000, 250],
    [0, 90_000, 250],
  ] as const) {
    const stand = new PoolStand({ idleTimeoutMs });
    stand.idle(`HTTP/1.1 204 No Content\r\nKeep-Alive: timeout=${seconds}, max=9\r\n\r\n`);
    stand.host.clock.advance(closedAtMs - 250);
    assert.equal(stand.pool.idle, closedAtMs > 250 ? 1 : 1, `${seconds} s`);
    stand.host.clock.advance(250);
    assert.equal(stand.pool.idle, 0, `${seconds} s`);
  }
});

test('a backend that says no timeout again is held to the configured one', () => {
  const stand = new PoolStand({ idleTimeoutMs: 60_000 });
  const pooled = stand.idle('HTTP/1.1 204 No Content\r\nKeep-Alive: timeout=5\r\n\r\n');
  stand.take();
  stand.serve(pooled);
  stand.host.clock.advance(30_000);
  assert.equal(stand.pool.idle, 1);
});

test('no more than the most are kept: the one too many is closed', () => {
  const stand = new PoolStand({ maxIdleConnections: 2 });
  const three = [stand.open(), stand.open(), stand.open()];
  for (const pooled of three) stand.serve(pooled);
  assert.equal(stand.pool.idle, 2);
  assert.deepEqual(
    three.map(({ connection }) => connection.closed),
    [false, false, true],
  );
  assert.equal(stand.host.counters.backendConnections, 2);
});

test('with none allowed every connection is closed after its response', () => {
  const stand = new PoolStand({ maxIdleConnections: 0 });
  assert.equal(stand.idle().connection.closed, true);
  assert.deepEqual([stand.pool.idle, stand.host.deadlines.size], [0, 0]);
});

test('bytes that come while a connection idles close it', () => {
  const stand = new PoolStand();
  const { connection, channel } = stand.idle();
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\n\r\n');
  assert.equal(connection.onChunk(bytes, 0, bytes.length), bytes.length);
  assert.equal(connection.closed, true);
  assert.ok(channel.calls.includes('destroy'));
  assert.deepEqual([stand.pool.idle, stand.take()], [0, null]);
});

test('an end, a failed write or a close while it idles takes a connection out', () => {
  const stand = new PoolStand();
  stand.idle().connection.onEnd();
  stand.idle().connection.onWriteFailed();
  stand.idle().connection.onClose(new Error('read ECONNRESET'));
  stand.idle().connection.onClose(null);
  assert.deepEqual([stand.pool.idle, stand.host.counters.backendConnections], [0, 0]);
  assert.equal(stand.host.deadlines.size, 0);
});

test('a connection in use that closes leaves the idle ones alone', () => {
  const stand = new PoolStand();
  const idle = stand.idle();
  stand.idle();
  stand.take()?.onClose(null);
  assert.equal(stand.pool.idle, 1);
  assert.equal(stand.take(), idle.connection);
});

test('closeIdle() closes all that idle, and only those', () => {
  const stand = new PoolStand();
  const used = stand.open();
  stand.idle();
  stand.idle();
  stand.pool.closeIdle();
  assert.deepEqual([stand.pool.idle, used.connection.closed], [0, false]);
  assert.deepEqual([stand.host.counters.backendConnections, stand.host.deadlines.size], [1, 0]);
});

test('the pool is on the timer only while something idles', () => {
  const stand = new PoolStand();
  const pooled = stand.idle();
  assert.equal(stand.host.deadlines.size, 1);
  stand.take();
  assert.equal(stand.host.deadlines.size, 0);
  stand.serve(pooled);
  assert.equal(stand.host.deadlines.size, 1);
});
