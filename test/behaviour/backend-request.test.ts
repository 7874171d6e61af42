import assert from 'node:assert/strict';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { added, clientScheme, get, plain } from '../support/wire.js';

/** What the backend gets for a request, with what is random replaced. */
async function relayed(stage: Stage, request: string, setup: Setup = {}): Promise<string> {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], ...setup });
  assert.equal((await stage.ask(request)).status, 200);
  return plain((await backend.request()).text);
}

behaviour('order, case and duplicates of fields are kept', async (stage) => {
  const lines = 'x-B: 1\r\nACCEPT: a\r\nx-b: 2\r\nCookie: a=1\r\nCookie: b=2\r\nEmpty: \r\nX-A: \xe9\r\n';
  const text = await relayed(stage, `GET /a HTTP/1.1\r\n${lines}Host: A.Example\r\nLast: 1\r\n\r\n`);
  assert.equal(text, `GET /a HTTP/1.1\r\n${lines}Host: A.Example\r\nLast: 1\r\n${added('A.Example')}\r\n`);
});

behaviour('fields of this hop end here, and every field that Connection names', async (stage) => {
  const lines = [
    'Connection: keep-alive, X-Mine , x-other',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic eA==',
    'Proxy-Authenticate: Basic',
    'TE: gzip',
    'X-Mine: 1',
    'x-OTHER: 2',
    'X-Stays: 3',
  ];
  const text = await relayed(stage, get('/', `${lines.join('\r\n')}\r\n`));
  assert.equal(text, `GET / HTTP/1.1\r\nHost: a.example\r\nX-Stays: 3\r\n${added('a.example')}\r\n`);
});

behaviour('TE: trailers goes on', async (stage) => {
  const text = await relayed(stage, get('/', 'Connection: TE\r\nTE: gzip, trailers\r\n'));
  assert.equal(
    text,
    `GET / HTTP/1.1\r\nHost: a.example\r\n${added('a.example')}TE: trailers\r\nConnection: TE\r\n\r\n`,
  );
});

behaviour('an upgrade to h2c ends here: the request goes on without it', async (stage) => {
  const lines = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
  const text = await relayed(stage, get('/', lines));
  assert.equal(text, `GET / HTTP/1.1\r\nHost: a.example\r\n${added('a.example')}\r\n`);
});

behaviour('Upgrade: websocket that Connection does not name is no upgrade', async (stage) => {
  const text = await relayed(stage, get('/', 'Upgrade: websocket\r\n'));
  assert.equal(text, `GET / HTTP/1.1\r\nHost: a.example\r\n${added('a.example')}\r\n`);
});

behaviour('HTTP/1.0 without Host goes on as HTTP/1.1 with the Host of the backend', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  await stage.ask('GET / HTTP/1.0\r\nA: b\r\n\r\n');
  const { text } = await backend.request();
  const forwarded = `X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: ${clientScheme}\r\nVia: 1.0 PSEUDONYM\r\nX-Request-Id: ID\r\n`;
  assert.equal(plain(text), `GET / HTTP/1.1\r\nHost: ${backend.authority}\r\nA: b\r\n${forwarded}\r\n`);
});

behaviour('Via grows at its end, its lines put together', async (stage) => {
  const text = await relayed(stage, get('/', 'Via: 1.0 fred, 1.1 p\r\nVia: 2 q\r\n'));
  assert.ok(text.includes('\r\nVia: 1.0 fred, 1.1 p, 2 q, 1.1 PSEUDONYM\r\n'));
});

behaviour('proxy_host is the Host that backends get', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], service: { proxy_host: 'chat.internal' } });
  await stage.ask(get());
  await stage.ask('GET / HTTP/1.0\r\n\r\n');
  for (const { get: field } of backend.requests) assert.equal(field('host'), 'chat.internal');
  assert.equal(backend.requests[0]?.get('x-forwarded-host'), 'a.example');
});

behaviour('proxy_host: backend sends the Host of the url', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], service: { proxy_host: 'backend' } });
  await stage.ask(get());
  assert.equal((await backend.request()).get('host'), backend.authority);
});

behaviour('strip_prefix takes the beginning of the path away', async (stage) => {
  const backend = await stage.backend();
  const route = { pattern: '/ws/*', target: 'api', strip_prefix: '/ws' };
  await stage.start({ backends: [backend], host_rules: [{ pattern: '*', route_rules: [route] }] });
  for (const target of ['/ws/a//b?c=/ws', '/ws', '/ws?x', '/ws/']) await stage.ask(get(target));
  assert.deepEqual(
    backend.requests.map(({ target }) => target),
    ['/a//b?c=/ws', '/', '/?x', '/'],
  );
});

behaviour('rewrite changes the path as it came', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], route: { rewrite: { from: '~^/ws/(.*)$', to: '/socket/$1' } } });
  for (const target of ['/ws/a%20b?c=d', '/other']) await stage.ask(get(target));
  assert.deepEqual(
    backend.requests.map(({ target }) => target),
    ['/socket/a%20b?c=d', '/other'],
  );
});

behaviour('a rewrite that makes a bad target is answered with 500', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], route: { rewrite: { from: '~^/(.*)$', to: '/a/../$1' } } });
  const response = await stage.ask(get('/x'));
  assert.equal(response.status, 500);
  assert.match(response.body, /code: bad-rewrite\n/);
  assert.equal(backend.requests.length, 0);
  assert.deepEqual(stage.log.codes, ['bad-rewrite']);
});

behaviour('no two lines of a head can be made of one', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], route: { rewrite: { from: '~^/(.*)$', to: '/x/$1' } } });
  const response = await stage.ask(get('/a%0d%0aX-Evil:%201'));
  assert.equal(response.status, 200);
  assert.equal((await backend.request()).target, '/x/a%0d%0aX-Evil:%201');
});
