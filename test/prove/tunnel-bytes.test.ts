import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { readInBursts } from './support/bursts.js';
import { frameHeader, frames, messageLengths, recut } from './support/frames.js';
import { ByteSeries, ByteSum } from './support/hashing.js';
import { startHttpBackend, startSecureBackend } from './support/http-backend.js';
import { startProxy } from './support/proxy-process.js';
import { chosenSeed, seededRandom } from './support/random.js';
import { acceptUpgrade, openUpgraded } from './support/raw-upgrade.js';
import { loopbackTls } from './support/tls.js';

const PAYLOAD_BYTES = 100_000_000;

/** One end of a tunnel: what it sends is fixed by the seed, its number and its side. */
class End {
  readonly sent = new ByteSum();
  received: ByteSum | null = null;
  readonly #masked: boolean;
  readonly #seed: number;
  readonly #lengths: readonly number[];

  constructor(side: 'client' | 'backend', number: number, seed: number) {
    this.#masked = side === 'client';
    this.#seed = seed + 2 * number + (this.#masked ? 0 : 1);
    this.#lengths = messageLengths(PAYLOAD_BYTES, seededRandom(this.#seed));
  }

  get wireBytes(): number {
    return PAYLOAD_BYTES + this.#lengths.length * frameHeader(0, this.#masked).length;
  }

  /** Sends frames in writes of random sizes and reads slowly what comes, both at once. */
  async talk(socket: Duplex, expectedBytes: number): Promise<void> {
    const random = seededRandom(~this.#seed);
    const { sent } = this;
    const whole = frames(new ByteSeries(PAYLOAD_BYTES), this.#masked, this.#lengths);
    const writes = function* (): Generator<Buffer> {
      for (const piece of recut(whole, random)) {
        sent.add(piece);
        yield piece;
      }
    };
    const bursts = { bytes: 1_000_000 + Math.floor(random() * 10_000_000), pauseMs: 10 + Math.floor(random() * 40) };
    const reading = readInBursts(socket, bursts, expectedBytes);
    await pipeline(writes, socket, { end: false });
    this.received = await reading;
  }
}

/** @param secure which sides speak TLS */
async function provesIntact(t: TestContext, count: number, environment: NodeJS.ProcessEnv, secure = ''): Promise<void> {
  const seed = chosenSeed(t.name);
  const tunnels = Array.from({ length: count }, (_, number) => {
    return { client: new End('client', number, seed), backend: new End('backend', number, seed) };
  });
  const loopback = secure === '' ? null : await loopbackTls();
  const [inside, outside] = [secure.includes('in'), secure.includes('out')];
  const { server, url } =
    loopback !== null && outside
      ? await startSecureBackend(t, loopback.identity, (_request, response) => response.end())
      : await startHttpBackend(t, (_request, response) => response.end());
  const talks: Promise<void>[] = [];
  server.on('upgrade', (request, socket) => {
    const tunnel = tunnels[Number(request.url?.slice(1))];
    if (tunnel === undefined) return;
    t.after(() => socket.destroy());
    acceptUpgrade(request, socket);
    talks.push(tunnel.backend.talk(socket, tunnel.client.wireBytes));
  });
  const proxy = await startProxy(t, {
    services: { node: url },
    routes: { '*': 'node' },
    environment,
    ...(loopback !== null && inside ? { hostRule: loopback.rule } : {}),
    ...(loopback !== null && outside ? { service: loopback.service } : {}),
  });
  const ca = inside ? loopback?.folder.authority.cert : undefined;
  const from = performance.now();
  await Promise.all(
    tunnels.map(async ({ client, backend }, number) => {
      const socket = await openUpgraded(proxy.port, `/${number}`, ca);
      t.after(() => socket.destroy());
      await client.talk(socket, backend.wireBytes);
    }),
  );
  await Promise.all(talks);
  console.log(`${t.name}: ${((performance.now() - from) / 1000).toFixed(1)} s`);
  for (const { client, backend } of tunnels) {
    assert.equal(client.received?.bytes, backend.wireBytes);
    assert.equal(backend.received?.bytes, client.wireBytes);
    assert.equal(client.received?.digest(), backend.sent.digest());
    assert.equal(backend.received?.digest(), client.sent.digest());
  }
}

test('100 MB each way at once, through four tunnels, slow readers on all ends', { timeout: 120_000 }, async (t) => {
  await provesIntact(t, 4, {});
});

test('the same through two tunnels, without the direct write', { timeout: 120_000 }, async (t) => {
  await provesIntact(t, 2, { TOYOU_DATA_PLANE: 'streams' });
});

test('the same through one tunnel, wss in and ws out', { timeout: 120_000 }, async (t) => {
  await provesIntact(t, 1, {}, 'in');
});

test('the same through one tunnel, ws in and wss out', { timeout: 120_000 }, async (t) => {
  await provesIntact(t, 1, {}, 'out');
});

test('the same through two tunnels, wss in and wss out', { timeout: 120_000 }, async (t) => {
  await provesIntact(t, 2, {}, 'in and out');
});
