// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the configuration's, not ours
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { exampleCertificates } from '../../support/example-certificates.js';
import { freePort } from '../../support/free-port.js';
import { KeysServer, keySet } from '../../support/keys-server.js';
import { RawPeer } from '../../support/raw-peer.js';
import type { RawResponse } from '../../support/raw-response.js';
import { RouteApi, routeAnswer } from '../../support/route-api.js';
import { ecPair, tokenOf } from '../../support/tokens.js';
import { readText } from '../../unit/house/tree.js';
import { RunningCommand } from './command.js';

const PAGE = `<p>internal-7 at http://localhost:3000</p>${'<p>more</p>'.repeat(200)}`;
const seen: IncomingMessage[] = [];
const backend = createServer((request, response) => {
  if (request.url === '/health') response.end();
  else {
    seen.push(request);
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(PAGE);
  }
});
backend.on('upgrade', (request, socket) => {
  seen.push(request);
  const accept = createHash('sha1').update(
    `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
  );
  socket.on('error', () => {});
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\nSec-WebSocket-Protocol: chat.v1\r\n\r\n`,
  );
});

const pair = ecPair();
const folder = mkdtempSync(join(tmpdir(), 'toyou-full-'));
const [certificates, keys, api, httpPort, httpsPort] = await Promise.all([
  exampleCertificates(),
  KeysServer.listen(keySet({ one: pair })),
  RouteApi.listen(({ response }) => response.end(routeAnswer('chat'))),
  freePort(),
  freePort(),
]);
let command: RunningCommand;

/** The example as it is, but for what is on other machines and for ports that somebody may have. */
function writeExample(): void {
  const { port } = backend.address() as AddressInfo;
  let text = readText('examples/full.yaml');
  for (const [written, here] of [
    ['http://localhost:3000/base', `http://127.0.0.1:${port}/base`],
    ['ws://localhost:8081', `ws://127.0.0.1:${port}`],
    ['https://id.example.com/.well-known/jwks.json', keys.url],
    ['http://localhost:8090/route', api.url],
    ['127.0.0.1:9090', '127.0.0.1:0'],
    ['port: 8080', `port: ${httpPort}`],
  ] as const) {
    assert.ok(text.includes(written), written);
    text = text.replaceAll(written, here);
  }
  writeFileSync(join(folder, 'full.yaml'), text);
  mkdirSync(join(folder, 'conf.d'));
  const part = readText('examples/conf.d/reports.yaml').replaceAll('port: 8080', `port: ${httpPort}`);
  writeFileSync(join(folder, 'conf.d', 'reports.yaml'), part);
}

before(async () => {
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  writeExample();
  const env = { CERTIFICATES: certificates.folder, HTTPS_PORT: String(httpsPort) };
  command = new RunningCommand(['run', '-c', join(folder, 'full.yaml')], { env });
  await command.seen(/listening on /);
});
after(async () => {
  command.kill();
  backend.close();
  backend.closeAllConnections();
  rmSync(folder, { recursive: true });
  await Promise.all([keys.close(), api.close()]);
});

function token(claims: Readonly<Record<string, unknown>> = {}): string {
  const standard = { sub: 'ann', email: 'ann@example.com', iss: 'https://id.example.com/', aud: 'app' };
  const exp = Math.floor(Date.now() / 1000) + 600;
  const all = { ...standard, exp, realm_access: { roles: ['user'] }, ...claims };
  return tokenOf(all, pair.privateKey, { kid: 'one' });
}

async function ask(url: string, lines = '', method = 'GET'): Promise<RawResponse> {
  const { protocol, hostname, pathname } = new URL(url);
  const options = { ca: certificates.authority.cert, servername: hostname };
  const client =
    protocol === 'https:' ? await RawPeer.connectSecure(httpsPort, options) : await RawPeer.connectPlain(httpPort);
  client.send(`${method} ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n${lines}\r\n`);
  const response = await client.takeResponse(method);
  client.destroy();
  return response;
}

describe('examples/full.yaml runs', () => {
  test('what comes without TLS is sent to TLS', async () => {
    const response = await ask('http://example.com/x');
    assert.deepEqual([response.status, response.get('location')], [308, 'https://www.example.com/x']);
  });

  test('a page is for who has a token, with texts replaced, compressed', async () => {
    const refused = await ask('https://www.example.com/page');
    assert.deepEqual([refused.status, refused.get('ratelimit-limit')], [401, undefined]);
    const lines = `Authorization: Bearer ${token()}\r\nAccept-Encoding: gzip\r\nX-Debug: 1\r\nX-User: eve\r\n`;
    const response = await ask('https://www.example.com/page', lines);
    assert.deepEqual(
      ['content-encoding', 'ratelimit-limit', 'x-content-type-options', 'x-target-service'].map(response.get),
      ['gzip', '100', 'nosniff', 'app'],
    );
    assert.match(response.get('x-request-id') ?? '', /^[\w-]{36}$/);
    const page = gunzipSync(Buffer.from(response.body, 'latin1')).toString();
    assert.equal(page.slice(0, 44), '<p>item 7 at https://www.example.com</p><p>m');
    const { url, headers } = seen.at(-1) as IncomingMessage;
    assert.deepEqual(
      [url, headers['x-user'], headers['x-email'], headers['x-debug'], headers['x-client']],
      ['/base/page', 'ann', 'ann@example.com', undefined, '127.0.0.1'],
    );
  });

  test('some paths are for some roles, and a preflight needs none', async () => {
    const status = async (roles: string[]) => {
      const bearer = `Authorization: Bearer ${token({ realm_access: { roles } })}\r\n`;
      return (await ask('https://www.example.com/admin/x', bearer)).status;
    };
    assert.deepEqual([await status(['user']), await status(['user', 'staff'])], [403, 200]);
    const preflight = 'Origin: https://app.example.com\r\nAccess-Control-Request-Method: POST\r\n';
    const response = await ask('https://www.example.com/page', preflight, 'OPTIONS');
    assert.deepEqual([response.status, response.get('access-control-allow-origin')], [204, 'https://app.example.com']);
  });

  test('a path is rewritten, and a body that is too large refused', async () => {
    const bearer = `Authorization: Bearer ${token()}\r\n`;
    assert.equal((await ask('https://www.example.com/api/v2/items', bearer)).status, 200);
    assert.equal(seen.at(-1)?.url, '/base/items?version=2');
    const large = `${bearer}Content-Length: 20000000\r\n`;
    assert.equal((await ask('https://www.example.com/api/v2/items', large, 'POST')).status, 413);
  });

  test('a page opens a WebSocket with its token among the offers, pages of others do not', async () => {
    const handshake = (origin: string) =>
      `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: ${origin}\r\nSec-WebSocket-Protocol: chat.v1, bearer.${token()}\r\n`;
    assert.equal((await ask('https://www.example.com/chat/1', handshake('https://evil.example'))).status, 403);
    const response = await ask('https://www.example.com/chat/1', handshake('https://app.example.com'));
    assert.deepEqual([response.status, response.get('sec-websocket-protocol')], [101, 'chat.v1']);
    assert.equal(seen.at(-1)?.headers['sec-websocket-protocol'], 'chat.v1');
  });

  test('an API names the service of a tenant', async () => {
    const response = await ask('http://a.tenants.example.com/');
    assert.deepEqual([response.status, response.get('x-target-service')], [200, 'chat']);
    assert.equal(api.questions[0]?.body, '{"host":"a.tenants.example.com"}');
  });

  test('staff needs a password, programs a token, and what is taken out lets everybody pass', async () => {
    const bearer = `Authorization: Bearer ${tokenOf({ sub: 'ci' }, 'only-for-trying-it-out-0123456789')}\r\n`;
    const statuses = [
      (await ask('http://status.example.com/')).get('www-authenticate')?.slice(0, 5),
      (await ask('http://status.example.com/deploy/x')).status,
      (await ask('http://status.example.com/deploy/x', bearer)).status,
      (await ask('http://status.example.com/metrics')).status,
    ];
    assert.deepEqual(statuses, ['Basic', 401, 200, 200]);
  });

  test('hidden files stay hidden, other hosts have the rules for all, and it ends in good order', async () => {
    assert.equal((await ask('http://other.example/.git/config')).status, 403);
    assert.equal((await ask('http://other.example/public/x')).status, 200);
    assert.equal((await ask('http://other.example/x')).status, 404);
    command.signal('SIGTERM');
    assert.equal((await command.ended()).status, 0);
  });
});
