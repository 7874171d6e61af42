import assert from 'node:assert/strict';
import { KeysServer, keySet } from '../support/keys-server.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { goodToken, rsaPair, SECRET, START } from '../support/tokens.js';
import { handshake, openTunnel, switching } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const SSE = 'Accept: text/event-stream\r\n';
const EVENTS = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata: a\n\n';
const bearer = (token: string): string => `Authorization: Bearer ${token}\r\n`;
const setUp = (config: object, more: Setup = {}): Setup => ({ middlewares: [{ name: 'auth', config }], ...more });
const rsa = rsaPair();

/** Every way to ask, each with these lines of its head: status, code and challenge, which have to be the same. */
async function verdictOn(stage: Stage, lines: string): Promise<string> {
  const said: string[] = [];
  for (const request of [get('/ws', lines), get('/ws', SSE + lines), handshake(lines)]) {
    const response = await stage.ask(request);
    const code = /code: (\S+)/.exec(response.body)?.[1];
    said.push(`${response.status} ${code} ${response.get('www-authenticate')}`);
  }
  assert.equal(new Set(said).size, 1, said.join('; '));
  return said[0] ?? '';
}

const INVALID = '401 unauthenticated Bearer realm="Restricted", error="invalid_token"';

behaviour(
  'who is not known is refused over HTTP, SSE and WebSocket alike, before a backend is dialled',
  async (stage) => {
    const backend = await stage.backend();
    const config = { jwt_public_key: rsa.pem, issuer: 'https://id.example', require_roles: ['chat'] };
    await stage.start(setUp(config, { backends: [backend] }));
    const claims = { iss: 'https://id.example', roles: ['chat'] };
    const token = (more: object = {}, header: object = {}) =>
      goodToken({ ...claims, ...more }, rsa.privateKey, { ...header });
    assert.equal(await verdictOn(stage, ''), '401 unauthenticated Bearer realm="Restricted"');
    for (const [why, lines] of [
      ['garbage', bearer('garbage')],
      ['cut off', bearer(token().slice(0, -9))],
      ['alg none', bearer(goodToken(claims, rsa.privateKey, { alg: 'none' }))],
      ['RS to HS', bearer(goodToken(claims, rsa.pem))],
      ['expired', bearer(token({ exp: START - 60 }))],
      ['not yet valid', bearer(token({ nbf: START + 60 }))],
      ['another issuer', bearer(token({ iss: 'https://evil.example' }))],
      ['another key', bearer(goodToken(claims, rsaPair().privateKey))],
      ['unknown crit', bearer(token({}, { crit: ['x'], x: 1 }))],
      ['oversize', bearer(token({ x: 'x'.repeat(9000) }))],
      ['two fields', bearer(token()) + bearer(token())],
    ] as const) {
      assert.equal(await verdictOn(stage, lines), INVALID, why);
    }
    assert.equal(
      await verdictOn(stage, bearer(token({ roles: ['mail'] }))),
      '403 forbidden Bearer realm="Restricted", error="insufficient_scope"',
    );
    assert.equal(backend.raw.connections.length, 0);
    assert.equal((await stage.ask(get('/', bearer(token())))).status, 200);
    assert.equal(backend.requests.length, 1);
  },
);

behaviour('log lines and the tracker name the user, and no line shows a token', async (stage) => {
  const backend = await stage.backend(({ target }) =>
    target === '/events' ? EVENTS : switching('Sec-WebSocket-Protocol: chat\r\n'),
  );
  const config = { jwt_secret: SECRET, token_query: 'my_token', token_subprotocol: true };
  await stage.start({
    ...setUp(config, { backends: [backend] }),
    middleware_services: [{ name: 'lines', type: 'logging', is_global: true }],
  });
  const token = goodToken();
  assert.equal((await stage.ask(get(`/events?my_token=${token}`, SSE))).status, 200);
  assert.equal((await backend.request()).target, '/events');
  const client = await stage.client();
  client.send(handshake(`Sec-WebSocket-Protocol: chat, bearer.${token}\r\n`));
  assert.match(await client.takeHead(), /^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Protocol: chat\r\n/);
  const upgraded = await backend.request(1);
  assert.equal(upgraded.get('sec-websocket-protocol'), 'chat');
  await stage.open('tunnels', 1);
  const { tracker } = stage.proxy.wings;
  assert.deepEqual(
    tracker.page({ filter: { user: 'ann' } }).connections.map(({ user }) => user),
    ['ann'],
  );
  assert.deepEqual(tracker.page({ filter: { user: 'bob' } }).connections, []);
  client.destroy();
  upgraded.peer.destroy();
  await stage.open('exchanges', 0);
  await stage.ask(get(`/?my_token=x${token}`));
  const users = ['exchange ended', 'tunnel opened', 'tunnel closed'].map((line) => stage.log.all(line)[0]?.user);
  assert.deepEqual(users, ['ann', 'ann', 'ann'], stage.log.lines.map(({ message }) => message).join());
  const written = JSON.stringify(stage.log.lines);
  assert.ok(!written.includes(token.slice(-20)) && written.includes('my_token=[redacted]'), written);
});

behaviour('a token alone in a WebSocket offer is a 400 that says so', async (stage) => {
  await stage.start(setUp({ jwt_secret: SECRET, token_subprotocol: true }));
  const response = await stage.ask(handshake(`Sec-WebSocket-Protocol: bearer.${goodToken()}\r\n`));
  assert.equal(response.status, 400);
  assert.match(response.body, /a token needs a subprotocol of the application beside it\ncode: subprotocol-missing\n/);
});

behaviour('forwarded claims reach the backend, a lie of the client does not; {user} in headers', async (stage) => {
  const backend = await stage.backend();
  const config = { jwt_secret: SECRET, forward: { 'X-User': 'sub', 'X-Roles': 'roles' }, require_auth: false };
  const headers = { name: 'headers', config: { request: { set: { 'X-By': 'by {user}' } } } };
  await stage.start({ backends: [backend], middlewares: [{ name: 'auth', config }, headers] });
  const lies = 'X-User: root\r\nX_User: root\r\nx-roles: admin\r\n';
  await stage.ask(get('/', lies + bearer(goodToken({ roles: ['a', 'b'] }))));
  await stage.ask(get('/', lies));
  const [known, nobody] = [await backend.request(0), await backend.request(1)];
  assert.deepEqual(
    ['x-user', 'x-roles', 'x-by'].map((name) => known.get(name)),
    ['ann', 'a,b', 'by ann'],
  );
  assert.deepEqual(
    ['x-user', 'x-roles', 'x-by', 'x_user'].map((name) => nobody.get(name)),
    [undefined, undefined, undefined, undefined],
  );
  assert.ok(!known.text.includes('root'));
});

behaviour('passwords and API keys hold for requests, event streams and handshakes', async (stage) => {
  const backend = await stage.backend(({ target }) =>
    target === '/events' ? EVENTS : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  );
  const raw = await stage.rawBackend();
  await stage.start({
    services: { api: { url: backend.url }, sockets: { url: raw.url } },
    host_rules: [
      { pattern: '*', target: 'api', middlewares: ['people'], route_rules: [{ pattern: '/ws', target: 'sockets' }] },
      { pattern: 'b.example', target: 'api', middlewares: ['programs'] },
    ],
    middleware_services: [
      { name: 'people', type: 'auth', config: { users: [{ username: 'ann', password: 'secret' }] } },
      { name: 'programs', type: 'auth', config: { keys: [{ name: 'ci', key: 'a-key-of-16-chars' }] } },
    ],
  });
  const basic = (text: string) => `Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`;
  assert.equal(await verdictOn(stage, basic('ann:x')), '401 unauthenticated Basic realm="Restricted", charset="UTF-8"');
  assert.equal((await stage.ask(get('/', basic('ann:secret')))).status, 200);
  assert.equal((await stage.ask(get('/events', SSE + basic('ann:secret')))).body, 'data: a\n\n');
  const ends = await openTunnel(stage, raw, basic('ann:secret'));
  const atB = (lines: string) => stage.ask(get('/', lines).replace('a.example', 'b.example'));
  assert.equal((await atB('X-API-Key: a-key-of-16-chars\r\n')).status, 200);
  const refused = await atB('X-API-Key: another\r\n');
  assert.deepEqual([refused.status, refused.get('www-authenticate')], [401, 'ApiKey realm="Restricted"']);
  ends.client.destroy();
  ends.backend.destroy();
  await stage.open('exchanges', 0);
});

behaviour(
  'keys that cannot be had are a 503 for all, and no backend is dialled; then they are there',
  async (stage) => {
    const backend = await stage.backend();
    const keys = await KeysServer.listen(500);
    stage.closesBehind(keys);
    await stage.start(setUp({ jwks_url: keys.url }, { backends: [backend] }));
    const lines = bearer(goodToken({}, rsa.privateKey, { kid: 'one' }));
    assert.equal(await verdictOn(stage, lines), '503 keys-unavailable undefined');
    assert.equal(backend.raw.connections.length, 0);
    keys.says = keySet({ one: rsa });
    await stage.pass(1000);
    stage.clock.advance(1000);
    assert.equal((await stage.ask(get('/', lines))).status, 200);
  },
);
