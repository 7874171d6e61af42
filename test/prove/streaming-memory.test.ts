import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type net from 'node:net';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { type Bursts, readInBursts } from './support/bursts.js';
import { provesFlat } from './support/flat-memory.js';
import { frameHeader } from './support/frames.js';
import { ByteSeries, type ByteSum } from './support/hashing.js';
import { startHttpBackend } from './support/http-backend.js';
import { ANSWERS_WHAT_IT_KEEPS } from './support/kept-memory.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { acceptUpgrade, openUpgraded } from './support/raw-upgrade.js';

const bursts: Bursts = { bytes: 32 * 1024 * 1024, pauseMs: 150 };

async function proxyFor(t: TestContext, listener: RequestListener): Promise<ProxyProcess> {
  const { url } = await startHttpBackend(t, listener);
  return startProxy(t, { services: { node: url }, routes: { '*': 'node' }, environment: ANSWERS_WHAT_IT_KEEPS });
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
  const proxy = await startProxy(t, {
    services: { node: url },
    routes: { '*': 'node' },
    environment: ANSWERS_WHAT_IT_KEEPS,
  });
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
