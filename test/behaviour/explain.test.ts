import assert from 'node:assert/strict';
import { behaviour, type Stage } from '../support/stage.js';
import { get } from '../support/wire.js';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';

const setup = {
  host_rules: [
    {
      pattern: 'a.example',
      target: 'api',
      route_rules: [
        { pattern: '/only/*', target: 'api', methods: ['PUT', 'DELETE'] },
        { pattern: '/strip/*', target: 'api', strip_prefix: '/strip' },
        { pattern: '/rewrite/*', target: 'api', rewrite: { from: '~^/rewrite/(.*)$', to: '/new/$1' } },
        { pattern: '/broken/*', target: 'api', rewrite: { from: '~^/broken/(.*)$', to: '/../$1' } },
        { pattern: '/strict/*', target: 'api', encoded_slash: 'reject' },
        { pattern: '/idle/*', target: 'idle' },
      ],
    },
    { pattern: '*.example', route_rules: [{ pattern: '/some', target: 'api' }] },
  ],
  advanced: { security: { deny_hidden_files: true, max_body_size: '1KB', max_header_size: '4KiB' } },
};

/** Requests, and what becomes of each: the target at the backend, or the code of the refusal. */
const requests: readonly (readonly [request: string, expected: string])[] = [
  [get('/'), '/'],
  [get('/x?q=1'), '/x?q=1'],
  [get('//a/./b/../c'), '//a/c'],
  [get('/strip/a?b'), '/a?b'],
  [get('/strip'), '/'],
  [get('/rewrite/a/b?c'), '/new/a/b?c'],
  [get('/strict/a%2Fb'), 'encoded-slash'],
  [get('/x/a%2Fb'), '/x/a%2Fb'],
  [get('/broken/a'), 'bad-rewrite'],
  [get('/only/a'), 'route-method'],
  ['PUT /only/a HTTP/1.1\r\nHost: a.example\r\n\r\n', '/only/a'],
  ['GET http://a.example/absolute HTTP/1.1\r\nHost: a.example\r\n\r\n', '/absolute'],
  [get('/idle/a'), 'no-backend'],
  [get('/.git/config'), 'hidden-file'],
  [get('/../x'), 'path-above-root'],
  [get('/%00'), 'path-nul'],
  [get('/%zz'), 'path-bad-escape'],
  [get('/a b'), 'bad-target'],
  [get('/', `X: ${'x'.repeat(5000)}\r\n`), 'head-too-large'],
  [get('/', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'), 'conflicting-framing'],
  ['POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2000\r\n\r\n', 'body-too-large'],
  [get('/', UPGRADE), 'upgrade-bad-key'],
  ['TRACE / HTTP/1.1\r\nHost: a.example\r\n\r\n', 'method-not-allowed'],
  ['GET / HTTP/1.1\r\n\r\n', 'missing-host'],
  ['GET / HTTP/2.0\r\nHost: a.example\r\n\r\n', 'unsupported-version'],
  ['GET /some HTTP/1.1\r\nHost: B.example.\r\n\r\n', '/some'],
  ['GET /other HTTP/1.1\r\nHost: b.example\r\n\r\n', 'no-route'],
  ['GET / HTTP/1.1\r\nHost: nowhere\r\n\r\n', 'no-route'],
];

function explained(stage: Stage, request: string): string {
  const head = Buffer.from(request, 'latin1');
  const { error, target } = stage.proxy.explain({ head, listenerPort: 0, scheme: 'http' });
  return error?.code ?? `${target}`;
}

behaviour('what explain says of a request is what becomes of it', async (stage) => {
  const backend = await stage.backend();
  const idle = { load_balancer: { backends: [{ url: backend.url, active: false }] } };
  await stage.start({ ...setup, services: { api: { url: backend.url }, idle } });
  for (const [request, expected] of requests) {
    assert.equal(explained(stage, request), expected, JSON.stringify(request));
    const { status, body } = await stage.ask(request);
    const became = status === 200 ? backend.requests.at(-1)?.target : /^code: (\S+)$/m.exec(body)?.[1];
    assert.equal(became, expected, `${JSON.stringify(request)}: ${status}`);
  }
  assert.deepEqual([backend.faults, backend.raw.connections.length > 0], [[], true]);
});

behaviour('explain asks the websocket middleware as a handshake does, but for its limits', async (stage) => {
  const backend = await stage.backend();
  const config = {
    allowed_origins: ['https://a.example'],
    path_patterns: ['/ws'],
    subprotocols: ['v2'],
    max_connections: 1,
  };
  await stage.start({ backends: [backend], middlewares: [{ name: 'websocket', config }] });
  const asked = (lines: string, path = '/ws') =>
    get(path, `${UPGRADE}Sec-WebSocket-Key: ${'A'.repeat(22)}==\r\n${lines}`);
  for (const [request, code] of [
    [asked('Origin: https://evil.example\r\n'), 'origin-refused'],
    [asked('', '/other'), 'upgrade-path'],
    [asked('Sec-WebSocket-Protocol: v1\r\n'), 'subprotocol-refused'],
  ] as const) {
    assert.equal(explained(stage, request), code);
    assert.match((await stage.ask(request)).body, new RegExp(`code: ${code}\\n`));
  }
  for (let round = 0; round < 3; round++) {
    assert.equal(explained(stage, asked('Origin: https://a.example\r\n')), '/ws');
  }
  assert.equal(stage.proxy.counters.tunnelPlaces, 0);
});

behaviour('explain leaves nothing behind and asks no backend', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ ...setup, services: { api: { url: backend.url }, idle: { url: backend.url } } });
  for (const [request] of requests) explained(stage, request);
  assert.deepEqual([backend.raw.connections.length, stage.proxy.counters.open(), stage.ended], [0, {}, []]);
});
