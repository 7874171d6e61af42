import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BYSTANDERS_FILES, FLOOD_RATIO, proveUndisturbed, wellBehavedClients } from './support/bystanders.js';
import { Crowd } from './support/crowd.js';
import { startHttpBackend } from './support/http-backend.js';
import { proveBounded } from './support/memory-bound.js';
import { startProxy } from './support/proxy-process.js';
import { sendEndlessly, startRawHttpBackend } from './support/raw-http-backend.js';
import { sleep, until } from './support/wait.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const TIMEOUT_MS = 2000;
/** The sweep comes every 250 ms, and time in which a busy machine lets the proxy wait counts for nobody. */
const LATE_MS = 6000;
/** Two connections, an exchange, and what is held of a body for another try. */
const EACH = 48 * KIB;
const timeout = `read_timeout: ${TIMEOUT_MS / 1000}`;
const pool = 'idle_timeout: 1';

function upload(bytes: number, more = ''): string {
  return `PUT /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${bytes}\r\nConnection: close\r\n${more}\r\n`;
}

test('uploads: 200 that trickle, 200 that stop, 200 that wait for a 100 and send nothing', {
  timeout: 60_000,
}, async (t) => {
  const count = 200;
  const { url } = await startHttpBackend(t, (request, response) => {
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    request.on('end', () => response.end(`${bytes} bytes`));
    request.on('error', () => {});
  });
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' }, timeout, pool });
  const before = proxy.descriptors();
  const slowUploads = async (): Promise<void> => {
    const trickling = await Crowd.gather(t, proxy.port, count, (socket) => socket.write(upload(10)));
    trickling.trickle('x', 500);
    const stopped = await Crowd.gather(t, proxy.port, count, (socket) => socket.write(`${upload(10)}xxx`));
    const expecting = await Crowd.gather(t, proxy.port, count, (socket) => {
      socket.write(upload(10, 'Expect: 100-continue\r\n'));
    });
    for (const silent of [stopped, expecting]) {
      await silent.allClosed(TIMEOUT_MS + LATE_MS);
      assert.deepEqual(silent.answers(), { 408: count });
      assert.ok(silent.longestOpenMs <= TIMEOUT_MS + LATE_MS, `open for ${silent.longestOpenMs} ms`);
    }
    assert.ok(expecting.members.every(({ received }) => received.startsWith('HTTP/1.1 100 Continue\r\n\r\n')));
    // Whoever sends something within each read_timeout is served, however long it takes.
    await trickling.allClosed(5000 + LATE_MS);
    trickling.leave();
    assert.deepEqual(trickling.answers(), { 200: count });
    assert.ok(trickling.members.every(({ received }) => received.endsWith('10 bytes')));
  };
  await proveBounded(t.name, proxy, { count: 3 * count, bytesEach: EACH }, slowUploads);
  await proxy.descriptorsBackTo(before);
});

test('200 that read nothing of a large response', { timeout: 60_000 }, async (t) => {
  const count = 200;
  const large = Buffer.alloc(64 * MIB);
  let served = 0;
  const { url } = await startHttpBackend(t, (_request, response) => {
    served += 1;
    response.end(large);
  });
  const proxy = await startProxy(t, {
    services: { node: url },
    routes: { '*': 'node' },
    timeout: 'write_timeout: 2',
    pool,
  });
  const before = proxy.descriptors();
  // Not measured: until buffers and code are there.
  await (await fetch(`${proxy.origin}/large`)).arrayBuffer();
  // 64 KiB may be queued for each, and what one read brought beyond: up to 256 KiB (see stalled-peers.test.ts).
  await proveBounded(t.name, proxy, { count, bytesEach: 320 * KIB }, async () => {
    const crowd = await Crowd.gather(t, proxy.port, count, (socket) => {
      socket.pause();
      socket.write('GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    });
    await until(
      () => served === count + 1,
      10_000,
      () => `${served} were served`,
    );
    // They are reset after write_timeout, which shows to who reads only. The kernel takes megabytes for each at first.
    await proxy.descriptorsBackTo(before, 20_000);
    for (const { socket } of crowd.members) socket.resume();
    await crowd.allClosed(TIMEOUT_MS);
    assert.ok(crowd.members.every(({ receivedBytes }) => receivedBytes < large.length));
  });
});

test('tiny chunks with extensions, as fast as they are taken', { timeout: 60_000 }, async (t) => {
  const { url } = await startRawHttpBackend(t, { '/upload': () => {} });
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' }, pool });
  const before = proxy.descriptors();
  const chunks = Buffer.from('1;a\r\nx\r\n'.repeat(8192));
  const flood = async (): Promise<() => Promise<void>> => {
    const crowd = await Crowd.gather(t, proxy.port, 1, (socket) => {
      socket.write('PUT /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n');
      sendEndlessly(socket, chunks);
    });
    return async () => {
      crowd.leave();
      await proxy.descriptorsBackTo(before + BYSTANDERS_FILES);
    };
  };
  const clients = wellBehavedClients(t, proxy);
  await proveUndisturbed(t, clients, flood, FLOOD_RATIO);
  await proveBounded(t.name, proxy, { count: 1, bytesEach: MIB }, async () => {
    const end = await flood();
    await sleep(1000);
    await end();
  });
});
