import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { askAdmin, askAdminJson, bearer } from '../../support/admin-client.js';
import { RunningCommand, runCommand } from './command.js';

const TOKEN = '0123456789abcdef';
const running: RunningCommand[] = [];
after(() => {
  for (const command of running) command.kill();
});

function folderWith(admin: string, more = ''): { cwd: string; file: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  const file = join(cwd, 'config.yaml');
  writeFileSync(
    file,
    `services:
  app: { url: "http://127.0.0.1:1" }
host_rules:
  - { pattern: "*", target: app }
advanced:
  bind: "127.0.0.1"
  port: 0
  admin: { ${admin} }
${more}`,
  );
  return { cwd, file };
}

async function start(cwd: string, env: NodeJS.ProcessEnv = {}): Promise<{ command: RunningCommand; at: string }> {
  const command = new RunningCommand(['run'], { cwd, env });
  running.push(command);
  const [, at = ''] = await command.seen(/"admin":"([^"]+)"/);
  return { command, at };
}

test('run says where the admin API is, in its one log line, in lines for people, and where the log is silent', async () => {
  const { cwd } = folderWith('listen: "127.0.0.1:0"');
  const { command, at } = await start(cwd);
  assert.match(at, /^127\.0\.0\.1:[1-9]\d*$/);
  assert.equal((await askAdmin(at, 'GET', '/readyz')).status, 200);
  command.signal('SIGTERM');
  assert.equal((await command.ended()).status, 0);

  for (const [log, line] of [
    ['format: pretty', /^admin {5}http:\/\/127\.0\.0\.1:\d+$/m],
    ['level: silent', /^listening on 127\.0\.0\.1:\d+; admin API on 127\.0\.0\.1:\d+$/m],
  ] as const) {
    const silent = new RunningCommand([], { cwd: folderWith('listen: "127.0.0.1:0"', `  log: { ${log} }\n`).cwd });
    running.push(silent);
    await silent.seen(line);
    silent.signal('SIGTERM');
    assert.equal((await silent.ended()).status, 0);
  }
});

test('an address that is taken: what to do', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const { status, error } = await runCommand(['run'], { cwd: folderWith(`listen: "127.0.0.1:${port}"`).cwd });
  server.close();
  assert.equal(status, 1);
  const [line] = error.split('\n').filter((each) => !each.startsWith('warning:'));
  assert.equal(
    line,
    `error: the address of the admin API, 127.0.0.1:${port}, is in use: end the program that holds it, or take another one: advanced.admin.listen, or TOYOU_ADMIN_LISTEN=ADDRESS:PORT`,
  );
});

test('check refuses an address that is not loopback without a token, and run does', async () => {
  const { cwd } = folderWith('listen: ":0"');
  for (const command of ['check', 'run']) {
    const { status, error } = await runCommand([command], { cwd });
    assert.equal(status, 2);
    assert.match(
      error,
      /^config\.yaml:8:20: advanced\.admin\.listen: an address that is not loopback needs a `token`$/m,
    );
  }
  assert.equal((await runCommand(['check'], { cwd, env: { TOYOU_ADMIN_TOKEN: TOKEN } })).status, 0);
  const wrong = await runCommand(['check'], { cwd, env: { TOYOU_ADMIN_LISTEN: 'x' } });
  assert.match(wrong.error, /^environment: TOYOU_ADMIN_LISTEN: expected an address/m);
});

test('a reload through the API reads the files as SIGHUP does; a dry run changes and logs nothing', async () => {
  const { cwd, file } = folderWith('listen: "127.0.0.1:0"');
  const { command, at } = await start(cwd, { TOYOU_ADMIN_TOKEN: TOKEN });
  const asked = (query = '') => askAdminJson(at, 'POST', `/api/reload${query}`, bearer(TOKEN));
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, good.replace('target: app', 'target: ap'));
  const problem = {
    file: 'config.yaml',
    line: 4,
    column: 29,
    path: 'host_rules[0].target',
    message: 'there is no service "ap"',
    suggestion: 'app',
  };
  for (const query of ['?dry_run', '']) {
    const refused = await asked(query);
    assert.deepEqual([refused.status, refused.reason, refused.errors], [422, 'refused', [problem]]);
  }
  await command.seen(/reload refused: nothing changed/);
  assert.equal(command.error.split('1 error\n').length - 1, 1, 'said once: not by the dry run');
  writeFileSync(file, good.replace('pattern: "*"', 'pattern: "no.example"'));
  assert.equal((await asked('?dry_run=1')).outcome, 'dry-run');
  assert.equal((await asked()).outcome, 'applied');
  await command.seen(/"msg":"reloaded"/);
  const { text } = await askAdmin(at, 'GET', '/metrics', bearer(TOKEN));
  assert.match(text, /^toyou_config_revision 2$/m);
  assert.match(text, /^toyou_config_reloads_total\{result="refused"\} 1$/m);
  assert.match(text, /^toyou_config_reloads_total\{result="applied"\} 1$/m);
  command.signal('SIGTERM');
  assert.equal((await command.ended()).status, 0);
});

test('a drain through the API ends the process with 0, as SIGTERM does', async () => {
  const { cwd } = folderWith('listen: "127.0.0.1:0"', '  timeout: { shutdown_delay: 500ms }\n');
  const { command, at } = await start(cwd);
  assert.equal((await askAdmin(at, 'POST', '/api/drain')).status, 202);
  assert.equal((await askAdmin(at, 'GET', '/readyz')).status, 503);
  assert.equal((await askAdmin(at, 'GET', '/healthz')).status, 200);
  // What sends a drain by a hook sends SIGTERM behind it: that is the same wish, and no second one.
  command.signal('SIGTERM');
  const { status, out } = await command.ended();
  assert.equal(status, 0);
  assert.match(out, /"msg":"admin API: draining; a second signal exits at once"/);
  assert.match(out, /"msg":"drained"/);
});
