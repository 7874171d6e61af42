import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type net from 'node:net';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { type Bursts, readInBursts } from './support/bursts.js';
import { frameHeader } from './support/frames.js';
import { ByteSeries, type ByteSum } from './support/hashing.js';
import { startHttpBackend } from './support/http-backend.js';
import { inMiB, peakWhile } from './support/memory-watch.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { acceptUpgrade, openUpgraded } from './support/raw-upgrade.js';

const MIB = 1024 * 1024;
const WARM_UP_BYTES = 256 * MIB;
const MAX_WARM_UP_ROUNDS = 8;
const NEW_CREST = MIB;
const TRANSFER_BYTES = 1024 * MIB;
/** How far memory may rise above its level after the warm-up. */
const ALLOWED_RISE = 8 * MIB;
/** What a proxy that streams may take on top of an idle one: young garbage, a few buffers, compiled code. */
const ALLOWED_WORKING_SET = 64 * MIB;
const bursts: Bursts = { bytes: 32 * MIB, pauseMs: 150 };

/** Sends `bytes` from one side through the proxy and returns what the other read, slowly. */
type Transfer = (bytes: number) => Promise<{ sent: ByteSeries; received: ByteSum }>;

/**
 * Memory of a process that collects garbage is a saw: it climbs with what was left lying and falls when that is swept,
 * here by some 20 MiB, every few hundred MB. So its level is the crest of that saw, and the warm-up goes on, 256 MiB
 * at a time, until two rounds in a row reach no new one: by then code is compiled and the heap has its working size.
 * A proxy that keeps what its reader does not take has no such crest: it climbs with each pause, or with the bytes.
 */
async function provesFlat(t: TestContext, proxy: ProxyProcess, transfer: Transfer): Promise<void> {
  const idle = proxy.residentBytes();
  const peakOf = (bytes: number): Promise<number> => {
    return peakWhile(proxy, async () => {
      const { sent, received } = await transfer(bytes);
      assert.equal(received.bytes, bytes);
      assert.equal(received.digest(), sent.digest());
    });
  };
  let level = 0;
  let rounds = 0;
  for (let quiet = 0; quiet < 2 && rounds < MAX_WARM_UP_ROUNDS; rounds += 1) {
    const peak = await peakOf(WARM_UP_BYTES);
    quiet = peak > level + NEW_CREST ? 0 : quiet + 1;
    level = Math.max(level, peak);
  }
  const from = performance.now();
  const rise = (await peakOf(TRANSFER_BYTES)) - level;
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const warmUp = `warm ${inMiB(level)} after ${rounds} rounds`;
  console.log(`${t.name}: idle ${inMiB(idle)}, ${warmUp}, rise ${inMiB(rise)}, ${seconds} s`);
  assert.ok(rise <= ALLOWED_RISE, `memory rose by ${inMiB(rise)}`);
  assert.ok(level - idle <= ALLOWED_WORKING_SET, `the warm-up took ${inMiB(level - idle)}`);
}

async function proxyFor(t: TestContext, listener: RequestListener): Promise<ProxyProcess> {
  const { url } = await startHttpBackend(t, listener);
  return startProxy(t, { services: { node: url }, routes: { '*': 'node' } });
}

function* pieces(series: ByteSeries): Generator<Buffer> {
  for (let piece = series.next(256 * 1024); piece.length > 0; piece = series.next(256 * 1024)) yield piece;
}

test('1 GiB download by a slow reader', { timeout: 120_000 }, async (t) => {
  let sent = new ByteSeries(0);
  const proxy = await proxyFor(t, (request, response) => {
    const bytes = Number(request.url?.slice(1));
    sent = new ByteSeries(bytes);
    response.writeHead(200, { 'Content-Length': bytes });
    void pipeline(pieces(sent), response).catch(() => {});
  });
  await provesFlat(t, proxy, async (bytes) => {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get(`${proxy.origin}/${bytes}`, resolve).on('error', reject);
    });
    const received = await readInBursts(response, bursts);
    return { sent, received };
  });
});

test('1 GiB upload, chunked, to a slow reader', { timeout: 120_000 }, async (t) => {
  let received: Promise<ByteSum> | null = null;
  const proxy = await proxyFor(t, (request, response) => {
    received = readInBursts(request, bursts);
    received.then(
      () => response.end('read'),
      () => response.destroy(),
    );
  });
  await provesFlat(t, proxy, async (bytes) => {
    const sent = new ByteSeries(bytes);
    const request = http.request(proxy.origin, { method: 'PUT' });
    const answered = new Promise<void>((resolve, reject) => {
      request.on('response', (response) => response.resume().on('end', resolve));
      request.on('error', reject);
    });
    await Promise.all([pipeline(pieces(sent), request), answered]);
    if (received === null) throw new Error('nothing came');
    return { sent, received: await received };
  });
});

test('1 GiB through a tunnel to a slow reader, in one message', { timeout: 120_000 }, async (t) => {
  const { server, url } = await startHttpBackend(t, (_request, response) => response.end());
  let sent = new ByteSeries(0);
  server.on('upgrade', (request, socket) => {
    const bytes = Number(request.url?.slice(1));
    sent = new ByteSeries(bytes);
    acceptUpgrade(request, socket);
    socket.write(frameHeader(bytes, false));
    // Without an end: one without a Close would have the proxy add a Close of its own.
    void pipeline(pieces(sent), socket, { end: false }).catch(() => {});
  });
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' } });
  await provesFlat(t, proxy, async (bytes) => {
    const socket = await openUpgraded(proxy.port, `/${bytes}`);
    t.after(() => socket.destroy());
    const header = await readExactly(socket, 10);
    assert.deepEqual(header, frameHeader(bytes, false));
    const received = await readInBursts(socket, bursts, bytes);
    socket.destroy();
    return { sent, received };
  });
});

async function readExactly(socket: net.Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(length);
    if (bytes !== null) return bytes;
    await once(socket, 'readable');
  }
}
