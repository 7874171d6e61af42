import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { curl } from './support/curl.js';
import { temporaryFolder } from './support/folder.js';
import { type HaproxyFront, startHaproxy } from './support/haproxy.js';
import { startHttpBackend } from './support/http-backend.js';
import { nextMessage, openSocket } from './support/messages.js';
import { freePort } from './support/nginx.js';
import { type ProxyProcess, startCommand } from './support/proxy-process.js';
import { echoRequest } from './support/request-echo.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const fronts = {
  'send-proxy': { mode: 'tcp', server: 'send-proxy' },
  'send-proxy-v2': { mode: 'tcp', server: 'send-proxy-v2' },
  'send-proxy-v2 with TLVs and a checksum': {
    mode: 'http',
    server: 'send-proxy-v2 proxy-v2-options crc32c,unique-id,authority',
  },
  'send-proxy in HTTP mode, with its own X-Forwarded-For': { mode: 'http', server: 'send-proxy' },
} as const satisfies Readonly<Record<string, HaproxyFront>>;

interface Peers {
  readonly proxy: ProxyProcess;
  readonly ports: ReadonlyMap<string, number>;
}

async function startPeers(t: TestContext, named: Readonly<Record<string, HaproxyFront>>): Promise<Peers> {
  const http = await startHttpBackend(t, echoRequest);
  const sockets = await startWebSocketBackend(t);
  const file = join(temporaryFolder(), 'proxy.yaml');
  writeFileSync(
    file,
    `services: { http: { url: "${http.url}" }, sockets: { url: "${sockets.url}" } }
host_rules: [{ pattern: "*", target: http, route_rules: [{ pattern: "/ws", target: sockets }] }]
middlewares: [{ name: logging, config: { fields: [client, peer, path] } }]
advanced:
  bind: "127.0.0.1"
  port: 0
  log: { format: json }
  proxy_protocol: true
  security: { trusted_proxies: ["127.0.0.1"] }
`,
  );
  const proxy = await startCommand(t, ['run', '-c', file]);
  const ports = new Map<string, number>();
  for (const name of Object.keys(named)) ports.set(name, await freePort());
  const behind = Object.entries(named).map(([name, front]) => [ports.get(name) ?? 0, front] as const);
  await startHaproxy(t, proxy.port, new Map(behind));
  return { proxy, ports };
}

test('behind HAProxy, the client is the one that HAProxy announces', async (t) => {
  const { proxy, ports } = await startPeers(t, fronts);
  for (const [index, name] of Object.keys(fronts).entries()) {
    await t.test(name, { timeout: 60_000 }, async () => {
      const port = ports.get(name) ?? 0;
      for (const [client, url, options] of [
        ['127.0.0.2', `http://127.0.0.1:${port}`, ['--interface', '127.0.0.2']],
        ['::1', `http://[::1]:${port}`, []],
      ] as const) {
        const path = `/${index}-${client.length}`;
        const { status, body } = await curl(
          ...options,
          '-H',
          'X-Forwarded-For: 1.2.3.4',
          `${url}${path}`,
          `${url}${path}`,
        );
        assert.equal(status, 0);
        assert.equal(body.toString().split(`"x-forwarded-for":"${client}"`).length, 3, body.toString());
        await proxy.program.wrote(new RegExp(`"client":"${client}","peer":"${client}","path":"${path}"`));
      }
      const socket = await openSocket(t, `ws://127.0.0.1:${port}/ws`, [], { localAddress: '127.0.0.2' });
      const message = nextMessage(socket);
      socket.send('through two proxies');
      assert.equal((await message).payload.toString(), 'through two proxies');
      socket.close();
    });
  }
});

test('checks of health that HAProxy sends are served as its own', async (t) => {
  const checked = 'check inter 200ms check-send-proxy';
  const { proxy } = await startPeers(t, {
    one: { mode: 'http', server: `send-proxy ${checked}`, more: 'option httpchk GET /check-1' },
    two: { mode: 'http', server: `send-proxy-v2 ${checked}`, more: 'option httpchk GET /check-2' },
  });
  for (const path of ['/check-1', '/check-2']) {
    await proxy.program.wrote(new RegExp(`"client":"127.0.0.1","peer":"127.0.0.1","path":"${path}"`));
  }
});

test('an HAProxy that announces nobody is refused, and the log says why', async (t) => {
  const { proxy, ports } = await startPeers(t, { plain: { mode: 'tcp', server: '' } });
  const { status } = await curl(`http://127.0.0.1:${ports.get('plain')}/`);
  assert.notEqual(status, 0);
  await proxy.program.wrote(/"code":"missing-proxy-header","side":"client","phase":"head"/);
});
