import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from './command.js';

const good = `services:
  app: { url: "http://localhost:3000" }
host_rules:
  - pattern: "*"
    target: app
    route_rules:
      - { pattern: "/api/*", target: app }
middlewares:
  - { name: logging }
`;
const bad = `services:
  app: { url: "http://localhost:3000" }
host_rules:
  - pattern: "*"
    target: ap
`;

test('a valid configuration: its numbers and its global middlewares', async () => {
  const cwd = folderWith(good);
  assert.deepEqual(await runCommand(['check'], { cwd }), {
    status: 0,
    out: 'config.yaml: valid; 1 listeners, 2 rules, 1 services\nglobal middlewares: logging\n',
    error: '',
  });
});

test('a valid configuration in JSON', async () => {
  const { status, out } = await runCommand(['check', '--json'], { cwd: folderWith(good) });
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(out), { valid: true, errors: [], warnings: [] });
});

test('a configuration with an error: place, line, caret, suggestion', async () => {
  const { status, out, error } = await runCommand(['check', '-c', 'config.yaml'], { cwd: folderWith(bad) });
  assert.equal(status, 2);
  assert.equal(out, '');
  assert.match(
    error,
    /^config\.yaml:5:13: host_rules\[0\]\.target: .*\n {6}target: ap\n {14}\^\n {2}did you mean "app"\?\n1 error\n$/,
  );
});

test('a configuration with an error in JSON', async () => {
  const { status, out, error } = await runCommand(['check', '--json'], { cwd: folderWith(bad) });
  assert.equal(status, 2);
  assert.equal(error, '');
  const report = JSON.parse(out);
  assert.equal(report.valid, false);
  assert.equal(report.errors.length, 1);
  const { message, ...place } = report.errors[0];
  assert.equal(typeof message, 'string');
  assert.deepEqual(place, {
    file: 'config.yaml',
    line: 5,
    column: 13,
    path: 'host_rules[0].target',
    suggestion: 'app',
  });
});

test('TOYOU_CONFIG names the configuration where -c does not', async () => {
  const cwd = folderWith(good);
  const { status, out } = await runCommand(['check'], { cwd, env: { TOYOU_CONFIG: './config.yaml' } });
  assert.equal(status, 0);
  assert.match(out, /^\.\/config\.yaml: valid/);
});

test('schema prints a JSON Schema', async () => {
  const { status, out } = await runCommand(['schema']);
  assert.equal(status, 0);
  assert.equal(JSON.parse(out).type, 'object');
});

function folderWith(config: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  writeFileSync(join(folder, 'config.yaml'), config);
  return folder;
}
