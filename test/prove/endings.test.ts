import assert from 'node:assert/strict';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { startBrowser } from './support/browser.js';
import { startHttpBackend } from './support/http-backend.js';
import { closing, nextMessage, openSocket } from './support/messages.js';
import { Program } from './support/program.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { acceptUpgrade } from './support/raw-upgrade.js';
import { mainFile } from './support/repository.js';
import { inParallel, until } from './support/wait.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

/** A text frame with a mask, which only clients may send, and one without, which they may not. */
const MASKED = Buffer.from('818100000000', 'hex');
const UNMASKED = Buffer.from('810141', 'hex');
const SOCKETS = 20;

interface Peers {
  readonly proxy: ProxyProcess;
  /** A `ws` server in a process of its own, behind `/echo`. */
  readonly echo: Program;
  /** How the sockets behind `/seen` and `/faulty` ended. */
  readonly backendEnds: { code: number; reason: string }[];
  /** What the raw backend behind `/faulty` received after its fault. */
  readonly toFaulty: Buffer[];
}

async function startPeers(t: TestContext): Promise<Peers> {
  const echo = new Program(process.execPath, [mainFile, 'echo', '--listen', '127.0.0.1:0']);
  t.after(() => echo.kill());
  const [, echoUrl = ''] = await echo.wrote(/listening on (ws:\/\/127\.0\.0\.1:\d+)/);
  const backendEnds: Peers['backendEnds'] = [];
  const seen = await startWebSocketBackend(t, {
    serve: (socket) => {
      socket.on('message', (payload, binary) => socket.send(payload, { binary }));
      socket.on('close', (code, reason) => backendEnds.push({ code, reason: reason.toString() }));
    },
  });
  const toFaulty: Buffer[] = [];
  const faulty = await startHttpBackend(t, (_request, response) => response.end('page'));
  faulty.server.on('upgrade', (request, socket: net.Socket) => {
    acceptUpgrade(request, socket);
    socket.on('data', (bytes: Buffer) => toFaulty.push(bytes));
    socket.on('end', () => socket.end());
    socket.write(MASKED);
  });
  const services = { echo: echoUrl, seen: seen.url, faulty: faulty.url };
  const proxy = await startProxy(t, { services, routes: { '/echo': 'echo', '/seen': 'seen', '*': 'faulty' } });
  return { proxy, echo, backendEnds, toFaulty };
}

test('ws: a killed backend is 1011', { timeout: 60_000 }, async (t) => {
  const { proxy, echo } = await startPeers(t);
  const ends: Promise<{ code: number; reason: string }>[] = [];
  await inParallel(SOCKETS, 5, async () => {
    const socket = await openSocket(t, `${proxy.webSocketOrigin}/echo`);
    const answer = nextMessage(socket);
    socket.send('hello');
    assert.equal((await answer).payload.toString(), 'hello');
    ends.push(closing(socket));
  });
  echo.signal('SIGKILL');
  for (const end of await Promise.all(ends)) assert.deepEqual(end, { code: 1011, reason: 'backend gone' });
});

test('ws: a backend that breaks the protocol is 1011 for the client, and is told 1002', {
  timeout: 60_000,
}, async (t) => {
  const { proxy, toFaulty } = await startPeers(t);
  const socket = await openSocket(t, `${proxy.webSocketOrigin}/faulty`);
  assert.deepEqual(await closing(socket), { code: 1011, reason: 'protocol error of the backend' });
  await until(
    () => toFaulty.length > 0,
    5000,
    () => 'the backend was told nothing',
  );
  assert.equal(unmaskedCode(Buffer.concat(toFaulty)), 1002);
});

/** The code of the one Close frame that the proxy sent to a backend. */
function unmaskedCode(frame: Buffer): number {
  assert.equal(frame[0], 0x88);
  return frame.readUInt16BE(6) ^ frame.readUInt16BE(2);
}

test('ws: a client that breaks the protocol is told 1002, and its backend 1001', { timeout: 60_000 }, async (t) => {
  const { proxy, backendEnds } = await startPeers(t);
  let wire: net.Socket | null = null;
  const socket = await openSocket(t, `${proxy.webSocketOrigin}/seen`, [], {
    createConnection: ((_options: unknown) => {
      wire = net.connect(proxy.port, '127.0.0.1');
      return wire;
    }) as typeof net.createConnection,
  });
  const end = closing(socket);
  write(wire, UNMASKED);
  assert.deepEqual(await end, { code: 1002, reason: 'protocol error of the client' });
  await until(
    () => backendEnds.length > 0,
    5000,
    () => 'the backend saw no end',
  );
  assert.deepEqual(backendEnds, [{ code: 1001, reason: 'protocol error of the client' }]);
});

function write(wire: net.Socket | null, bytes: Buffer): void {
  assert.ok(wire !== null);
  wire.write(bytes);
}

test('ws: a client that vanishes is 1001 for its backend', { timeout: 60_000 }, async (t) => {
  const { proxy, backendEnds } = await startPeers(t);
  await inParallel(SOCKETS, 5, async () => {
    const socket = await openSocket(t, `${proxy.webSocketOrigin}/seen`);
    const answer = nextMessage(socket);
    socket.send('hello');
    await answer;
    socket.terminate();
  });
  await until(
    () => backendEnds.length === SOCKETS,
    5000,
    () => `${backendEnds.length} of ${SOCKETS} ends`,
  );
  assert.deepEqual(backendEnds, Array(SOCKETS).fill({ code: 1001, reason: 'client gone' }));
});

test('Chromium is told why: 1011 for a killed backend and for a broken protocol; its own end is 1001', {
  timeout: 90_000,
}, async (t) => {
  const { proxy, echo, backendEnds } = await startPeers(t);
  const { page } = await startBrowser(t);
  await page.goto(`${proxy.origin}/`);

  assert.deepEqual(await endInPage(page, '/faulty'), {
    code: 1011,
    reason: 'protocol error of the backend',
    wasClean: true,
  });
  const killed = endInPage(page, '/echo');
  await page.waitForFunction(() => document.title === 'echoed /echo');
  echo.signal('SIGKILL');
  assert.deepEqual(await killed, { code: 1011, reason: 'backend gone', wasClean: true });

  void endInPage(page, '/seen').catch(() => {});
  await page.waitForFunction(() => document.title === 'echoed /seen');
  await page.close();
  await until(
    () => backendEnds.length > 0,
    10_000,
    () => 'the backend saw no end',
  );
  assert.equal(backendEnds[0]?.code, 1001);
});

/** Opens a socket in the page, says in its title when a message came back, and resolves with its end. */
function endInPage(page: Page, path: string): Promise<{ code: number; reason: string; wasClean: boolean }> {
  return page.evaluate((path) => {
    return new Promise((resolve) => {
      const socket = new WebSocket(`${location.origin.replace('http', 'ws')}${path}`);
      socket.onopen = () => socket.send('hello');
      socket.onmessage = () => {
        document.title = `echoed ${path}`;
      };
      socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean });
    });
  }, path);
}
