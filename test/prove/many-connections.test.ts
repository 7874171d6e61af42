import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { startHttpBackend } from './support/http-backend.js';
import { inKiB } from './support/memory-watch.js';
import { startProxy } from './support/proxy-process.js';
import { acceptUpgrade, openUpgraded } from './support/raw-upgrade.js';
import { inParallel, sleep } from './support/wait.js';

const MANY = 2000;
/** Idle connections to backends close themselves after it: what is open then was forgotten. */
const pool = 'idle_timeout: 1';
const REQUEST = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
/** A masked text frame with the mask 0, and its echo without. */
const HELLO = Buffer.from('818500000000', 'hex');
/** The first byte of a Close frame. */
const CLOSE = 0x88;
const TEXT = Buffer.from('hello');

/** Writes, and reads until so many bytes have come or `ending` has. */
async function exchange(socket: net.Socket, bytes: Buffer | string, whole: (seen: string) => boolean): Promise<string> {
  let seen = '';
  socket.write(bytes);
  socket.resume();
  const read = (piece: Buffer): void => {
    seen += piece.toString('latin1');
  };
  socket.on('data', read);
  const signal = AbortSignal.timeout(20_000);
  while (!whole(seen)) await once(socket, 'data', { signal });
  socket.off('data', read);
  return seen;
}

test(`${MANY} keep-alive connections at once, each used twice, then closed`, { timeout: 120_000 }, async (t) => {
  const { url } = await startHttpBackend(t, (_request, response) => response.end('here'));
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' }, pool });
  const before = proxy.descriptors();
  const idle = proxy.residentBytes();
  const sockets: net.Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  const ask = async (socket: net.Socket): Promise<void> => {
    assert.match(await exchange(socket, REQUEST, (seen) => seen.endsWith('\r\n\r\nhere')), /^HTTP\/1\.1 200 /);
  };
  await inParallel(MANY, 200, async () => {
    const socket = net.connect(proxy.port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    await ask(socket);
  });
  assert.ok(proxy.descriptors() >= before + MANY);
  console.log(`keep-alive connections: ${inKiB((proxy.residentBytes() - idle) / MANY)} each`);
  await inParallel(MANY, 200, async (index) => {
    const socket = sockets[index];
    if (socket !== undefined) await ask(socket);
  });
  for (const [index, socket] of sockets.entries()) {
    if (index % 3 === 0) socket.resetAndDestroy();
    else if (index % 3 === 1) socket.end();
    else socket.destroy();
  }
  await proxy.descriptorsBackTo(before);
  assert.equal(await (await fetch(proxy.origin)).text(), 'here');
});

test(`${MANY} idle tunnels at once, then closed from both sides`, { timeout: 120_000 }, async (t) => {
  const { server, url } = await startHttpBackend(t, (_request, response) => response.end('here'));
  const backends: net.Socket[] = [];
  server.on('upgrade', (request, socket: net.Socket) => {
    acceptUpgrade(request, socket);
    backends[Number(request.url?.slice(1))] = socket;
    // Masked with 0: without the bit and the mask it is the echo.
    socket.on('data', (frame: Buffer) => {
      if (frame[0] === CLOSE) socket.end();
      if (frame.length === HELLO.length + TEXT.length) socket.write(Buffer.concat([Buffer.from('8105', 'hex'), TEXT]));
    });
    socket.on('end', () => socket.end());
  });
  const proxy = await startProxy(t, { services: { node: url }, routes: { '*': 'node' }, pool });
  const before = proxy.descriptors();
  const idle = proxy.residentBytes();
  const sockets: net.Socket[] = [];
  t.after(() => {
    for (const socket of [...sockets, ...backends]) socket.destroy();
  });
  await inParallel(MANY, 100, async (index) => {
    sockets[index] = await openUpgraded(proxy.port, `/${index}`);
  });
  await sleep(1000);
  assert.equal(proxy.descriptors(), before + 2 * MANY);
  console.log(`idle tunnels: ${inKiB((proxy.residentBytes() - idle) / MANY)} each`);
  await inParallel(MANY, 200, async (index) => {
    const socket = sockets[index];
    if (socket === undefined) return;
    assert.equal(await exchange(socket, Buffer.concat([HELLO, TEXT]), (seen) => seen.length >= 7), '\x81\x05hello');
  });
  for (const [index, socket] of sockets.entries()) {
    socket.on('data', (frame: Buffer) => {
      if (frame[0] === CLOSE) socket.end();
    });
    if (index % 4 === 0) socket.resetAndDestroy();
    else if (index % 4 === 1) socket.end();
    else if (index % 4 === 2) backends[index]?.resetAndDestroy();
    else backends[index]?.end();
  }
  // The other end is told by a Close, and ends the connection.
  await proxy.descriptorsBackTo(before, 20_000);
  assert.equal(await (await fetch(proxy.origin)).text(), 'here');
});
