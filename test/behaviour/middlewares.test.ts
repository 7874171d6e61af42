import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Middleware, MiddlewareType } from '../../src/exchange/middleware.js';
import { middlewareTypes } from '../../src/middleware/registry.js';
import { behaviour } from '../support/stage.js';
import { until } from '../support/turns.js';
import { get, plain } from '../support/wire.js';

/** The built-in types and one more. */
function withType(type: string, create: (name: string) => Middleware): ReadonlyMap<string, MiddlewareType> {
  return new Map([...middlewareTypes, [type, { type, optionsSchema: z.strictObject({}), create }]]);
}

behaviour('request_id names the field for both sides', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'request_id', config: { header: 'X-Trace' } }] });
  const response = await stage.ask(get('/', 'X-Trace: theirs\r\nx_trace: theirs\r\n'));
  const id = stage.ended[0]?.exchange.id;
  const request = await backend.request();
  assert.equal(response.get('x-trace'), id);
  assert.equal(request.get('x-trace'), id);
  assert.ok(!request.text.includes('theirs'));
});

behaviour('headers sets, adds and removes fields of requests and responses, with placeholders', async (stage) => {
  const answer = 'HTTP/1.1 200 OK\r\nServer: secret\r\nVary: a\r\nContent-Length: 2\r\n\r\nok';
  const backend = await stage.backend(() => answer);
  const config = {
    request: { set: { 'X-Client': 'ip={client_ip}' }, add: { 'X-Tag': '{request_id}' }, remove: ['Cookie'] },
    response: { set: { 'X-Frame-Options': 'DENY', 'X-User': '{user}' }, add: { Vary: 'b' }, remove: ['server'] },
  };
  await stage.start({ backends: [backend], middlewares: [{ name: 'headers', config }] });
  const response = await stage.ask(get('/', 'Cookie: a=b\r\nX-Client: me\r\n'));
  const request = await backend.request();
  assert.equal(request.get('cookie'), undefined);
  assert.equal(request.get('x-client'), 'ip=127.0.0.1');
  assert.equal(request.get('x-tag'), request.get('x-request-id'));
  assert.deepEqual(response.lines, ['Vary: a', 'Content-Length: 2', 'X-Frame-Options: DENY', 'Vary: b']);
});

behaviour('a set without lines of its own cannot touch how the response is framed', async (stage) => {
  const backend = await stage.backend();
  const config = { response: { set: { 'X-A': 'b' } } };
  await stage.start({ backends: [backend], middlewares: [{ name: 'headers', config }] });
  const client = await stage.client();
  for (let round = 0; round < 2; round++) {
    client.send(get());
    assert.equal((await client.takeResponse()).text, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\n');
  }
});

behaviour(
  'middlewares run global, then of the host, then of the route, each once; responses in reverse',
  async (stage) => {
    const order: string[] = [];
    const types = withType('noting', (name) => ({
      name,
      onRequest: () => void order.push(`request ${name}`),
      onResponse: () => void order.push(`response ${name}`),
      onEnd: () => void order.push(`end ${name}`),
    }));
    const backend = await stage.backend();
    const middleware_services = ['route', 'host', 'global', 'twice'].map((name) => {
      return { name, type: 'noting', is_global: name === 'global' };
    });
    const routes = [{ pattern: '/*', target: 'api', middlewares: ['route', 'twice', 'global'] }];
    const host_rules = [{ pattern: '*', target: 'api', middlewares: ['host', 'twice'], route_rules: routes }];
    await stage.start({ backends: [backend], middleware_services, host_rules }, { middlewareTypes: types });
    await stage.ask(get());
    await stage.outcome();
    const names = ['global', 'host', 'twice', 'route'];
    const back = [...names].reverse();
    assert.deepEqual(order, [
      ...names.map((name) => `request ${name}`),
      ...back.map((name) => `response ${name}`),
      ...back.map((name) => `end ${name}`),
    ]);
  },
);

behaviour('a middleware that awaits holds the request, its body and those behind it back', async (stage) => {
  let goOn = (): void => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const types = withType('waiting', (name) => ({ name, onRequest: () => gate, onResponse: () => gate }));
  const backend = await stage.backend(({ body }) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await stage.start({ backends: [backend], middlewares: [{ name: 'waiting' }] }, { middlewareTypes: types });
  const client = await stage.client();
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${get('/2')}`);
  await stage.open('exchanges', 1);
  assert.equal(backend.requests.length, 0);
  goOn();
  assert.equal((await client.takeResponse()).body, 'hello');
  assert.equal((await client.takeResponse()).body, '');
  assert.deepEqual(
    backend.requests.map(({ target }) => target),
    ['/', '/2'],
  );
});

behaviour('a client that leaves while a middleware awaits is let go, and no backend is asked', async (stage) => {
  const types = withType('waiting', (name) => ({ name, onRequest: () => new Promise<void>(() => {}) }));
  const backend = await stage.backend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'waiting' }] }, { middlewareTypes: types });
  const client = await stage.client();
  client.send(get());
  await stage.open('exchanges', 1);
  client.end();
  assert.equal((await stage.outcome()).error?.code, 'client-gone');
  assert.equal(backend.raw.connections.length, 0);
});

behaviour('a middleware that answers has the others see the response, and no backend is asked', async (stage) => {
  const types = withType('answering', (name) => ({
    name,
    onRequest: (exchange) => exchange.respond(418, [['Content-Type', 'text/plain']], 'short and stout'),
  }));
  const backend = await stage.backend();
  const config = { response: { set: { 'X-Late': '1' } } };
  const middlewares = [{ name: 'headers', config }, { name: 'answering' }];
  await stage.start({ backends: [backend], middlewares }, { middlewareTypes: types });
  const response = await stage.ask(get());
  assert.equal(
    response.text,
    "HTTP/1.1 418 I'm a Teapot\r\nContent-Type: text/plain\r\nContent-Length: 15\r\nX-Late: 1\r\n\r\n",
  );
  assert.equal(response.body, 'short and stout');
  assert.equal(backend.raw.connections.length, 0);
  assert.equal((await stage.outcome()).error, null);
});

behaviour('responses of our own, failures too, get the fields of the headers middleware', async (stage) => {
  const config = { response: { set: { 'X-Frame-Options': 'DENY' } } };
  await stage.start({ middlewares: [{ name: 'headers', config }] });
  const response = await stage.ask(get());
  assert.equal(response.status, 502);
  assert.equal(response.get('x-frame-options'), 'DENY');
});

behaviour('the fields of middlewares reach the 101 of a handshake and the head of a stream', async (stage) => {
  const stream = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n';
  const backend = await stage.backend(({ target }) => {
    if (target === '/stream') return stream;
    return 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
  });
  const config = { request: { set: { 'X-In': '1' } }, response: { set: { 'X-Out': '2' } } };
  await stage.start({ backends: [backend], middlewares: [{ name: 'headers', config }] });
  assert.equal((await stage.ask(get('/stream'))).get('x-out'), '2');
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
  const response = await stage.ask(get('/ws', `Connection: Upgrade\r\nUpgrade: websocket\r\n${key}`));
  assert.equal(response.status, 101);
  assert.equal(response.get('x-out'), '2');
  for (const request of backend.requests) assert.equal(request.get('x-in'), '1');
});

behaviour('logging writes one line for an exchange that went well', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'logging' }] });
  await stage.ask(get('/a?token=secret&b=c'));
  await until(() => stage.log.lines.length > 0, 'a line');
  assert.equal(stage.log.lines.length, 1);
  const { request_id, ...fields } = stage.log.all('exchange ended')[0] ?? {};
  assert.equal(plain(String(request_id)), 'ID');
  assert.deepEqual(fields, {
    method: 'GET',
    host: 'a.example',
    path: '/a?token=[redacted]&b=c',
    status: 200,
    duration_ms: 0,
    request_bytes: 0,
    response_bytes: 2,
    route: '*',
    service: 'api',
    backend: backend.url,
    client: '127.0.0.1',
    kind: 'http',
  });
});

behaviour('there are never two lines for one event', async (stage) => {
  const services = { api: { url: 'http://127.0.0.1:1' } };
  await stage.start({ services, middlewares: [{ name: 'logging' }] });
  assert.equal((await stage.ask(get())).status, 502);
  assert.equal((await stage.ask('GET / HTTP/1.1\r\n\r\n')).status, 400);
  assert.equal((await stage.ask(get('/ws', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'))).status, 400);
  assert.deepEqual(
    stage.log.lines.map(({ message }) => message),
    ['exchange failed', 'request refused', 'tunnel refused'],
  );
});

behaviour('a stream that is open gets a line every five minutes', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'logging' }] });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
  await client.takeThrough('1\n\n');
  await stage.pass(600_000);
  assert.deepEqual(
    stage.log.all('stream open').map(({ events }) => events),
    [1, 1],
  );
  peer.end();
  await stage.outcome();
  assert.equal(stage.log.all('exchange ended').length, 1);
});
