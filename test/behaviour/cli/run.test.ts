import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { exampleCertificates } from '../../support/example-certificates.js';
import { freePort } from '../../support/free-port.js';
import { listFiles, readText } from '../../unit/house/tree.js';
import { RunningCommand, runCommand } from './command.js';

const running: RunningCommand[] = [];
const backend: Server = createServer((request, response) => {
  if (request.url === '/slow') setTimeout(() => response.end('slow'), 300);
  else response.end(`got ${request.url}`);
});
let backendAt = '';

before(async () => {
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const address = backend.address();
  backendAt = typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
});
after(() => {
  for (const command of running) command.kill();
  backend.close();
  backend.closeAllConnections();
});

function start(args: readonly string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): RunningCommand {
  const command = new RunningCommand(args, options);
  running.push(command);
  return command;
}

function folderWithConfig(more = ''): string {
  const cwd = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  const text = `services:
  app: { url: "http://${backendAt}" }
host_rules:
  - { pattern: "*", target: app }
advanced: { bind: "127.0.0.1", port: 0${more} }
`;
  writeFileSync(join(cwd, 'config.yaml'), text);
  return cwd;
}

test('run says in one log line where it listens, what for, and proxies', async () => {
  const command = start([], { cwd: folderWithConfig() });
  const [line, at] = await command.seen(/^.*listening on (127\.0\.0\.1:\d+).*$/m);
  const logged = JSON.parse(line);
  assert.deepEqual([logged.listeners, logged.routes, logged.services], [[at], ['*:0 -> app'], ['app']]);
  assert.equal(await (await fetch(`http://${at}/path`)).text(), 'got /path');
  command.signal('SIGTERM');
  assert.equal((await command.ended()).status, 0);
});

test('run says it in lines for people where the log is for people', async () => {
  const command = start(['run'], { cwd: folderWithConfig(', log: { format: pretty }') });
  await command.seen(/^service/m);
  command.signal('SIGTERM');
  const { out } = await command.ended();
  assert.match(
    out,
    /^listening on 127\.0\.0\.1:\d+\nroute {5}\*:0 {2}app\nservice {3}app {2}http:\/\/127\.0\.0\.1:\d+\n/m,
  );
});

test('run says where it listens even where the log is silent', async () => {
  const command = start(['run', '--log-level', 'silent'], { cwd: folderWithConfig() });
  await command.seen(/^listening on 127\.0\.0\.1:\d+$/m);
  command.signal('SIGTERM');
  assert.equal((await command.ended()).status, 0);
});

test('a request in flight is finished before it ends', async () => {
  const command = start(['run'], { cwd: folderWithConfig() });
  const [, at] = await command.seen(/listening on (127\.0\.0\.1:\d+)/);
  const reached = once(backend, 'request');
  const answer = fetch(`http://${at}/slow`).then((response) => response.text());
  await reached;
  command.signal('SIGTERM');
  assert.equal(await answer, 'slow');
  assert.equal((await command.ended()).status, 0);
});

test('reverse-proxy needs no file', async () => {
  const command = start(['reverse-proxy', '--from', '127.0.0.1:0', '--to', `http://${backendAt}`]);
  const [, at] = await command.seen(/listening on (127\.0\.0\.1:\d+)/);
  assert.equal(await (await fetch(`http://${at}/x?y`)).text(), 'got /x?y');
  command.signal('SIGINT');
  assert.equal((await command.ended()).status, 0);
});

test('a hangup reloads: broken files are refused as check prints them, and the last good one goes on', async () => {
  const cwd = folderWithConfig();
  const file = join(cwd, 'config.yaml');
  const command = start(['run'], { cwd });
  const [, at] = await command.seen(/listening on (127\.0\.0\.1:\d+)/);
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, good.replace('target: app', 'target: ap'));
  command.signal('SIGHUP');
  const [line] = await command.seen(/^.*reload refused: nothing changed.*$/m);
  const check = await runCommand(['check'], { cwd });
  const { errors } = JSON.parse(line);
  assert.equal(`${errors.join('\n')}\n1 error\n`, check.error);
  assert.ok(command.error.endsWith(check.error), command.error);
  assert.equal(await (await fetch(`http://${at}/path`)).text(), 'got /path');

  writeFileSync(file, good.replace('pattern: "*"', 'pattern: "no.example"'));
  command.signal('SIGHUP');
  const reloaded = JSON.parse((await command.seen(/^.*"msg":"reloaded".*$/m))[0]);
  assert.deepEqual([reloaded.revision, reloaded.rules_added, reloaded.rules_removed], [2, ['no.example:0'], ['*:0']]);
  assert.equal((await fetch(`http://${at}/path`)).status, 404);
  command.signal('SIGHUP');
  await command.seen(/reload: the configuration is the same/);
  command.signal('SIGTERM');
  assert.equal((await command.ended()).status, 0);
});

for (const file of listFiles('examples', '.yaml').filter((path) => path.split('/').length === 2)) {
  test(`${file} starts`, async () => {
    const env = { CERTIFICATES: (await exampleCertificates()).folder, HTTPS_PORT: String(await freePort()) };
    const command = start(['run', '-c', join(copyOfExamples(), basename(file))], { env });
    await command.seen(/listening on /);
    command.signal('SIGTERM');
    assert.equal((await command.ended()).status, 0);
  });
}

/** The examples as they are, but on free ports. */
function copyOfExamples(): string {
  const copy = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  for (const path of listFiles('examples', '.yaml')) {
    const to = join(copy, path.slice('examples/'.length));
    mkdirSync(dirname(to), { recursive: true });
    const text = readText(path)
      .replace(/\bport: 8080\b/g, 'port: 0')
      .replace('127.0.0.1:9090"', '127.0.0.1:0"');
    writeFileSync(to, text);
  }
  return copy;
}
