import assert from 'node:assert/strict';
import type net from 'node:net';
import { type TestContext, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { BYSTANDERS_FILES, FLOOD_RATIO, proveUndisturbed, wellBehavedClients } from './support/bystanders.js';
import { Crowd } from './support/crowd.js';
import { proveBounded } from './support/memory-bound.js';
import { startProxy } from './support/proxy-process.js';
import { sendEndlessly, startRawHttpBackend } from './support/raw-http-backend.js';
import { until } from './support/wait.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const CLIENTS = 1;
/** What a response without end may hold: a head of 64 KiB twice over, one read, and what is queued for the client. */
const EACH = 512 * KIB;
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const EVENTS = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n';
const EARLY_HINTS = 'HTTP/1.1 103 Early Hints\r\n\r\n';
const chunks = Buffer.from('1;a\r\nx\r\n'.repeat(8192));
const xs = Buffer.alloc(64 * KIB, 'x');

/** What a backend begins with, and what it sends without end behind it, by path. */
type Abuses = Readonly<Record<string, { readonly begins: string; readonly endless: Buffer; readonly status: number }>>;

async function startAbused(t: TestContext, abuses: Abuses) {
  const answers = Object.entries(abuses).map(([path, { begins, endless }]) => {
    const answer = (socket: net.Socket): void => {
      socket.write(begins);
      sendEndlessly(socket, endless);
    };
    return [path, answer] as const;
  });
  const { url } = await startRawHttpBackend(t, Object.fromEntries(answers));
  const proxy = await startProxy(t, { services: { rude: url }, routes: { '*': 'rude' }, pool: 'idle_timeout: 1' });
  const before = proxy.descriptors();
  const paths = Object.keys(abuses);
  const count = CLIENTS * paths.length;
  const pathOf = (index: number): string => paths[index % paths.length] ?? '';
  const gather = async (): Promise<Crowd> => {
    const crowd = await Crowd.gather(t, proxy.port, count, (socket, index) => {
      socket.write(`GET ${pathOf(index)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    });
    await crowd.allAnswered(10_000);
    return crowd;
  };
  const expected: Record<string, number> = {};
  for (const { status } of Object.values(abuses)) expected[status] = (expected[status] ?? 0) + CLIENTS;
  const leave = async (crowd: Crowd): Promise<void> => {
    crowd.leave();
    await proxy.descriptorsBackTo(before + BYSTANDERS_FILES);
  };
  return { proxy, count, expected, gather, leave };
}

test('responses that the proxy gives up: 103, a head, a chunk extension, and trailers without end', {
  timeout: 60_000,
}, async (t) => {
  const { proxy, count, expected, gather, leave } = await startAbused(t, {
    '/103': { begins: '', endless: Buffer.from(EARLY_HINTS.repeat(1000)), status: 502 },
    '/head': { begins: 'HTTP/1.1 200 OK\r\nX-Long: ', endless: xs, status: 502 },
    '/extension': { begins: `${CHUNKED}1\r\nx\r\n1;a=`, endless: xs, status: 200 },
    '/trailers': { begins: `${CHUNKED}1\r\nx\r\n0\r\nX-Long: `, endless: xs, status: 200 },
  });
  const endure = async (): Promise<() => Promise<void>> => {
    const crowd = await gather();
    return async () => {
      // A 502 leaves the connection open; a body that will not be whole cuts it.
      await until(
        () => isDeepStrictEqual(crowd.answers(), expected) && crowd.open === count / 2,
        10_000,
        () => `${JSON.stringify(crowd.answers())}, ${crowd.open} are open`,
      );
      assert.ok(
        crowd.members.every(({ received }) => !received.includes('\r\n0\r\n')),
        'none looks whole',
      );
      await leave(crowd);
    };
  };
  await proveUndisturbed(t, wellBehavedClients(t, proxy), endure, FLOOD_RATIO);
  await proveBounded(t.name, proxy, { count, bytesEach: EACH }, async () => (await endure())());
});

test('responses that go on until the client leaves: an event, and tiny chunks with extensions without end', {
  timeout: 60_000,
}, async (t) => {
  const { proxy, count, expected, gather, leave } = await startAbused(t, {
    '/event': { begins: `${EVENTS}data: `, endless: xs, status: 200 },
    '/chunks': { begins: CHUNKED, endless: chunks, status: 200 },
  });
  const endure = async (): Promise<() => Promise<void>> => {
    const crowd = await gather();
    return async () => {
      const least = (): number => Math.min(...crowd.members.map(({ receivedBytes }) => receivedBytes));
      await until(
        () => least() > MIB,
        10_000,
        () => `one got ${least()} bytes`,
      );
      assert.deepEqual(crowd.answers(), expected);
      assert.equal(crowd.open, count);
      await leave(crowd);
    };
  };
  await proveUndisturbed(t, wellBehavedClients(t, proxy), endure, FLOOD_RATIO);
  await proveBounded(t.name, proxy, { count, bytesEach: EACH }, async () => (await endure())());
});
