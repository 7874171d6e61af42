import type net from 'node:net';
import { type TestContext, test } from 'node:test';
import { BYSTANDERS_FILES, FLOOD_RATIO, proveUndisturbed, wellBehavedTunnels } from './support/bystanders.js';
import { startHttpBackend } from './support/http-backend.js';
import { proveBounded } from './support/memory-bound.js';
import { startProxy } from './support/proxy-process.js';
import { sendEndlessly } from './support/raw-http-backend.js';
import { acceptUpgrade, openUpgraded } from './support/raw-upgrade.js';
import { sleep, until } from './support/wait.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const KIB = 1024;
/** 64 KiB may be queued for a peer that does not read, and what one read brought beyond (see stalled-peers.test.ts). */
const EACH = 320 * KIB;
const maskedPings = Buffer.from('898000000000'.repeat(10_000), 'hex');
const pings = Buffer.from('8900'.repeat(30_000), 'hex');

/** A backend that accepts every handshake and is told of each socket and its path. */
async function startRawTunnels(t: TestContext, opened: (socket: net.Socket, path: string) => void) {
  const { server, url } = await startHttpBackend(t, (_request, response) => response.end());
  const sockets = new Set<net.Socket>();
  server.on('upgrade', (request, socket: net.Socket) => {
    acceptUpgrade(request, socket);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    opened(socket, request.url ?? '');
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { url, sockets };
}

test('pings of clients and of backends, as fast as they go, to peers that read slowly', {
  timeout: 60_000,
}, async (t) => {
  const count = 10;
  const echo = await startWebSocketBackend(t);
  const raw = await startRawTunnels(t, (socket, path) => {
    if (path === '/raw/from-backend') sendEndlessly(socket, pings);
    else socket.pause();
  });
  const services = { echo: echo.url, raw: raw.url };
  const proxy = await startProxy(t, { services, routes: { '/raw/*': 'raw', '*': 'echo' } });
  const before = proxy.descriptors();
  const flooding = async (): Promise<() => Promise<void>> => {
    const clients: net.Socket[] = [];
    for (let index = 0; index < count; index += 1) {
      const client = await openUpgraded(proxy.port, '/raw/from-client');
      sendEndlessly(client, maskedPings);
      clients.push(client, (await openUpgraded(proxy.port, '/raw/from-backend')).pause());
    }
    const slowly = setInterval(() => {
      for (const socket of [...clients, ...raw.sockets]) socket.read(16 * KIB);
    }, 50);
    return async () => {
      clearInterval(slowly);
      for (const socket of [...clients, ...raw.sockets]) socket.destroy();
      await proxy.descriptorsBackTo(before + BYSTANDERS_FILES);
    };
  };
  await proveUndisturbed(t, await wellBehavedTunnels(t, proxy), flooding, FLOOD_RATIO);
  await proveBounded(t.name, proxy, { count: 2 * count, bytesEach: EACH }, async () => {
    const end = await flooding();
    await sleep(2000);
    await end();
  });
});

const START = '018000000000';
const EMPTY = '008000000000';
const ONE_BYTE = '00810000000061';
const LAST = '808000000000';

test('messages of 200,000 fragments, empty and of one byte, in 20 tunnels', { timeout: 60_000 }, async (t) => {
  const count = 20;
  let bytes = 0;
  const raw = await startRawTunnels(t, (socket) => {
    socket.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
  });
  const proxy = await startProxy(t, { services: { raw: raw.url }, routes: { '*': 'raw' } });
  const before = proxy.descriptors();
  const message = Buffer.from(`${START}${EMPTY.repeat(100_000)}${ONE_BYTE.repeat(100_000)}${LAST}`, 'hex');
  const send = async (): Promise<void> => {
    bytes = 0;
    const clients: net.Socket[] = [];
    for (let index = 0; index < count; index += 1) {
      const client = await openUpgraded(proxy.port, '/');
      client.write(message);
      clients.push(client);
    }
    const all = count * message.length;
    await until(
      () => bytes === all,
      20_000,
      () => `${bytes} of ${all} bytes came`,
    );
    for (const socket of [...clients, ...raw.sockets]) socket.resetAndDestroy();
    await proxy.descriptorsBackTo(before);
  };
  await send();
  // The messages are 26 MB in all, and there are no more than buffers of them.
  await proveBounded(t.name, proxy, { count, bytesEach: EACH }, send);
});

test('100 frames of 2^52 bytes, of which a byte comes now and then', { timeout: 60_000 }, async (t) => {
  const count = 100;
  let bytes = 0;
  const raw = await startRawTunnels(t, (socket) => {
    socket.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
  });
  const proxy = await startProxy(t, { services: { raw: raw.url }, routes: { '*': 'raw' } });
  const before = proxy.descriptors();
  const header = Buffer.from('82ff001000000000000000000000', 'hex');
  await proveBounded(t.name, proxy, { count, bytesEach: 64 * KIB }, async () => {
    const clients: net.Socket[] = [];
    for (let index = 0; index < count; index += 1) clients.push(await openUpgraded(proxy.port, '/'));
    for (const client of clients) client.write(header);
    for (let sent = 1; sent <= 50; sent += 1) {
      for (const client of clients) client.write('x');
      // Each byte goes on at once: nothing is gathered until the frame is whole.
      await until(
        () => bytes === count * (header.length + sent),
        5000,
        () => `${bytes} bytes came`,
      );
    }
    for (const client of clients) client.resetAndDestroy();
    await proxy.descriptorsBackTo(before);
  });
});
