import assert from 'node:assert/strict';
import { behaviour } from '../support/stage.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

behaviour('one empty line before a request line is skipped', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(`\r\n${get('/1')}`);
  assert.equal((await client.takeResponse()).status, 200);
  client.send(`\r\n${get('/2')}`);
  assert.equal((await client.takeResponse()).status, 200);
  assert.deepEqual(
    backend.requests.map(({ target }) => target),
    ['/1', '/2'],
  );
});

behaviour('a head is the same in whatever pieces it comes', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  for (const byte of get('/a', 'B: c\r\n')) {
    client.send(byte);
    await settled(2);
  }
  assert.equal((await client.takeResponse()).text, OK.slice(0, -2));
  assert.equal(backend.requests[0]?.get('b'), 'c');
});

behaviour('a client whose first head is not complete within header_timeout from accept gets 408', async (stage) => {
  await stage.start({ advanced: { timeout: { header_timeout: 10 } } });
  const client = await stage.client();
  await stage.open('clientConnections', 1);
  await stage.pass(9_000);
  client.send('GET / HTTP/1.1\r\n');
  await stage.pass(750);
  assert.equal(client.received, '');
  await stage.pass(250);
  const response = await client.takeResponse();
  assert.equal(response.firstLine, 'HTTP/1.1 408 Request Timeout');
  assert.equal(response.get('connection'), 'close');
  assert.equal(await client.ending(), 'fin');
  assert.deepEqual(stage.log.codes, ['header-timeout']);
});

behaviour('a client that sends nothing is closed at header_timeout without a word', async (stage) => {
  await stage.start({ advanced: { timeout: { header_timeout: 10 } } });
  const client = await stage.client();
  await stage.open('clientConnections', 1);
  await stage.pass(9_750);
  assert.deepEqual(client.endings, []);
  await stage.pass(250);
  assert.equal(await client.ending(), 'fin');
  assert.equal(client.received, '');
  assert.deepEqual(stage.log.lines, []);
});

behaviour('a later head has header_timeout from its first byte', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], advanced: { timeout: { header_timeout: 10 } } });
  const client = await stage.client();
  client.send(get());
  await client.takeResponse();
  await stage.pass(30_000);
  client.send('G');
  await stage.pass(9_750);
  assert.equal(client.untaken, '');
  await stage.pass(250);
  assert.equal((await client.takeResponse()).status, 408);
  assert.equal(backend.requests.length, 1);
});

behaviour('a kept-open connection is closed at keepalive_timeout without a word', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], advanced: { timeout: { keepalive_timeout: 75 } } });
  const client = await stage.client();
  client.send(get());
  await client.takeResponse();
  await stage.pass(74_750);
  assert.deepEqual(client.endings, []);
  await stage.pass(250);
  assert.equal(await client.ending(), 'fin');
  assert.equal(client.untaken, '');
  assert.deepEqual(stage.log.codes, []);
});

behaviour('a client that is still sending gets the refusal and a FIN, not a reset', async (stage) => {
  await stage.start({});
  const client = await stage.client();
  client.send('GET / HTTP/1.1\r\n\r\n');
  for (let piece = 0; piece < 8; piece++) {
    client.send('x'.repeat(16 * 1024));
    await settled();
  }
  assert.equal((await client.takeResponse()).status, 400);
  assert.equal(await client.ending(), 'fin');
  client.send('x'.repeat(16 * 1024));
  await settled();
  assert.deepEqual(client.endings, ['fin'], 'what still comes is read and discarded');
  client.end();
  await client.whenClosed();
  assert.deepEqual(client.endings, ['fin']);
});

behaviour('a lingering close gives up after 2 s', async (stage) => {
  await stage.start({});
  const client = await stage.client();
  client.send('GET / HTTP/1.1\r\n\r\n');
  await client.ending();
  await stage.open('clientConnections', 1);
  await stage.pass(1_750);
  await stage.open('clientConnections', 1);
  await stage.pass(250);
  await stage.open('clientConnections', 0);
});

behaviour('a lingering close gives up after 256 KiB', async (stage) => {
  await stage.start({});
  const client = await stage.client();
  client.send('GET / HTTP/1.1\r\n\r\n');
  await client.takeResponse();
  client.send('x'.repeat(256 * 1024));
  await settled();
  await stage.open('clientConnections', 1);
  client.send('x');
  await stage.open('clientConnections', 0);
});

behaviour('what follows a refused request is never read as one', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(`GET / HTTP/1.1\r\n\r\n${get('/smuggled')}`);
  assert.equal((await client.takeResponse()).status, 400);
  assert.equal(await client.takeRest(), '');
  assert.equal(backend.requests.length, 0);
});

behaviour('routes are matched with a decoded path, and the backend gets the path as it came', async (stage) => {
  const [admin, open] = [await stage.backend(), await stage.backend()];
  const services = { admin: { url: admin.url }, open: { url: open.url } };
  const routes = [{ pattern: '/admin/*', target: 'admin' }];
  await stage.start({ services, host_rules: [{ pattern: '*', target: 'open', route_rules: routes }] });
  const paths = [
    ['/admin', '/admin'],
    ['//admin', '//admin'],
    ['///admin//x', '///admin//x'],
    ['/%61dmin/x', '/%61dmin/x'],
    ['/a/../admin/./x', '/admin/x'],
    ['/a//../admin', '/a/admin'],
    ['/admin%2Fx', '/admin%2Fx'],
    ['/admin/..', '/'],
    ['/admin?a=/../b%2', '/admin?a=/../b%2'],
  ] as const;
  for (const [path] of paths) assert.equal((await stage.ask(get(path))).status, 200, path);
  const seen = [...admin.requests, ...open.requests].map(({ target }) => target);
  assert.deepEqual(seen.sort(), paths.map(([, target]) => target).sort());
  assert.deepEqual(
    open.requests.map(({ target }) => target),
    ['/a/admin', '/admin%2Fx', '/'],
    'an encoded slash is data',
  );
});

behaviour('the absolute form goes on as a path, its authority as Host', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  await stage.ask(get('http://a.example/b?c'));
  await stage.ask(get('http://a.example?c'));
  await stage.ask('GET http://a.example/d HTTP/1.0\r\n\r\n');
  await stage.ask('OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n');
  assert.deepEqual(
    backend.requests.map(({ method, target, get: field }) => `${method} ${target} ${field('host')}`),
    ['GET /b?c a.example', 'GET /?c a.example', 'GET /d a.example', 'OPTIONS * a.example'],
  );
});

behaviour('encoded_slash: reject refuses %2F and %5C on its route', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], route: { encoded_slash: 'reject' } });
  for (const path of ['/a%2fb', '/a%5Cb']) {
    const response = await stage.ask(get(path));
    assert.equal(response.status, 400);
    assert.match(response.body, /code: encoded-slash\n/);
  }
  assert.equal((await stage.ask(get('/a/b?c%2Fd'))).status, 200);
  assert.deepEqual(stage.log.codes, ['encoded-slash', 'encoded-slash']);
  assert.equal(backend.requests.length, 1);
});

behaviour('deny_hidden_files refuses segments that begin with a dot, but for /.well-known/', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], advanced: { security: { deny_hidden_files: true } } });
  for (const path of ['/.git/config', '/a/.env', '/%2egit', '//.git']) {
    const response = await stage.ask(get(path));
    assert.equal(response.status, 403, path);
    assert.match(response.body, /code: hidden-file\n/);
  }
  for (const path of ['/.well-known/acme', '/a.b', '/a?.git']) assert.equal((await stage.ask(get(path))).status, 200);
  assert.equal(backend.requests.length, 3);
});

behaviour('deny_hidden_files with a list refuses those names only', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], advanced: { security: { deny_hidden_files: ['.git', 'web.config'] } } });
  assert.equal((await stage.ask(get('/.git/x'))).status, 403);
  assert.equal((await stage.ask(get('/a/web.config'))).status, 403);
  assert.equal((await stage.ask(get('/.env'))).status, 200);
});
