import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { adminRoutes } from '../../src/admin/routes.js';
import { askAdmin, askAdminJson, bearer } from '../support/admin-client.js';
import { behaviour, type Stage } from '../support/stage.js';

const TOKEN = '0123456789abcdef';

async function withAdmin(stage: Stage, token = ''): Promise<string | null> {
  await stage.start({ advanced: { admin: { listen: '127.0.0.1:0', token } } });
  return stage.proxy.wings.admin.address;
}

behaviour('the admin API is off unless it is written', async (stage) => {
  await stage.start({});
  assert.equal(stage.proxy.wings.admin.address, null);
});

behaviour('without a token in the configuration none is asked for', async (stage) => {
  const at = await withAdmin(stage);
  assert.equal((await askAdmin(at, 'GET', '/api/connections')).status, 200);
  assert.equal((await askAdmin(at, 'GET', '/api/connections', bearer('any'))).status, 200);
});

behaviour('with one, all but the probes ask for it', async (stage) => {
  const at = await withAdmin(stage, TOKEN);
  for (const path of ['/healthz', '/readyz']) assert.equal((await askAdmin(at, 'GET', path)).status, 200);
  for (const { method, path, open } of adminRoutes) {
    if (open) continue;
    const refused = await askAdmin(at, method, path);
    assert.equal(refused.status, 401, path);
    assert.equal(refused.headers['www-authenticate'], 'Bearer realm="toyou-proxy"');
  }
  assert.equal((await askAdmin(at, 'GET', '/nothing')).status, 401, 'what there is, is not told');
  for (const wrong of ['', 'x', `${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase()]) {
    assert.equal((await askAdmin(at, 'GET', '/api/closed', bearer(wrong))).status, 401, wrong);
  }
  for (const headers of [{ Authorization: TOKEN }, { Authorization: `Basic ${TOKEN}` }]) {
    assert.equal((await askAdmin(at, 'GET', '/api/closed', { headers })).status, 401);
  }
  assert.equal((await askAdmin(at, 'GET', '/api/closed', bearer(TOKEN))).status, 200);
  const small = { headers: { authorization: `bearer ${TOKEN}` } };
  assert.equal((await askAdmin(at, 'GET', '/api/closed', small)).status, 200);
});

behaviour('a name that is not ours is refused: it may be one that an attacker has led here', async (stage) => {
  const at = await withAdmin(stage);
  const asked = async (Host: string) => (await askAdmin(at, 'GET', '/healthz', { headers: { Host } })).status;
  for (const host of [
    '127.0.0.1',
    '127.0.0.1:80',
    'localhost:9090',
    'LOCALHOST',
    'localhost.',
    '[::1]:1',
    '127.9.9.9',
  ]) {
    assert.equal(await asked(host), 200, host);
  }
  for (const host of ['evil.example', 'localhost.evil.example', '10.0.0.1', '[::2]', 'a@127.0.0.1', '127.0.0.1.evil']) {
    assert.equal(await asked(host), 421, host);
  }
});

behaviour('whoever has the token needs no name of ours', async (stage) => {
  const at = await withAdmin(stage, TOKEN);
  const headers = { Host: 'proxy.internal:9090' };
  assert.equal((await askAdmin(at, 'GET', '/metrics', { headers })).status, 421);
  assert.equal(
    (await askAdmin(at, 'GET', '/metrics', { headers: { ...headers, ...bearer(TOKEN).headers } })).status,
    200,
  );
});

behaviour('a page of another site cannot ask, with a token neither', async (stage) => {
  const at = await withAdmin(stage, TOKEN);
  const { Authorization } = bearer(TOKEN).headers;
  const asked = async (method: string, headers: Record<string, string>) =>
    (await askAdmin(at, method, '/healthz', { headers: { Authorization, ...headers } })).status;
  for (const Origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', `https://${at}`]) {
    assert.equal(await asked('GET', { Origin }), 403, Origin);
    assert.equal(await asked('OPTIONS', { Origin, 'Access-Control-Request-Method': 'DELETE' }), 403);
  }
  assert.equal(await asked('GET', { Origin: `http://${at}` }), 200);
  for (const site of ['cross-site', 'same-site']) assert.equal(await asked('GET', { 'Sec-Fetch-Site': site }), 403);
  for (const site of ['none', 'same-origin']) assert.equal(await asked('GET', { 'Sec-Fetch-Site': site }), 200);
});

behaviour(
  'what is refused is told as a problem, and nothing is told to other origins or kept by caches',
  async (stage) => {
    const at = await withAdmin(stage);
    const nothing = await askAdmin(at, 'GET', '/nothing');
    assert.deepEqual([nothing.status, nothing.headers['content-type']], [404, 'application/problem+json']);
    const problem = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'there is nothing at /nothing' };
    assert.deepEqual(JSON.parse(nothing.text), problem);
    assert.equal(nothing.headers['cache-control'], 'no-store');
    assert.equal(nothing.headers['x-content-type-options'], 'nosniff');
    assert.equal(nothing.headers['access-control-allow-origin'], undefined);
    for (const path of ['/api', '/api/', '/api/connections/', '/api/connections/a/b', '//healthz', '/healthz/']) {
      assert.equal((await askAdmin(at, 'GET', path)).status, 404, path);
    }
  },
);

behaviour('another method gets 405 with those that are allowed; HEAD is GET without a body', async (stage) => {
  const at = await withAdmin(stage);
  for (const [method, path, allow] of [
    ['POST', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/api/connections', 'GET, HEAD'],
    ['GET', '/api/connections/close', 'POST'],
    ['PUT', '/api/connections/x', 'GET, HEAD, DELETE'],
    ['GET', '/api/drain', 'POST'],
  ] as const) {
    const { status, headers } = await askAdmin(at, method, path);
    assert.deepEqual([status, headers.allow], [405, allow], `${method} ${path}`);
  }
  const head = await askAdmin(at, 'HEAD', '/healthz');
  const whole = await askAdmin(at, 'GET', '/healthz');
  assert.deepEqual([head.status, head.text], [200, '']);
  assert.equal(head.headers['content-length'], whole.headers['content-length']);
  assert.deepEqual(JSON.parse(whole.text), { status: 'ok' });
});

behaviour('a body is JSON, of its form, and not large', async (stage) => {
  const at = await withAdmin(stage);
  const path = '/api/connections/close';
  const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
  assert.equal((await askAdmin(at, 'POST', path, form)).status, 415);
  const asJson = { headers: { 'Content-Type': 'application/json; charset=utf-8' } };
  assert.match((await askAdminJson(at, 'POST', path, asJson)).detail, /no JSON/);
  for (const [body, detail] of [
    [[], /the body/],
    [{ all: 'yes' }, /^all: /],
    [{ all: true, more: 1 }, /more/],
    [{ filter: { path: '/' } }, /^filter: .*path/],
    [{ filter: { route: {} } }, /^filter\.route: /],
    [{ all: true, per_second: 0 }, /^per_second: /],
    [{ all: true, per_second: 1e-9 }, /^per_second: /],
  ] as const) {
    const answer = await askAdminJson(at, 'POST', path, { body });
    assert.equal(answer.status, 400);
    assert.match(answer.detail, detail);
  }
  const large = await askAdminJson(at, 'POST', path, { body: { reason: 'x'.repeat(70_000) } });
  assert.deepEqual([large.status, large.title], [413, 'Payload Too Large']);
});

behaviour('parameters that are not known, or stand twice, are refused', async (stage) => {
  const at = await withAdmin(stage);
  for (const [path, detail] of [
    ['/api/connections?path=/', /no parameter "path"/],
    ['/api/connections?user=a&user=b', /stands twice/],
    ['/api/connections?limit=0', /from 1 to 1000/],
    ['/api/connections?limit=1001', /from 1 to 1000/],
    ['/api/connections?cursor=abc', /cursor/],
    ['/api/closed?cursor=0', /no parameter "cursor"/],
    ['/api/closed?limit=x', /from 1 to 1000/],
  ] as const) {
    const answer = await askAdminJson(at, 'GET', path);
    assert.equal(answer.status, 400);
    assert.match(answer.detail, detail);
  }
  assert.equal((await askAdmin(at, 'POST', '/api/reload?dry_run=perhaps')).status, 400);
});

behaviour('what is no HTTP is refused, and so is a request without a Host', async (stage) => {
  const at = (await withAdmin(stage)) ?? '';
  for (const [request, status] of [
    ['nonsense', 400],
    ['GET /healthz HTTP/1.1', 400],
    ['GET /healthz HTTP/1.0', 421],
    ['GET /healthz HTTP/1.0\r\nHost: localhost', 200],
    ['GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close', 400],
  ] as const) {
    const socket = net.connect(Number(at.split(':')[1]), '127.0.0.1');
    let seen = '';
    socket.on('data', (piece) => {
      seen += piece;
    });
    socket.write(`${request}\r\n\r\n`);
    await once(socket, 'close');
    assert.equal(seen.split(' ')[1], String(status), request);
  }
});
