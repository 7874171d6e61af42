import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';
import type { TunnelSettings } from '../../src/exchange/tunnel-policy.js';
import { ANSWERS_WHAT_IT_KEEPS, keptBytes } from './support/kept-memory.js';
import { inMiB, MemoryWatch } from './support/memory-watch.js';
import { Program } from './support/program.js';
import { ProxyProcess } from './support/proxy-process.js';
import { sleep, until } from './support/wait.js';

const HELD_PROXY = fileURLToPath(new URL('./support/held-proxy.js', import.meta.url));
const PEER = fileURLToPath(new URL('./support/socket-peer.js', import.meta.url));

async function startHeldProxy(t: TestContext, settings: TunnelSettings, url: string): Promise<ProxyProcess> {
  const proxy = new ProxyProcess([JSON.stringify(settings), url], ANSWERS_WHAT_IT_KEEPS, undefined, HELD_PROXY);
  t.after(() => proxy.program.kill());
  await proxy.started();
  return proxy;
}

async function startServer(t: TestContext): Promise<{ server: WebSocketServer; url: string }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function startPeer(t: TestContext, args: readonly string[]): Program {
  const peer = new Program(process.execPath, [PEER, ...args]);
  t.after(() => {
    peer.signal('SIGCONT');
    return peer.kill();
  });
  return peer;
}

const SETTINGS = { pingIntervalMs: 1_000, pongTimeoutMs: 1_000 };
/** Both, a period of the sweep for each, and what a busy machine adds. */
const FOUND_WITHIN_MS = 5_000;
const HEALTHY_MS = 5_000;

/** The code and reason with which it closes, and after what time. */
async function closing(socket: WebSocket): Promise<{ said: string; ms: number }> {
  const fromMs = performance.now();
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { said: `${code} ${reason.toString()}`, ms: performance.now() - fromMs };
}

async function assertFound(socket: WebSocket, peer: Program, said: string): Promise<void> {
  const healthy = await Promise.race([closing(socket), sleep(HEALTHY_MS)]);
  assert.equal(healthy, undefined, 'nobody is dead who answers');
  peer.signal('SIGSTOP');
  const closed = await closing(socket);
  console.log(`${said}: after ${Math.round(closed.ms)} ms`);
  assert.equal(closed.said, said);
  assert.ok(closed.ms >= 1_000 && closed.ms <= FOUND_WITHIN_MS, `after ${closed.ms} ms`);
}

test('a client whose process is stopped is found by its missing pong', { timeout: 60_000 }, async (t) => {
  const { server, url } = await startServer(t);
  const proxy = await startHeldProxy(t, SETTINGS, url);
  const connected = once(server, 'connection') as Promise<[WebSocket]>;
  const peer = startPeer(t, [`${proxy.webSocketOrigin}/`]);
  const [socket] = await connected;
  await assertFound(socket, peer, '1001 client silent');
  await proxy.program.wrote(/"cause":"client-silent"/);
});

test('a backend whose process is stopped is found by its missing pong', { timeout: 60_000 }, async (t) => {
  const peer = startPeer(t, []);
  const [, port] = await peer.wrote(/listening on 127\.0\.0\.1:(\d+)/);
  const proxy = await startHeldProxy(t, SETTINGS, `http://127.0.0.1:${port}`);
  const socket = new WebSocket(`${proxy.webSocketOrigin}/`);
  await once(socket, 'open');
  await assertFound(socket, peer, '1011 backend silent');
  await proxy.program.wrote(/"cause":"backend-silent"/);
});

const CLIENTS = 10;
const PER_SECOND = 100;
const MEASURED_MS = 15_000;
const MESSAGE = Buffer.alloc(1024, 'm');
const MIB = 1024 * 1024;
const MORE_KEPT = 2 * MIB;
/** V8 takes up to three times 16 MiB for young garbage when it likes; 130 MiB more than may pass are offered. */
const MORE_RESIDENT = 64 * MIB;

test(`${CLIENTS} clients at ten times their rate get it to 5 %, and no memory grows`, {
  timeout: 120_000,
}, async (t) => {
  const { server, url } = await startServer(t);
  const came: number[] = [];
  server.on('connection', (socket) => {
    const index = came.push(0) - 1;
    socket.on('message', () => {
      came[index] = (came[index] ?? 0) + 1;
    });
  });
  const messageRate = { perMinute: 60 * PER_SECOND, burst: 20, mode: 'delay' } as const;
  const proxy = await startHeldProxy(t, { messageRate }, url);
  const sockets = Array.from({ length: CLIENTS }, () => new WebSocket(`${proxy.webSocketOrigin}/`));
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  let sentFromMs = performance.now();
  let sent = 0;
  const sender = setInterval(() => {
    const due = ((performance.now() - sentFromMs) / 1000) * 10 * PER_SECOND;
    for (; sent < due; sent++) for (const socket of sockets) socket.send(MESSAGE);
  }, 5);
  t.after(() => {
    clearInterval(sender);
    for (const socket of sockets) socket.terminate();
  });
  sentFromMs = performance.now();
  // Code is compiled, the burst is over, and what the kernel holds is full.
  await sleep(5_000);
  await until(
    () => came.every((count) => count > 0),
    10_000,
    () => 'nothing came',
  );
  const resident = proxy.residentBytes();
  const kept = await keptBytes(proxy);
  const [fromMs, before] = [performance.now(), [...came]];
  const watch = new MemoryWatch(proxy);
  await sleep(MEASURED_MS);
  const seconds = (performance.now() - fromMs) / 1000;
  const rates = came.map((count, index) => (count - (before[index] ?? 0)) / seconds);
  const moreResident = watch.stop() - resident;
  const moreKept = (await keptBytes(proxy)) - kept;
  const shown = `${Math.min(...rates).toFixed(1)} to ${Math.max(...rates).toFixed(1)} a second`;
  const memory = `${inMiB(moreKept)} more kept, ${inMiB(moreResident)} more resident`;
  console.log(`${shown} of ${PER_SECOND}, ${sent} offered to each; ${memory}`);
  for (const rate of rates) assert.ok(Math.abs(rate / PER_SECOND - 1) <= 0.05, `${rate} a second`);
  assert.ok(moreKept <= MORE_KEPT && moreResident <= MORE_RESIDENT, memory);
});
