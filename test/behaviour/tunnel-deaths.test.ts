import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buffersFilled, MUCH_BYTES } from '../support/much-bytes.js';
import type { Stage } from '../support/stage.js';
import {
  type Death,
  dies,
  half,
  hears,
  isCut,
  NO_PINGS,
  passes,
  restOfHalf,
  type Told,
  told,
  waitsForClient,
  wakesUp,
} from '../support/tunnel-deaths.js';
import { deathsByEndpoints } from '../support/tunnel-deaths-by-endpoints.js';
import { close, type Ends, frame, ordered, type SideName, takeClose, takePing, text } from '../support/tunnel-ends.js';

const PINGS = { pingIntervalMs: 10_000, pongTimeoutMs: 5_000 };

/** The proxy ends it by itself: the client is told first, the backend behind its answer. */
async function planned({ client, backend }: Ends, toClient: string, toBackend: string): Promise<void> {
  await hears(client, 'client', toClient);
  await hears(backend, 'backend', toBackend);
}

/** `dead` answers no ping, the other does. */
async function silence(ends: Ends, stage: Stage, dead: SideName, told: string): Promise<void> {
  const to = dead === 'client' ? 'backend' : 'client';
  const [gone, other] = ordered(ends, dead);
  await stage.pass(10_000);
  await takePing(gone, dead);
  other.send(frame(to, 10, await takePing(other, to)));
  await stage.pass(5_250);
  await hears(other, to, told);
  await isCut(gone);
}

/** The backend reads nothing while a frame goes to it that no buffer takes. */
async function stall({ client, backend }: Ends, stage: Stage): Promise<void> {
  backend.pause();
  client.send(frame('client', 2, Buffer.alloc(MUCH_BYTES, 'x')));
  await buffersFilled(client);
  await stage.pass(62_000);
  await hears(client, 'client', '1011 backend takes nothing');
  backend.resume();
  await backend.ending();
}

const byLimits: readonly Death[] = [
  {
    how: 'a message of the client is too big',
    settings: { maxMessageBytes: 100 },
    told: told('client-message-too-big', 'client', [1000, 1009], [1000, 1001]),
    async play({ client, backend }) {
      client.send(frame('client', 2, Buffer.alloc(101)));
      await hears(client, 'client', '1009 message too big');
      await hears(backend, 'backend', '1001 message too big');
    },
  },
  {
    how: 'a message of the backend is too big',
    settings: { maxMessageBytes: 100 },
    told: told('backend-message-too-big', 'backend', [1000, 1011], [1000, 1009]),
    async play({ client, backend }) {
      backend.send(frame('backend', 2, Buffer.alloc(101)));
      await hears(backend, 'backend', '1009 message too big');
      await hears(client, 'client', '1011 message too big');
    },
  },
  {
    how: 'the client sends too fast, with mode close',
    settings: { messageRate: { perMinute: 60, burst: 1, mode: 'close' } },
    told: told('client-message-rate', 'client', [1000, 1008], [1000, 1001]),
    async play(ends) {
      await passes(ends, 'client', text('client', 'x'));
      ends.client.send(text('client', 'x'));
      await hears(ends.client, 'client', '1008 messages too fast');
      await hears(ends.backend, 'backend', '1001 messages too fast');
    },
  },
  {
    how: 'the client is silent',
    settings: PINGS,
    told: told('client-silent', 'client', [null, null], [1000, 1001]),
    play: (ends, stage) => silence(ends, stage, 'client', '1001 client silent'),
  },
  {
    how: 'the backend is silent',
    settings: PINGS,
    told: told('backend-silent', 'backend', [1000, 1011], [null, null]),
    play: (ends, stage) => silence(ends, stage, 'backend', '1011 backend silent'),
  },
  {
    how: 'the client takes nothing, though no message is half through',
    settings: NO_PINGS,
    told: told('client-write-timeout', 'client', [null, null], [1000, 1001], 'client'),
    async play(ends, stage) {
      await waitsForClient(ends, stage);
      await stage.pass(60_500);
      await hears(ends.backend, 'backend', '1001 client takes nothing');
      await wakesUp(ends);
    },
  },
  {
    how: 'the backend takes nothing',
    settings: NO_PINGS,
    told: told('backend-write-timeout', 'backend', [1000, 1011], [null, null], 'backend'),
    play: stall,
  },
];

const byProxy: readonly Death[] = [
  {
    how: 'it is idle',
    settings: { ...NO_PINGS, idleTimeoutMs: 5_000 },
    told: told('tunnel-idle', 'proxy', [1000, 1001], [1000, 1001]),
    async play(ends, stage) {
      await stage.pass(5_250);
      await planned(ends, '1001 idle 5 s', '1001 idle 5 s');
    },
  },
  {
    how: 'its lifetime is over',
    settings: { ...NO_PINGS, maxLifetimeMs: 5_000 },
    told: told('tunnel-lifetime', 'proxy', [1000, 1001], [1000, 1001]),
    async play(ends, stage) {
      await stage.pass(5_250);
      await planned(ends, '1001 lifetime 5 s', '1001 lifetime 5 s');
    },
  },
  {
    how: 'its token expires',
    expiry: { atMs: 5_000, closeCode: 4401 },
    told: told('token-expired', 'proxy', [1000, 4401], [1000, 1001]),
    async play(ends, stage) {
      await stage.pass(5_250);
      await planned(ends, '4401 token expired', '1001 token expired');
    },
  },
  {
    how: 'an operator kills it',
    told: told('tunnel-killed', 'proxy', [1000, 4001], [1000, 1001]),
    async play(ends, stage) {
      const { tracker } = stage.proxy.wings;
      const [open] = tracker.page().connections;
      assert.equal(tracker.close(open?.id ?? '', { code: 4001, reason: 'by hand' }), 1);
      await planned(ends, '4001 by hand', '1001 closed by an operator');
    },
  },
  {
    how: 'an operator kills it while the backend is inside a frame, for good',
    told: told('tunnel-killed', 'proxy', [null, null], [1000, 1001], 'client'),
    async play(ends, stage) {
      await passes(ends, 'backend', half('backend'));
      stage.openedTunnels[0]?.close(4001, 'by hand');
      await stage.pass(4_250);
      await isCut(ends.client);
      assert.equal(await takeClose(ends.backend, 'backend'), '1001 by hand');
      ends.backend.send(restOfHalf('backend'));
      ends.backend.send(close('backend', 1000));
      await isCut(ends.backend);
    },
  },
  {
    how: 'it is drained',
    told: told('drained', 'proxy', [1000, 1012], [1000, 1001]),
    async play(ends, stage) {
      void stage.proxy.drain();
      await planned(ends, '1012 service restart', '1001 service restart');
    },
  },
  {
    how: 'it is drained, and the client takes nothing, the Close neither',
    settings: { ...NO_PINGS, writeTimeoutMs: 5_000 },
    told: told('drained', 'proxy', [null, null], [1000, 1001], 'client'),
    async play(ends, stage) {
      await waitsForClient(ends, stage);
      void stage.proxy.drain();
      await stage.pass(6_000);
      await hears(ends.backend, 'backend', '1001 client takes nothing');
      await wakesUp(ends);
    },
  },
  {
    how: 'it is drained, and cut at drain_timeout',
    setup: { advanced: { timeout: { drain_timeout: 5 } } },
    told: told('drained', 'proxy', [null, 1012], [null, null]),
    async play({ client, backend }, stage) {
      void stage.proxy.drain();
      assert.equal(await takeClose(client, 'client'), '1012 service restart');
      await stage.pass(5_250);
      await isCut(client);
      await isCut(backend);
    },
  },
];

const deaths = [...deathsByEndpoints, ...byLimits, ...byProxy];
const records: Told[] = [];

for (const death of deaths) dies(death, (told) => records.push(told));

test('every way to die has a record that no other has', () => {
  assert.equal(records.length, deaths.length);
  const known = records.map(({ cause, endedBy, client, backend }) =>
    [cause, endedBy, ...client.codes, ...backend.codes].join(' '),
  );
  assert.deepEqual([...new Set(known)], known);
});
