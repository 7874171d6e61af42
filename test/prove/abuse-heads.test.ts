import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BYSTANDERS_FILES, FLOOD_RATIO, proveUndisturbed, wellBehavedClients } from './support/bystanders.js';
import { Crowd } from './support/crowd.js';
import { startHttpBackend } from './support/http-backend.js';
import { proveBounded } from './support/memory-bound.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { startRawHttpBackend } from './support/raw-http-backend.js';
import { upgradeHead } from './support/raw-upgrade.js';
import { until } from './support/wait.js';

const KIB = 1024;
const TIMEOUT_MS = 2000;
/** The sweep comes every 250 ms, and time in which a busy machine lets the proxy wait counts for nobody. */
const LATE_MS = 6000;
/** A connection with part of a head: its objects, and a copy of the head, which is small here. */
const EACH = 24 * KIB;
const REQUEST = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const timeout = `header_timeout: ${TIMEOUT_MS / 1000}, keepalive_timeout: ${TIMEOUT_MS / 1000}`;
/** Idle connections to backends close themselves after it: what is open then was forgotten. */
const pool = 'idle_timeout: 1';

async function startSmallProxy(t: TestContext): Promise<ProxyProcess> {
  const { url } = await startHttpBackend(t, (_request, response) => response.end('here'));
  return startProxy(t, { services: { node: url }, routes: { '*': 'node' }, timeout, pool });
}

test('500 that send a head byte by byte and never end it', { timeout: 60_000 }, async (t) => {
  const count = 500;
  const proxy = await startSmallProxy(t);
  const before = proxy.descriptors();
  const slowly = async (): Promise<() => Promise<void>> => {
    const crowd = await Crowd.gather(t, proxy.port, count, (socket) => socket.write('GET / HTTP/1.1\r\nX-Slow: '));
    crowd.trickle('a', 200);
    return async () => {
      await crowd.allClosed(TIMEOUT_MS + LATE_MS);
      crowd.leave();
      assert.deepEqual(crowd.answers(), { 408: count });
      assert.ok(crowd.longestOpenMs <= TIMEOUT_MS + LATE_MS, `open for ${crowd.longestOpenMs} ms`);
    };
  };
  await proveUndisturbed(t, wellBehavedClients(t, proxy), slowly);
  await proveBounded(t.name, proxy, { count, bytesEach: EACH }, async () => (await slowly())());
  await proxy.descriptorsBackTo(before + BYSTANDERS_FILES, TIMEOUT_MS + LATE_MS);
});

test('2,000 that connect and send nothing, 1,000 that idle behind a response', { timeout: 60_000 }, async (t) => {
  const proxy = await startSmallProxy(t);
  const before = proxy.descriptors();
  const idle = async (): Promise<void> => {
    const silent = await Crowd.gather(t, proxy.port, 2000);
    const kept = await Crowd.gather(t, proxy.port, 1000, (socket) => socket.write(REQUEST));
    await kept.allAnswered(5000);
    await silent.allClosed(TIMEOUT_MS + LATE_MS);
    await kept.allClosed(TIMEOUT_MS + LATE_MS);
    assert.deepEqual(silent.answers(), { nothing: 2000 });
    assert.deepEqual(kept.answers(), { 200: 1000 });
    assert.ok(
      [...silent.members, ...kept.members].every(({ reset }) => !reset),
      'none is reset',
    );
    assert.ok(silent.longestOpenMs <= TIMEOUT_MS + LATE_MS, `open for ${silent.longestOpenMs} ms`);
  };
  await proveBounded(t.name, proxy, { count: 3000, bytesEach: EACH }, idle);
  await proxy.descriptorsBackTo(before);
});

const HANDSHAKE_TIMEOUT_MS = 10_000;

test('500 that stop inside a handshake, 500 whose backend never answers it', { timeout: 60_000 }, async (t) => {
  const count = 500;
  const backend = await startRawHttpBackend(t, { '/silent': () => {} });
  const { url } = await startHttpBackend(t, (_request, response) => response.end('here'));
  const services = { silent: backend.url, node: url };
  const proxy = await startProxy(t, { services, routes: { '/silent': 'silent', '*': 'node' }, timeout, pool });
  const before = proxy.descriptors();
  const handshake = upgradeHead('/silent');
  await proveBounded(t.name, proxy, { count: 2 * count, bytesEach: 2 * EACH }, async () => {
    const waiting = await Crowd.gather(t, proxy.port, count, (socket) => socket.write(handshake));
    const stopped = await Crowd.gather(t, proxy.port, count, (socket) => socket.write(handshake.slice(0, -2)));
    await stopped.allClosed(TIMEOUT_MS + LATE_MS);
    assert.deepEqual(stopped.answers(), { 408: count });
    assert.equal(backend.sockets.size, count, 'only whole handshakes reach the backend');
    await waiting.allAnswered(HANDSHAKE_TIMEOUT_MS + LATE_MS);
    await waiting.allClosed(TIMEOUT_MS + LATE_MS);
    assert.deepEqual(waiting.answers(), { 504: count });
    assert.match(waiting.members[0]?.received ?? '', /code: handshake-timeout/);
  });
  await proxy.descriptorsBackTo(before);
  assert.equal(backend.sockets.size, 0);
});

test('10,000 pipelined requests of a client that reads no response', { timeout: 60_000 }, async (t) => {
  const body = Buffer.alloc(16 * KIB, 'x');
  let served = 0;
  const { url } = await startHttpBackend(t, (request, response) => {
    if (request.url === '/many') served += 1;
    response.end(request.url === '/many' ? body : 'here');
  });
  const setup = { services: { node: url }, routes: { '*': 'node' }, pool };
  const proxy = await startProxy(t, { ...setup, timeout: 'write_timeout: 2' });
  const before = proxy.descriptors();
  const requests = 'GET /many HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(10_000);
  const flood = async (): Promise<() => Promise<void>> => {
    served = 0;
    const crowd = await Crowd.gather(t, proxy.port, 10, (socket) => {
      socket.pause();
      socket.write(requests);
    });
    return async () => {
      // Connected they are before the proxy has seen them.
      await until(
        () => served >= crowd.members.length,
        10_000,
        () => `${served} were served`,
      );
      // They are reset after write_timeout, which shows to who reads only. Of the bystanders the clients stay.
      await proxy.descriptorsBackTo(before + BYSTANDERS_FILES / 2, 15_000);
      for (const { socket } of crowd.members) socket.resume();
      await crowd.allClosed(TIMEOUT_MS);
      assert.ok(served < 10 * 2000, `${served} were served`);
    };
  };
  await proveUndisturbed(t, wellBehavedClients(t, proxy), flood, FLOOD_RATIO);
  // What one connection may hold: 64 KiB queued, as much as came in one read of 256 KiB, and that once more as garbage.
  await proveBounded(t.name, proxy, { count: 10, bytesEach: 1024 * KIB }, async () => (await flood())(), 3);
  await proxy.descriptorsBackTo(before + BYSTANDERS_FILES);
});
