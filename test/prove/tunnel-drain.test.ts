import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing, openSocket } from './support/messages.js';
import { startProxy } from './support/proxy-process.js';
import { inParallel } from './support/wait.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const TUNNELS = 300;
const DRAIN_TIMEOUT_MS = 6000;
const SPREAD_MS = DRAIN_TIMEOUT_MS / 2;

test(`SIGTERM with ${TUNNELS} tunnels: each client is told 1012, spread over half of drain_timeout`, {
  timeout: 60_000,
}, async (t) => {
  const backendCodes: number[] = [];
  const { url } = await startWebSocketBackend(t, {
    serve: (socket) => socket.on('close', (code) => backendCodes.push(code)),
  });
  const timeout = `drain_timeout: ${DRAIN_TIMEOUT_MS / 1000}`;
  const proxy = await startProxy(t, { services: { ws: url }, routes: { '*': 'ws' }, timeout });
  const closes: { code: number; reason: string; atMs: number }[] = [];
  await inParallel(TUNNELS, 50, async () => {
    const socket = await openSocket(t, `${proxy.webSocketOrigin}/`);
    void closing(socket).then((end) => closes.push({ ...end, atMs: performance.now() }));
  });
  const from = performance.now();
  const { status, durationMs } = await proxy.drained();

  assert.equal(status, 0, proxy.program.output);
  assert.equal(closes.length, TUNNELS);
  assert.deepEqual(new Set(closes.map(({ code, reason }) => `${code} ${reason}`)), new Set(['1012 service restart']));
  assert.deepEqual(backendCodes, Array(TUNNELS).fill(1001));
  assert.ok(durationMs < DRAIN_TIMEOUT_MS, `${durationMs} ms`);
  const afterMs = closes.map(({ atMs }) => atMs - from).sort((a, b) => a - b);
  const last = afterMs.at(-1) ?? 0;
  const quarters = [0, 1, 2, 3].map((quarter) => {
    return afterMs.filter((ms) => Math.min(3, Math.floor((4 * ms) / SPREAD_MS)) === quarter).length;
  });
  console.log(
    `drain of ${TUNNELS} tunnels: last Close after ${Math.round(last)} ms of ${SPREAD_MS}, by quarters ${quarters}, exit after ${Math.round(durationMs)} ms`,
  );
  assert.ok(last >= SPREAD_MS * 0.7 && last <= SPREAD_MS * 1.4, `the last Close came after ${last} ms`);
  for (const count of quarters) {
    assert.ok(count >= TUNNELS * 0.12 && count <= TUNNELS * 0.45, `closes by quarters of the time: ${quarters}`);
  }
});
