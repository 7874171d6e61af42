import assert from 'node:assert/strict';
import { z } from 'zod';
import type { MiddlewareType } from '../../src/exchange/middleware.js';
import { behaviour, type Stage } from '../support/stage.js';
import { handshake, switching } from '../support/tunnel-ends.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';

/** A middleware whose response phases wait until the test lets each go on. */
class GatedPhases {
  /** The statuses that came into the phase, in order. */
  readonly statuses: number[] = [];
  ends = 0;
  /** Null: requests pass. */
  requestGate: Promise<void> | null = null;
  readonly #gates: (() => void)[] = [];

  get types(): ReadonlyMap<string, MiddlewareType> {
    const create: MiddlewareType['create'] = (name) => ({
      name,
      onRequest: () => this.requestGate ?? undefined,
      onResponse: (_exchange, head) => {
        this.statuses.push(head.status);
        return new Promise<void>((resolve) => this.#gates.push(resolve));
      },
      onEnd: () => void this.ends++,
    });
    return new Map([['gated', { type: 'gated', optionsSchema: z.strictObject({}), create }]]);
  }

  /** Waits until so many responses are in their phase. */
  async waiting(count: number): Promise<void> {
    await until(() => this.statuses.length === count, `${count} responses in their phase`);
  }

  open(index: number): void {
    const gate = this.#gates[index];
    assert.ok(gate !== undefined);
    gate();
  }
}

/** One client and one backend connection, with the request at the backend. */
async function asked(stage: Stage, phases: GatedPhases, request: string) {
  const backend = await stage.rawBackend();
  const setup = { backends: [backend], middlewares: [{ name: 'gated' }] };
  await stage.start(setup, { middlewareTypes: phases.types });
  const client = await stage.client();
  client.send(request);
  const peer = await backend.connection();
  await peer.takeHead();
  return { client, peer };
}

/** The exchange ended, once, and nothing of it is left. */
async function endedOnce(stage: Stage, phases: GatedPhases, code: string): Promise<void> {
  assert.equal((await stage.outcome()).error?.code, code);
  await settled();
  assert.deepEqual([stage.ended.length, phases.ends, stage.proxy.counters.exchanges], [1, 1, 0]);
}

for (const order of [
  [0, 1],
  [1, 0],
] as const) {
  behaviour(`a backend that resets while its response waits: one whole 502, gates ${order}`, async (stage) => {
    const phases = new GatedPhases();
    const { client, peer } = await asked(stage, phases, get());
    peer.send(HEAD);
    await phases.waiting(1);
    peer.reset();
    await phases.waiting(2);
    for (const index of order) {
      phases.open(index);
      await settled();
    }
    const response = await client.takeResponse();
    assert.equal(response.status, 502);
    assert.match(response.body, /code: backend-gone\n/);
    assert.equal(client.untaken, '');
    assert.deepEqual(phases.statuses, [200, 502]);
    await endedOnce(stage, phases, 'backend-gone');
  });

  behaviour(`a 101 whose backend dies while it waits becomes a 502, gates ${order}`, async (stage) => {
    const phases = new GatedPhases();
    const { client, peer } = await asked(stage, phases, handshake());
    peer.send(switching());
    await phases.waiting(1);
    peer.reset();
    await phases.waiting(2);
    for (const index of order) {
      phases.open(index);
      await settled();
    }
    const response = await client.takeResponse();
    assert.equal(response.status, 502);
    assert.ok(!client.received.includes(' 101 '));
    assert.deepEqual(phases.statuses, [101, 502]);
    await endedOnce(stage, phases, 'backend-gone');
    assert.equal(stage.proxy.counters.tunnels, 0);
  });
}

for (const how of ['end', 'reset'] as const) {
  for (const [what, request, answer] of [
    ['a response', get(), HEAD],
    ['a 101', handshake(), switching()],
  ] as const) {
    behaviour(`a client that leaves by ${how} while ${what} waits`, async (stage) => {
      const phases = new GatedPhases();
      const { client, peer } = await asked(stage, phases, request);
      peer.send(answer);
      await phases.waiting(1);
      client[how]();
      await peer.ending();
      await endedOnce(stage, phases, 'client-gone');
      phases.open(0);
      await endedOnce(stage, phases, 'client-gone');
      await stage.open('clientConnections', 0);
      await stage.open('backendConnections', 0);
      assert.equal(client.received, '');
    });

    behaviour(`a client that leaves by ${how} while the failure of ${what} waits`, async (stage) => {
      const phases = new GatedPhases();
      const { client, peer } = await asked(stage, phases, request);
      peer.send(answer);
      await phases.waiting(1);
      peer.reset();
      await phases.waiting(2);
      client[how]();
      await endedOnce(stage, phases, 'client-gone');
      phases.open(0);
      phases.open(1);
      await endedOnce(stage, phases, 'client-gone');
      await stage.open('clientConnections', 0);
      assert.equal(client.received, '');
    });
  }
}

for (const order of [
  [0, 1],
  [1, 0],
] as const) {
  behaviour(`a malformed chunk while an early response waits: one 400, gates ${order}`, async (stage) => {
    const phases = new GatedPhases();
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n';
    const { client, peer } = await asked(stage, phases, post);
    peer.send(HEAD);
    await phases.waiting(1);
    client.send('zz\r\n');
    await phases.waiting(2);
    for (const index of order) {
      phases.open(index);
      await settled();
    }
    assert.equal((await client.takeResponse('POST')).status, 400);
    assert.equal(await client.takeRest(), '');
    assert.deepEqual(phases.statuses, [200, 400]);
    const { error } = await stage.outcome();
    await endedOnce(stage, phases, error?.code ?? '');
  });
}

behaviour('a request whose phase ends while its failure is told does not reach a backend', async (stage) => {
  const phases = new GatedPhases();
  let goOn = (): void => {};
  phases.requestGate = new Promise((resolve) => {
    goOn = resolve;
  });
  const backend = await stage.backend();
  const setup = { backends: [backend], middlewares: [{ name: 'gated' }], advanced: { timeout: { drain_timeout: 1 } } };
  await stage.start(setup, { middlewareTypes: phases.types });
  const client = await stage.client();
  client.send(get());
  await stage.open('exchanges', 1);
  const drained = stage.proxy.drain();
  await stage.pass(1_000);
  await phases.waiting(1);
  goOn();
  await settled();
  assert.equal(backend.raw.connections.length, 0);
  phases.open(0);
  assert.equal((await client.takeResponse()).status, 503);
  client.end();
  await endedOnce(stage, phases, 'drained');
  assert.deepEqual(phases.statuses, [503]);
  await stage.pass(1_000);
  await drained;
  assert.equal(backend.raw.connections.length, 0);
});

behaviour('a drain while a stream waits in its response phase ends it before its first event', async (stage) => {
  const phases = new GatedPhases();
  const { client, peer } = await asked(stage, phases, get('/', 'Accept: text/event-stream\r\n'));
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
  peer.send(`${head}9\r\ndata: 1\n\n\r\n`);
  await phases.waiting(1);
  const drained = stage.proxy.drain();
  await settled();
  phases.open(0);
  await client.takeHead();
  assert.equal(await client.takeRest(), '0\r\n\r\n');
  client.end();
  await stage.open('clientConnections', 0);
  await stage.pass(250);
  await drained;
  assert.equal((await stage.outcome()).error, null);
});
