import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { inKiB, inMiB, peakWhile } from './support/memory-watch.js';
import { nextMessage, openSocket } from './support/messages.js';
import { startProxy } from './support/proxy-process.js';
import { openUpgraded } from './support/raw-upgrade.js';
import { FloodingBackend, openStalled } from './support/stalled-peers.js';
import { sleep, until } from './support/wait.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const TUNNELS = 60;
const ALLOWED_PER_TUNNEL = 320 * KIB;

/**
 * The proxy is warmed up by one tunnel that is read, so that code is compiled and the heap has its size. Then tunnels
 * whose clients read nothing are opened, and their backend floods them until nothing more goes anywhere: the highest
 * VmRSS up to two seconds later, less that before, is what these tunnels took, their opening included. And so once more
 * on top of them: the first may have found room that the warm-up had left.
 */
test(`${TUNNELS} peers that stop reading: at most ${inKiB(ALLOWED_PER_TUNNEL)} of memory each`, {
  timeout: 120_000,
}, async (t) => {
  const backend = await new FloodingBackend().start(t);
  const proxy = await startProxy(t, { services: { flood: backend.url }, routes: { '*': 'flood' } });
  const warm = await openUpgraded(proxy.port, '/');
  let read = 0;
  warm.on('data', (piece: Buffer) => {
    read += piece.length;
  });
  await until(
    () => read > 512 * MIB,
    60_000,
    () => `${inMiB(read)} read`,
  );
  warm.destroy();
  await until(
    () => backend.open === 0,
    5000,
    () => 'the warm-up goes on',
  );
  await sleep(500);
  const warmBytes = backend.writtenBytes;

  const each: number[] = [];
  for (let batch = 1; batch <= 2; batch += 1) {
    const before = proxy.residentBytes();
    const peak = await peakWhile(proxy, async () => {
      await openStalled(t, proxy, '/', TUNNELS);
      await backend.stalled();
      await sleep(2000);
    });
    assert.equal(backend.open, batch * TUNNELS);
    each.push((peak - before) / TUNNELS);
  }
  const written = inMiB((backend.writtenBytes - warmBytes) / (2 * TUNNELS));
  const shown = each.map(inKiB).join(', then ');
  console.log(`stalled tunnels: ${shown} of the proxy's memory each; each backend could write ${written}`);
  assert.ok(Math.max(...each) <= ALLOWED_PER_TUNNEL, `${shown} each`);
});

const ECHOING = 100;
const STALLED = 100;
const PAIRS = 5;
const ROUND_MESSAGES = 30;
const ALLOWED_RATIO = 3;

/** Every socket sends a message, and the next when it came back, with a pause between. @returns the p99 in ms */
async function p99(sockets: readonly WebSocket[]): Promise<number> {
  const message = randomBytes(512);
  const times: number[] = [];
  const talk = async (socket: WebSocket, index: number): Promise<void> => {
    await sleep(index);
    for (let round = 0; round < ROUND_MESSAGES; round += 1) {
      const from = performance.now();
      const answer = nextMessage(socket);
      socket.send(message);
      await answer;
      times.push(performance.now() - from);
      await sleep(100);
    }
  };
  await Promise.all(sockets.map(talk));
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? 0;
}

/** Rounds without and with the stalled ones follow each other, and each pair makes a ratio: what the machine does
 * besides meets both. */
test(`${STALLED} peers that stop reading beside ${ECHOING} that echo: the latter's p99 stays`, {
  timeout: 180_000,
}, async (t) => {
  const flood = await new FloodingBackend().start(t);
  const echo = await startWebSocketBackend(t);
  const services = { echo: echo.url, flood: flood.url };
  const proxy = await startProxy(t, { services, routes: { '/flood': 'flood', '*': 'echo' } });
  const sockets: WebSocket[] = [];
  for (let index = 0; index < ECHOING; index += 1) sockets.push(await openSocket(t, `${proxy.webSocketOrigin}/`));

  const pairs: { alone: number; beside: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // Not measured: until what ended has settled.
    await p99(sockets);
    const alone = await p99(sockets);
    const stalled = await openStalled(t, proxy, '/flood', STALLED);
    await flood.stalled();
    const beside = await p99(sockets);
    assert.equal(flood.open, STALLED);
    pairs.push({ alone, beside });
    for (const socket of stalled) socket.destroy();
    await until(
      () => flood.open === 0,
      10_000,
      () => `${flood.open} stalled tunnels are open`,
    );
  }
  const ratios = pairs.map(({ alone, beside }) => beside / alone).sort((a, b) => a - b);
  const ratio = ratios[Math.floor(PAIRS / 2)] ?? Infinity;
  const shown = pairs.map(({ alone, beside }) => `${alone.toFixed(1)}/${beside.toFixed(1)}`).join(' ');
  console.log(`p99 in ms, alone/beside stalled ones: ${shown}; median ratio ${ratio.toFixed(2)}`);
  assert.ok(ratio <= ALLOWED_RATIO, `the ratio is ${ratio.toFixed(2)}`);
});
