import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Exchange } from '../../src/exchange/exchange.js';
import type { MiddlewareType } from '../../src/exchange/middleware.js';
import { throughLinks } from '../support/faults/test-links.js';
import { MUCH_BYTES } from '../support/much-bytes.js';
import { behaviour } from '../support/stage.js';
import { settled, turn, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const SMALL = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** Turns until a count has stood still for long. */
async function stands(count: () => number): Promise<number> {
  let last = -1;
  while (last !== count()) {
    last = count();
    await settled(200);
  }
  return last;
}

/** A middleware that answers every request. */
function answering(answer: (exchange: Exchange) => void): ReadonlyMap<string, MiddlewareType> {
  const type = 'answering';
  const create = (name: string) => ({ name, onRequest: answer });
  return new Map([[type, { type, optionsSchema: z.strictObject({}), create }]]);
}

behaviour('a client that reads nothing has no more requests begun than it takes responses', async (stage) => {
  const total = throughLinks ? 200 : 2_000; // minutes where their bytes come one by one
  const body = 'x'.repeat(MUCH_BYTES / total);
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const backend = await stage.backend(() => answer);
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.pause();
  client.send(get().repeat(total));
  await backend.request();
  const begun = await stands(() => backend.requests.length);
  assert.ok(begun < total, `${begun} requests were begun`);
  client.resume();
  assert.ok((await client.take(total * answer.length)) === answer.repeat(total));
  assert.equal(backend.requests.length, total);
});

behaviour('answers of our own are bounded as well', async (stage) => {
  const total = 2_000;
  const body = 'x'.repeat(MUCH_BYTES / total);
  const middlewareTypes = answering((exchange) => exchange.respond(200, [], body));
  await stage.start({ middlewares: [{ name: 'answering' }] }, { middlewareTypes });
  const client = await stage.client();
  client.pause();
  client.send(SMALL.repeat(total));
  await stage.outcome();
  const begun = await stands(() => stage.ended.length);
  assert.ok(begun < total, `${begun} requests were answered`);
  client.resume();
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  assert.ok((await client.take(total * answer.length)) === answer.repeat(total));
});

behaviour('so are the 404 of tens of thousands of requests', async (stage) => {
  const total = throughLinks ? 70_000 : 40_000;
  await stage.start({ host_rules: [{ pattern: 'other.example', target: 'api' }] });
  const length = `${(await stage.ask(SMALL)).text}`.length + (await stage.ask(SMALL)).body.length;
  const client = await stage.client();
  client.pause();
  client.send(SMALL.repeat(total));
  await stage.outcome(2);
  const begun = (await stands(() => stage.ended.length)) - 2;
  assert.ok(begun < total, `${begun} requests were answered`);
  client.resume();
  await client.take(total * length);
  assert.equal(stage.ended.length, total + 2);
  assert.equal(client.untaken, '');
});

behaviour('not more than 64 requests are begun in one turn, and others get theirs in between', async (stage) => {
  const total = 2_000;
  await stage.start({ host_rules: [{ pattern: 'other.example', target: 'api' }] });
  const client = await stage.client();
  const other = await stage.client();
  client.send(SMALL.repeat(total));
  await stage.outcome();
  other.send(SMALL);
  const perTurn: number[] = [];
  for (let before = stage.ended.length; before < total + 1; ) {
    await turn();
    perTurn.push(stage.ended.length - before);
    before = stage.ended.length;
  }
  // A turn of ours may see the one request of the other too.
  assert.ok(Math.max(...perTurn) <= 65, `begun in one turn: ${Math.max(...perTurn)}`);
  const { port } = stage.ended[0]?.exchange.client ?? assert.fail();
  const otherAt = stage.ended.findIndex(({ exchange }) => exchange.client.port !== port);
  assert.ok(otherAt > 0 && otherAt < total / 2, `the other's was number ${otherAt}`);
  for (let count = 0; count < total; count++) assert.equal((await client.takeResponse()).status, 404);
  assert.equal((await other.takeResponse()).status, 404);
});

behaviour('keepalive_timeout counts from when the client has taken the last response', async (stage) => {
  const body = Buffer.alloc(MUCH_BYTES, 'x');
  const middlewareTypes = answering((exchange) => {
    exchange.respond(200, [], exchange.request.facts.target.rawPath === '/much' ? body : 'ok');
  });
  const timeout = { keepalive_timeout: 5, write_timeout: 60 };
  await stage.start({ middlewares: [{ name: 'answering' }], advanced: { timeout } }, { middlewareTypes });
  const client = await stage.client();
  client.pause();
  client.send(get('/much'));
  await stage.outcome();
  await stage.pass(30_000);
  client.resume();
  assert.equal((await client.takeResponse()).body.length, MUCH_BYTES);
  await stage.pass(4_000);
  client.send(get('/'));
  assert.equal((await client.takeResponse()).body, 'ok');
  await stage.pass(4_750);
  assert.deepEqual(client.endings, []);
  await stage.pass(500);
  assert.equal(await client.ending(), 'fin');
});

behaviour('a client that takes nothing of its last response for write_timeout is cut', async (stage) => {
  const body = Buffer.alloc(MUCH_BYTES, 'x');
  const middlewareTypes = answering((exchange) => exchange.respond(200, [], body));
  const advanced = { timeout: { write_timeout: 10 } };
  await stage.start({ middlewares: [{ name: 'answering' }], advanced }, { middlewareTypes });
  const client = await stage.client();
  client.pause();
  client.send(get());
  await stage.outcome();
  await stage.pass(9_000);
  assert.equal(stage.proxy.counters.clientConnections, 1);
  await stage.pass(2_000);
  await stage.open('clientConnections', 0);
  client.resume();
  await until(() => client.closed || client.endings.length > 0, 'the end of the connection');
  assert.ok(client.received.length < MUCH_BYTES);
});
