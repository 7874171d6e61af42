import assert from 'node:assert/strict';
import { behaviour } from '../support/stage.js';
import { handshake, openTunnel } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const targets: readonly (readonly [asked: string, sent: string])[] = [
  ['/', '/base/v1/'],
  ['/x', '/base/v1/x'],
  ['/x/?q=/a', '/base/v1/x/?q=/a'],
  ['/%41%2F', '/base/v1/%41%2F'],
  ['http://a.example/abs', '/base/v1/abs'],
];

for (const [asked, sent] of targets) {
  behaviour(`below a base path ${asked} goes to ${sent}`, async (stage) => {
    const backend = await stage.backend();
    await stage.start({ services: { api: { url: `${backend.url}/base/v1/` } } });
    assert.equal((await stage.ask(get(asked))).status, 200);
    assert.equal((await backend.request()).target, sent);
  });
}

behaviour('OPTIONS * asks of the server itself, whatever its base path', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ services: { api: { url: `${backend.url}/base` } } });
  await stage.ask('OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n');
  assert.equal((await backend.request()).target, '*');
});

behaviour('rules see the path of the client, and a rewrite comes before the base path', async (stage) => {
  const backend = await stage.backend();
  await stage.start({
    services: { api: { url: `${backend.url}/base` } },
    host_rules: [
      {
        pattern: '*',
        route_rules: [{ pattern: '/old/*', target: 'api', rewrite: { from: '~^/old/(.*)$', to: '/new/$1' } }],
      },
    ],
  });
  assert.equal((await stage.ask(get('/base/x'))).status, 404);
  assert.equal((await stage.ask(get('/old/x?y'))).status, 200);
  assert.equal((await backend.request()).target, '/base/new/x?y');
});

behaviour('no path leads above the base path', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ services: { api: { url: `${backend.url}/base` } } });
  for (const path of ['/../x', '/a/../../x', '/%2e%2e/x']) assert.equal((await stage.ask(get(path))).status, 400);
  assert.equal((await stage.ask(get('/a/../b'))).status, 200);
  assert.equal((await backend.request()).target, '/base/b');
  assert.equal(backend.requests.length, 1);
});

behaviour('each backend has its own base path, and a retry goes below that of the next', async (stage) => {
  const first = await stage.backend(({ peer }) => {
    peer.reset();
    return null;
  });
  const second = await stage.backend();
  const backends = [{ url: `${first.url}/one` }, { url: `${second.url}/two` }];
  await stage.start({ services: { api: { load_balancer: { backends } } } });
  assert.equal((await stage.ask(get('/x'))).status, 200);
  assert.deepEqual([(await first.request()).target, (await second.request()).target], ['/one/x', '/two/x']);
});

behaviour('a handshake goes below the base path, too', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ services: { api: { url: `${backend.url}/base` } } });
  const ends = await openTunnel(stage, backend);
  const path = /^GET (\S+) /.exec(handshake())?.[1];
  assert.ok(ends.backend.received.startsWith(`GET /base${path} HTTP/1.1\r\n`), ends.backend.received);
  ends.client.destroy();
  ends.backend.destroy();
});
