import assert from 'node:assert/strict';
import type { RawBackend } from '../support/raw-backend.js';
import { unusedPort } from '../support/raw-backend.js';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { handshake, openTunnel, switching, takeClose } from '../support/tunnel-ends.js';
import { clientScheme, get } from '../support/wire.js';

/** A proxy with one backend, and one websocket middleware for every route. */
async function start(stage: Stage, config: object, more: Setup = {}): Promise<RawBackend> {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], middlewares: [{ name: 'websocket', config }], ...more });
  return backend;
}

/** A handshake that is refused with this status and code, and says so in the log. */
async function refused(stage: Stage, request: string, status: number, code: string): Promise<void> {
  const logged = stage.log.all('tunnel refused').length;
  const response = await stage.ask(request);
  assert.equal(response.status, status, response.body);
  assert.match(response.body, new RegExp(`code: ${code}\\n`));
  assert.equal(response.get('retry-after'), status === 429 || status === 503 ? '1' : undefined);
  const line = stage.log.all('tunnel refused')[logged];
  assert.deepEqual([line?.cause, line?.status], [code, status]);
}

async function leave(stage: Stage, peers: { client: RawPeer; backend: RawPeer }, left: number): Promise<void> {
  peers.client.destroy();
  peers.backend.destroy();
  await stage.open('exchanges', left);
}

const from = (origin: string): string => handshake(`Origin: ${origin}\r\n`);

behaviour('path_patterns let these paths upgrade and no others; plain requests pass', async (stage) => {
  const backend = await start(stage, { path_patterns: ['/ws', '/rooms/*'] });
  const ends = await openTunnel(stage, backend);
  await refused(stage, handshake().replace('/ws', '/other'), 404, 'upgrade-path');
  const client = await stage.client();
  client.send(get('/other'));
  const peer = await backend.connection(1);
  assert.ok((await peer.takeHead()).startsWith('GET /other '));
  client.destroy();
  await leave(stage, ends, 0);
});

behaviour('a page of another origin is refused before a backend is asked, and not told of the list', async (stage) => {
  const backend = await start(stage, { allowed_origins: ['https://app.example.com', 'https://*.example.org'] });
  for (const origin of ['https://evil.example', 'http://app.example.com', 'null', 'https://example.org']) {
    await refused(stage, from(origin), 403, 'origin-refused');
  }
  await refused(
    stage,
    handshake('Origin: https://app.example.com\r\nOrigin: https://app.example.com\r\n'),
    403,
    'origin-refused',
  );
  assert.equal(backend.connections.length, 0);
  const detail = stage.log.all('tunnel refused')[0]?.detail;
  assert.equal(detail, 'Origin "https://evil.example" is not in allowed_origins');
  assert.ok(!(await stage.ask(from('https://evil.example'))).body.includes('allowed_origins'));
  for (const lines of ['Origin: https://app.example.com\r\n', 'Origin: https://a.b.example.org\r\n', '']) {
    await leave(stage, await openTunnel(stage, backend, lines), 0);
  }
});

behaviour('a handshake without Origin is refused where it must have one', async (stage) => {
  await start(stage, { allowed_origins: ['*'], allow_missing_origin: false });
  await refused(stage, handshake(), 403, 'origin-refused');
});

behaviour("without a list the check lets pages of the request's own host in", async (stage) => {
  const backend = await start(stage, { enable_origin_check: true });
  await refused(stage, from('https://b.example'), 403, 'origin-refused');
  await refused(stage, from(`${clientScheme}://a.example:8443`), 403, 'origin-refused');
  await leave(stage, await openTunnel(stage, backend, `Origin: ${clientScheme}://a.example\r\n`), 0);
});

behaviour('subprotocols that are not allowed are taken out of the offer', async (stage) => {
  const backend = await start(stage, { subprotocols: ['chat.v2'] });
  const client = await stage.client();
  client.send(handshake('Sec-WebSocket-Protocol: soap, chat.v2\r\nSec-WebSocket-Protocol: chat.v1\r\n'));
  const peer = await backend.connection();
  const head = await peer.takeHead();
  assert.deepEqual(head.match(/^Sec-WebSocket-Protocol: .*$/gm), ['Sec-WebSocket-Protocol: chat.v2']);
  peer.send(switching('Sec-WebSocket-Protocol: chat.v2\r\n'));
  assert.match(await client.takeHead(), /^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Protocol: chat\.v2\r\n/);
  await leave(stage, { client, backend: peer }, 0);
});

behaviour('a backend that picks a subprotocol that was taken out answered wrongly', async (stage) => {
  const backend = await start(stage, { subprotocols: ['chat.v2'] });
  const client = await stage.client();
  client.send(handshake('Sec-WebSocket-Protocol: soap, chat.v2\r\n'));
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(switching('Sec-WebSocket-Protocol: soap\r\n'));
  const response = await client.takeResponse();
  assert.equal(response.status, 502);
  assert.match(response.body, /code: bad-handshake\n/);
});

behaviour('an offer of which nothing is left is refused; none at all passes', async (stage) => {
  const backend = await start(stage, { subprotocols: ['chat.v2'] });
  await refused(stage, handshake('Sec-WebSocket-Protocol: soap, chat.v1\r\n'), 400, 'subprotocol-refused');
  await leave(stage, await openTunnel(stage, backend), 0);
});

behaviour(
  'max_connections counts from the beginning of a handshake, and gives a place back at its end',
  async (stage) => {
    const backend = await start(stage, { max_connections: 2 });
    const first = await openTunnel(stage, backend);
    const client = await stage.client();
    client.send(handshake());
    const peer = await backend.connection(1);
    await peer.takeHead();
    await refused(stage, handshake(), 503, 'instance-limit');
    // It is not a WebSocket: nothing is counted.
    const plain = await stage.client();
    plain.send(get('/plain'));
    await (await backend.connection(2)).takeHead();
    plain.destroy();
    await leave(stage, { client, backend: peer }, 1);
    const second = await openTunnel(stage, backend);
    await refused(stage, handshake(), 503, 'instance-limit');
    await leave(stage, first, 1);
    await leave(stage, second, 0);
    await leave(stage, await openTunnel(stage, backend), 0);
  },
);

const endings: Record<string, (peer: RawPeer, client: RawPeer) => void> = {
  'the backend answers with 401': (peer) => peer.send('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'),
  'the backend answers with an event stream that ends': (peer) =>
    peer.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata: a\n\n'),
  'the backend answers wrongly': (peer) => peer.send(switching().replace('s3pP', 'xxxx')),
  'the backend leaves': (peer) => peer.reset(),
  'the client leaves': (_peer, client) => client.reset(),
};
for (const [how, end] of Object.entries(endings)) {
  behaviour(`a place is given back once where ${how}`, async (stage) => {
    const backend = await start(
      stage,
      { max_connections: 1, max_connections_per_client: 1 },
      { advanced: { max_tunnels: 1 } },
    );
    for (let round = 0; round < 3; round++) {
      const client = await stage.client();
      client.send(handshake());
      const peer = await backend.connection(round);
      await peer.takeHead();
      assert.equal(stage.proxy.counters.tunnelPlaces, 1);
      end(peer, client);
      await stage.outcome(round);
      assert.deepEqual([stage.proxy.counters.tunnelPlaces, stage.proxy.counters.upgrades], [0, 0]);
      peer.destroy();
      client.destroy();
    }
  });
}

behaviour('a place is given back where no backend can be reached', async (stage) => {
  const dead = { url: `ws://127.0.0.1:${await unusedPort()}` };
  await stage.start({ backends: [dead], middlewares: [{ name: 'websocket', config: { max_connections: 1 } }] });
  for (let round = 0; round < 3; round++) await refused(stage, handshake(), 502, 'connect-refused');
});

behaviour('80 % of max_connections is told of', async (stage) => {
  const backend = await start(stage, { max_connections: 5 });
  const open = [];
  for (let count = 1; count <= 5; count++) {
    open.push(await openTunnel(stage, backend));
    assert.equal(stage.log.all('tunnels near max_connections').length, count < 4 ? 0 : 1);
  }
  assert.deepEqual(stage.log.all('tunnels near max_connections'), [
    { middleware: 'websocket', tunnels: 4, max_connections: 5 },
  ]);
  for (const [index, ends] of open.entries()) await leave(stage, ends, 4 - index);
});

behaviour('max_connections_per_client tells clients apart by their real addresses', async (stage) => {
  const advanced = { security: { trusted_proxies: ['127.0.0.1'] } };
  const backend = await start(stage, { max_connections_per_client: 1 }, { advanced });
  const of = (address: string) => `X-Forwarded-For: ${address}\r\n`;
  const first = await openTunnel(stage, backend, of('192.0.2.1'));
  await refused(stage, handshake(of('192.0.2.1')), 429, 'client-limit');
  const second = await openTunnel(stage, backend, of('2001:db8::1'));
  await leave(stage, first, 1);
  const third = await openTunnel(stage, backend, of('192.0.2.1'));
  await leave(stage, second, 1);
  await leave(stage, third, 0);
});

behaviour('per_client may name a field, which a client cannot set where the proxy does', async (stage) => {
  const backend = await start(
    stage,
    {},
    {
      middlewares: [
        { name: 'headers', config: { request: { set: { 'X-User': 'everybody' } } } },
        { name: 'websocket', config: { max_connections_per_client: 1, per_client: 'header:X-User' } },
      ],
    },
  );
  const ends = await openTunnel(stage, backend, 'X-User: ann\r\n');
  await refused(stage, handshake('X-User: bob\r\n'), 429, 'client-limit');
  await leave(stage, ends, 0);
});

behaviour('a reload that changes the middleware goes on counting where it was', async (stage) => {
  const backend = await start(stage, {});
  const ends = await openTunnel(stage, backend);
  const limited = { name: 'websocket', config: { max_connections: 1, ping_interval: 20 } };
  await stage.reload({ backends: [backend], middlewares: [limited] });
  await refused(stage, handshake(), 503, 'instance-limit');
  await leave(stage, ends, 0);
  const later = await openTunnel(stage, backend);
  await refused(stage, handshake(), 503, 'instance-limit');
  await leave(stage, later, 0);
});

behaviour('max_tunnels holds for the process, from the beginning of a handshake', async (stage) => {
  const backend = await start(stage, {}, { middlewares: [], advanced: { max_tunnels: 2 } });
  const first = await openTunnel(stage, backend);
  const client = await stage.client();
  client.send(handshake());
  const peer = await backend.connection(1);
  await peer.takeHead();
  await refused(stage, handshake(), 503, 'tunnel-limit');
  await leave(stage, { client, backend: peer }, 1);
  const second = await openTunnel(stage, backend);
  await refused(stage, handshake(), 503, 'tunnel-limit');
  await stage.reload({ backends: [backend], advanced: { max_tunnels: 3 } });
  const third = await openTunnel(stage, backend);
  await refused(stage, handshake(), 503, 'tunnel-limit');
  await leave(stage, first, 2);
  await leave(stage, second, 1);
  await leave(stage, third, 0);
});

behaviour('a handshake that is refused for its form takes no place', async (stage) => {
  const backend = await start(stage, {}, { middlewares: [], advanced: { max_tunnels: 1 } });
  for (let round = 0; round < 2; round++) {
    const response = await stage.ask(handshake().replace('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 8'));
    assert.equal(response.status, 426);
  }
  await leave(stage, await openTunnel(stage, backend), 0);
});

behaviour('drain_code is what clients are told when the proxy shuts down', async (stage) => {
  const backend = await start(stage, { drain_code: 4242 });
  const { client } = await openTunnel(stage, backend);
  void stage.proxy.drain();
  await stage.pass(16_000);
  assert.match(await takeClose(client, 'client'), /^4242 /);
});

behaviour(
  'what the environment says of Origin holds on every route, with the middleware and without',
  async (stage) => {
    const backend = await stage.rawBackend();
    const env = { WEBSOCKET_ALLOWED_ORIGINS: 'https://app.example.com', WEBSOCKET_MAX_CONNECTIONS: '1' };
    const lax = { name: 'websocket', config: { allowed_origins: ['*'], allow_missing_origin: false } };
    const host_rules = [
      { pattern: '*', target: 'api', route_rules: [{ pattern: '/lax/*', target: 'api', middlewares: ['websocket'] }] },
    ];
    await stage.start({ services: { api: { url: backend.url } }, host_rules, middlewares: [lax], env });
    const toLax = (lines = '') => handshake(lines).replace('/ws', '/lax/ws');
    await refused(stage, from('https://evil.example'), 403, 'origin-refused');
    await refused(stage, toLax('Origin: https://evil.example\r\n'), 403, 'origin-refused');
    await refused(stage, toLax(), 403, 'origin-refused');
    const ends = await openTunnel(stage, backend, 'Origin: https://app.example.com\r\n');
    await refused(stage, handshake(), 503, 'tunnel-limit');
    await leave(stage, ends, 0);
    await leave(stage, await openTunnel(stage, backend), 0);
  },
);

behaviour('the environment can switch a check off', async (stage) => {
  const backend = await start(
    stage,
    { allowed_origins: ['https://app.example.com'] },
    {
      env: { WEBSOCKET_ENABLE_ORIGIN_CHECK: 'false' },
    },
  );
  await leave(stage, await openTunnel(stage, backend, 'Origin: https://evil.example\r\n'), 0);
});
