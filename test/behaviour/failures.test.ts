import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Dialer } from '../../src/channel/dialer.js';
import type { Middleware, MiddlewareType } from '../../src/exchange/middleware.js';
import { unusedPort } from '../support/raw-backend.js';
import type { RawResponse } from '../support/raw-response.js';
import { behaviour, type Stage } from '../support/stage.js';
import { get, plain } from '../support/wire.js';

const POST = 'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nhello';

function assertProblem(stage: Stage, response: RawResponse, status: number, code: string): void {
  assert.equal(response.status, status);
  assert.equal(response.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(response.get('cache-control'), 'no-store');
  assert.match(plain(response.body), new RegExp(`^${status} [^\\n]+\\ncode: ${code}\\nrequest: ID\\n$`));
  assert.deepEqual(stage.log.codes, [code]);
  const [failed] = stage.log.all('exchange failed');
  assert.equal(failed?.status, status);
  assert.equal(failed?.request_id, response.get('x-request-id'));
}

function failingDialer(code: string): Dialer {
  return (_address, listener) => {
    setImmediate(() => listener.dialFailed(Object.assign(new Error(code), { code })));
    return () => {};
  };
}

function throwing(middleware: Partial<Middleware>): ReadonlyMap<string, MiddlewareType> {
  const type = {
    type: 'throwing',
    optionsSchema: z.strictObject({}),
    create: (name: string) => ({ name, ...middleware }),
  };
  return new Map([['throwing', type]]);
}

behaviour('no rule that matches is answered with 404 no-route, and the connection is kept', async (stage) => {
  const services = { api: { url: 'http://127.0.0.1:1' } };
  await stage.start({ services, host_rules: [{ pattern: 'other.example', target: 'api' }] });
  const client = await stage.client();
  client.send(get());
  assertProblem(stage, await client.takeResponse(), 404, 'no-route');
  client.send(get());
  assert.equal((await client.takeResponse()).status, 404);
});

behaviour('a failure that a client of JSON meets is a problem document', async (stage) => {
  const services = { api: { url: 'http://127.0.0.1:1' } };
  await stage.start({ services, host_rules: [{ pattern: 'other.example', target: 'api' }] });
  const response = await stage.ask(get('/', 'Accept: application/problem+json\r\n'));
  assert.equal(response.get('content-type'), 'application/problem+json');
  assert.deepEqual(JSON.parse(response.body), {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'no rule matches this request',
    code: 'no-route',
    requestId: response.get('x-request-id'),
  });
});

behaviour('a failure that HEAD meets has no body', async (stage) => {
  const services = { api: { url: 'http://127.0.0.1:1' } };
  await stage.start({ services, host_rules: [{ pattern: 'other.example', target: 'api' }] });
  const client = await stage.client();
  client.send('HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n');
  assert.equal((await client.takeResponse('HEAD')).status, 404);
  client.send(get());
  assert.equal((await client.takeResponse()).status, 404, 'nothing stands between the two');
});

behaviour('a refused connection is answered with 502 connect-refused', async (stage) => {
  await stage.start({ backends: [{ url: `http://127.0.0.1:${await unusedPort()}` }] });
  assertProblem(stage, await stage.ask(get()), 502, 'connect-refused');
});

for (const [dialed, code] of [
  ['ENOTFOUND', 'dns-failed'],
  ['EAI_AGAIN', 'dns-failed'],
  ['EHOSTUNREACH', 'connect-failed'],
  ['ECONNRESET', 'connect-failed'],
] as const) {
  behaviour(`a dial that fails with ${dialed} is answered with 502 ${code}`, async (stage) => {
    await stage.start({}, { dialer: failingDialer(dialed) });
    assertProblem(stage, await stage.ask(get()), 502, code);
  });
}

for (const limited of ['EMFILE', 'ENFILE']) {
  behaviour(`a dial for which there is no file (${limited}) is 503, and no fault of the backend's`, async (stage) => {
    await stage.start({}, { dialer: failingDialer(limited) });
    assertProblem(stage, await stage.ask(get()), 503, 'out-of-files');
    assert.equal(stage.log.all('exchange failed')[0]?.side, 'proxy');
  });
}

behaviour('a dial that takes longer than dial_timeout is given up and answered with 504', async (stage) => {
  let given = 0;
  const dialer: Dialer = () => () => {
    given++;
  };
  await stage.start({}, { dialer });
  const client = await stage.client();
  client.send(get());
  await stage.open('backendConnections', 1);
  await stage.pass(9_750);
  assert.equal(client.received, '');
  await stage.pass(250);
  assertProblem(stage, await client.takeResponse(), 504, 'connect-timeout');
  assert.equal(given, 1);
});

behaviour('a backend that closes before its response is answered with 502', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(POST);
  const peer = await backend.connection();
  await peer.takeThrough('hello');
  peer.end();
  assertProblem(stage, await client.takeResponse(), 502, 'backend-gone');
});

behaviour('a middleware that throws in the request phase is answered with 500', async (stage) => {
  const onRequest = (): never => {
    throw new Error('secret');
  };
  await stage.start({ middlewares: [{ name: 'throwing' }] }, { middlewareTypes: throwing({ onRequest }) });
  const response = await stage.ask(get());
  assertProblem(stage, response, 500, 'middleware-failed');
  assert.ok(!response.body.includes('secret'), 'nothing of the inside');
  assert.equal(stage.log.all('exchange failed')[0]?.detail, 'throwing: secret');
});

behaviour('a middleware that throws in the response phase is answered with 500', async (stage) => {
  const backend = await stage.backend();
  const onResponse = (): Promise<never> => Promise.reject(new Error('secret'));
  const middlewareTypes = throwing({ onResponse });
  await stage.start({ backends: [backend], middlewares: [{ name: 'throwing' }] }, { middlewareTypes });
  assertProblem(stage, await stage.ask(get()), 500, 'middleware-failed');
  await stage.open('backendConnections', 0);
});

behaviour('a client that ends its side after its request has left', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  client.end();
  await peer.ending();
  const { status, error } = await stage.outcome();
  assert.deepEqual([status, error?.code], [499, 'client-gone']);
  assert.deepEqual(stage.log.codes, ['client-gone']);
  assert.equal(stage.log.all('exchange failed')[0]?.status, 499);
});

behaviour('a client that resets its connection has left', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(POST);
  const peer = await backend.connection();
  await peer.takeThrough('hello');
  client.reset();
  await peer.ending();
  assert.equal((await stage.outcome()).error?.code, 'client-gone');
});

behaviour('a client that ends its side inside its request has left, whatever half_close says', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], route: { half_close: 'allow' } });
  const client = await stage.client();
  client.send(POST);
  const peer = await backend.connection();
  await peer.takeThrough('hello');
  client.end();
  await peer.ending();
  assert.equal((await stage.outcome()).error?.code, 'client-gone');
});

behaviour('half_close: allow has a client that ends its side wait for its response', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], route: { half_close: 'allow' } });
  const client = await stage.client();
  client.send(get());
  client.end();
  const peer = await backend.connection();
  await peer.takeHead();
  await stage.pass(5_000);
  peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  assert.equal(await client.takeRest(), 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
  await client.whenClosed();
  assert.deepEqual(client.endings, ['fin']);
  assert.equal((await stage.outcome()).error, null);
});
