import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { ReloadAnswer } from '../../src/admin/admin-host.js';
import { askAdmin, askAdminJson, bearer } from '../support/admin-client.js';
import { freePort } from '../support/free-port.js';
import { readPrometheusText } from '../support/prometheus-text.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { openTunnel } from '../support/tunnel-ends.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const TOKEN = '0123456789abcdef';
const admin = { listen: '127.0.0.1:0' };
const at = (stage: Stage): string | null => stage.proxy.wings.admin.address;

behaviour('it is ready while it listens and each service has a backend', async (stage) => {
  const setup = (active: boolean): Setup => ({
    services: {
      api: { url: 'http://127.0.0.1:1' },
      chat: { load_balancer: { backends: [{ url: 'http://127.0.0.1:2', active }] } },
    },
    advanced: { admin },
  });
  await stage.start(setup(true));
  assert.deepEqual(await askAdminJson(at(stage), 'GET', '/readyz'), { status: 'ready' });
  await stage.reload(setup(false));
  const { status, reasons } = await askAdminJson(at(stage), 'GET', '/readyz');
  assert.deepEqual([status, reasons], [503, ['service chat has no backend that is available']]);
  assert.deepEqual(await askAdminJson(at(stage), 'GET', '/healthz'), { status: 'ok' });
});

behaviour(
  'a drain is asked for: not ready at once, serving on for shutdown_delay, and the API until the end',
  async (stage) => {
    const backend = await stage.backend();
    await stage.start({ backends: [backend], advanced: { admin, timeout: { shutdown_delay: 5, drain_timeout: 10 } } });
    const address = at(stage);
    const client = await stage.client();
    assert.deepEqual(await askAdminJson(address, 'POST', '/api/drain'), { status: 'draining' });
    assert.equal(stage.proxy.draining, true);
    const { status, reasons } = await askAdminJson(address, 'GET', '/readyz');
    assert.deepEqual([status, reasons], [503, ['draining']]);
    await stage.pass(4000);
    assert.equal((await stage.ask(get())).status, 200);
    client.send(get());
    assert.equal((await client.takeResponse()).get('connection'), 'close');
    await stage.pass(1500);
    assert.equal((await askAdmin(address, 'GET', '/healthz')).status, 200);
    assert.equal((await askAdmin(address, 'POST', '/api/drain')).status, 202, 'asked for twice');
    const drained = stage.proxy.drain();
    await stage.pass(1000);
    await drained;
    assert.equal((await askAdmin(address, 'GET', '/healthz')).status, 200);
    await stage.close();
    await assert.rejects(askAdmin(address, 'GET', '/healthz'), { code: 'ECONNREFUSED' });
  },
);

/** A stage whose files are what was last written into `files`. */
async function withFiles(stage: Stage, first: Setup): Promise<{ setup: Setup; errors: boolean }> {
  const files = { setup: first, errors: false };
  const reloadFromFiles = async (dryRun: boolean): Promise<ReloadAnswer> => {
    const problem = { file: 'a.yaml', line: 3, column: 5, path: 'services.x', message: 'is wrong', suggestion: 'y' };
    const excerpt = 'token: secret';
    if (files.errors) {
      const message = 'the configuration has errors';
      return {
        ok: false,
        reason: 'refused',
        message,
        errors: [{ ...problem, excerpt } as typeof problem],
        warnings: [],
      };
    }
    const result = await stage.reload(files.setup, { dryRun });
    return result.ok ? { ...result, warnings: [] } : { ...result, errors: [], warnings: [] };
  };
  await stage.start(first, { reloadFromFiles });
  return files;
}

behaviour('a reload is asked for, and first what it would do', async (stage) => {
  const backend = await stage.rawBackend();
  const setup = (pattern: string): Setup => ({
    host_rules: [{ pattern: '*', target: 'api', route_rules: [{ pattern, target: 'api' }] }],
    backends: [backend],
    advanced: { admin },
  });
  const files = await withFiles(stage, setup('/ws'));
  await openTunnel(stage, backend);
  const same = await askAdminJson(at(stage), 'POST', '/api/reload?dry_run');
  assert.deepEqual([same.outcome, same.changes, same.revision], ['unchanged', null, 1]);

  files.setup = setup('/other');
  const would = await askAdminJson(at(stage), 'POST', '/api/reload?dry_run=true');
  assert.deepEqual([would.status, would.outcome, would.revision], [200, 'dry-run', 2]);
  assert.deepEqual(would.on_removed, { tunnels: 1, event_streams: 0, treatment: 'drain' });
  assert.deepEqual(would.changes.rules, { added: ['*:0/other'], removed: ['*:0/ws'], changed: [] });
  await settled();
  assert.equal(stage.proxy.counters.tunnels, 1);
  const did = await askAdminJson(at(stage), 'POST', '/api/reload');
  assert.equal(did.outcome, 'applied');
  assert.ok(isDeepStrictEqual(did.changes, would.changes));
  await until(() => stage.proxy.wings.tracker.page().connections[0]?.state === 'closing', 'the drain of the tunnel');
  assert.deepEqual([...stage.proxy.wings.numbers.reloads], [['applied', 1]]);
});

behaviour('errors of a reload are told with their places, and nothing of the line', async (stage) => {
  const files = await withFiles(stage, { advanced: { admin } });
  files.errors = true;
  const { status, reason, errors } = await askAdminJson(at(stage), 'POST', '/api/reload');
  assert.deepEqual([status, reason], [422, 'refused']);
  const problem = { file: 'a.yaml', line: 3, column: 5, path: 'services.x', message: 'is wrong', suggestion: 'y' };
  assert.deepEqual(errors, [problem]);
});

behaviour('metrics are told in the text format, what is open included', async (stage) => {
  const [plain, sockets] = [await stage.backend(), await stage.rawBackend()];
  await stage.start({
    services: { api: { url: plain.url }, chat: { url: sockets.url } },
    host_rules: [{ pattern: '*', target: 'api', route_rules: [{ pattern: '/ws', target: 'chat' }] }],
    advanced: { admin },
  });
  await openTunnel(stage, sockets);
  await stage.ask(get());
  await until(() => stage.ended.length === 1, 'the end of the request');
  const { headers, text } = await askAdmin(at(stage), 'GET', '/metrics');
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const read = readPrometheusText(text);
  const value = (name: string, labels = '') => read.get(name)?.samples.get(`${name}${labels}`);
  assert.equal(value('toyou_requests_total', '{route="*",service="api",method="GET",status="200"}'), 1);
  assert.equal(value('toyou_requests_total', '{route="*/ws",service="chat",method="GET",status="101"}'), 1);
  assert.equal(value('toyou_tunnels_active', '{route="*/ws",service="chat"}'), 1);
  assert.equal(value('toyou_tunnels_by_revision', '{revision="1"}'), 1);
  assert.equal(value('toyou_requests_active'), 0);
  const connections = (service: string, backend: { url: string }, state: string) =>
    value('toyou_backend_connections', `{service="${service}",backend="${backend.url}",state="${state}"}`);
  assert.deepEqual(
    ['active', 'idle', 'tunnel'].map((state) => [
      connections('api', plain, state),
      connections('chat', sockets, state),
    ]),
    [
      [0, 0],
      [1, 0],
      [0, 1],
    ],
  );
  assert.equal(value('toyou_backend_healthy', `{service="chat",backend="${sockets.url}"}`), 1);
  assert.equal(value('toyou_config_revision'), 1);
  assert.equal(await stage.proxy.wings.metrics().then((again) => readPrometheusText(again).size), read.size);
});

behaviour('a configuration that came from no file cannot be read again', async (stage) => {
  await stage.start({ advanced: { admin } });
  assert.equal((await askAdmin(at(stage), 'POST', '/api/reload')).status, 409);
});

behaviour('a reload moves the API, gives it another token, turns it off and on', async (stage) => {
  const [first, second] = [await freePort(), await freePort()];
  const setup = (port: number, token = ''): Setup => ({ advanced: { admin: { listen: `127.0.0.1:${port}`, token } } });
  const files = await withFiles(stage, setup(first));
  const [before, after] = [`127.0.0.1:${first}`, `127.0.0.1:${second}`];
  files.setup = setup(second);
  assert.equal((await askAdminJson(before, 'POST', '/api/reload')).outcome, 'applied');
  assert.equal(at(stage), after);
  await assert.rejects(askAdmin(before, 'GET', '/healthz'), { code: 'ECONNREFUSED' });
  await stage.reload(setup(second, TOKEN));
  assert.equal((await askAdmin(after, 'GET', '/api/closed')).status, 401);
  assert.equal((await askAdmin(after, 'GET', '/api/closed', bearer(TOKEN))).status, 200);

  const everywhere = { advanced: { admin: { listen: `:${second}`, token: TOKEN } } };
  await stage.reload(everywhere);
  assert.equal((await askAdmin(after, 'GET', '/api/closed', bearer(TOKEN))).status, 200, 'the same port, everywhere');
  await stage.reload({});
  assert.equal(at(stage), null);
  await assert.rejects(askAdmin(after, 'GET', '/healthz'), { code: 'ECONNREFUSED' });
  await stage.reload(setup(first));
  assert.equal((await askAdmin(before, 'GET', '/healthz')).status, 200);
});

behaviour('a reload to an address that cannot be had changes nothing', async (stage) => {
  const taken = await stage.backend();
  const port = Number(new URL(taken.url).port);
  await stage.start({ advanced: { admin, x_real_ip: false } });
  const result = await stage.reload({ advanced: { admin: { listen: `127.0.0.1:${port}` }, x_real_ip: true } });
  assert.ok(!result.ok);
  assert.match(result.message, /^the admin API cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
  assert.equal((await askAdmin(at(stage), 'GET', '/healthz')).status, 200);
  assert.deepEqual([...stage.proxy.wings.numbers.reloads], [['failed', 1]]);
});

behaviour('an address that is taken keeps the proxy from starting, and nothing stays open', async (stage) => {
  const taken = await stage.backend();
  const port = Number(new URL(taken.url).port);
  const listen = `127.0.0.1:${port}`;
  await assert.rejects(stage.start({ advanced: { admin: { listen } } }), {
    name: 'AdminListenError',
    code: 'EADDRINUSE',
    port,
  });
});
