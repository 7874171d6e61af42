import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { formatProblems } from '../../../src/config/format-problems.js';
import { type LoadOptions, type LoadResult, loadConfig } from '../../../src/config/load-config.js';
import { SMALL, standInTypes } from './stand-ins.js';

const directories: string[] = [];
after(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

function write(files: Record<string, string | Buffer>): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'toyou-config-'));
  directories.push(directory);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), content);
  }
  return directory;
}

function read(directory: string, options: Partial<LoadOptions> = {}): LoadResult {
  const file = path.join(directory, 'config.yaml');
  return loadConfig({ file, env: {}, middlewareTypes: standInTypes, ...options });
}

/** All problems, with the directory left out. */
function told(directory: string, options: Partial<LoadOptions> = {}): string {
  const result = read(directory, options);
  const problems = [...(result.ok ? [] : result.errors), ...result.warnings];
  return problems
    .map(({ file, line, column, path: where, message }) => `${file}:${line}:${column} ${where}: ${message}\n`)
    .join('')
    .replaceAll(`${directory}${path.sep}`, '');
}

describe('the main file', () => {
  it('is told apart: missing, a directory, not readable, not text', () => {
    assert.equal(told(write({})), 'config.yaml:0:0 : there is no such file\n');
    assert.equal(told(write({ 'config.yaml/x': '' })), 'config.yaml:0:0 : is a directory, not a file\n');
    assert.equal(
      told(write({ 'config.yaml': Buffer.from([0x61, 0xff, 0xfe]) })),
      'config.yaml:0:0 : is not UTF-8 text\n',
    );
    const locked = write({ 'config.yaml': SMALL });
    chmodSync(path.join(locked, 'config.yaml'), 0);
    if (process.getuid?.() !== 0) {
      assert.equal(told(locked), 'config.yaml:0:0 : cannot be read: permission denied\n');
    }
  });

  it('missing does not hide what is wrong in the environment', () => {
    const result = read(write({}), { env: { TOYOU_PORT: 'x' } });
    assert.deepEqual(result.ok || result.errors.map(({ message }) => message.split(' ')[0]), ['there', 'expected']);
  });

  it('may begin with a byte order mark', () => {
    assert.equal(read(write({ 'config.yaml': `\ufeff${SMALL}` })).ok, true);
  });

  it('is formatted with the problem in one line where there is no place in it', () => {
    const result = read('/nowhere');
    assert.equal(
      result.ok || formatProblems(result.errors, { color: false }),
      '/nowhere/config.yaml: there is no such file\n1 error\n',
    );
  });
});

describe('config_dir', () => {
  it('appends rules and middlewares in alphabetical order of the files', () => {
    const directory = write({
      'config.yaml': `config_dir: conf.d
services: { a: { url: "http://a" } }
host_rules: [{ pattern: first.example, target: a }]
`,
      'conf.d/20.yml':
        'host_rules: [{ pattern: third.example, target: b, middlewares: [headers] }]\nmiddlewares: [{ name: headers }]\n',
      'conf.d/10.yaml': 'services: { b: { url: "http://b" } }\nhost_rules: [{ pattern: second.example, target: a }]\n',
      'conf.d/30.json': '{ "route_rules": [{ "pattern": "/", "target": "b" }] }',
      'conf.d/40.yaml': '# nothing yet\n',
      'conf.d/.hidden.yaml': 'broken: [',
      'conf.d/notes.txt': 'broken: [',
      'conf.d/sub.yaml/x': 'broken: [',
    });
    const result = read(directory);
    assert.ok(result.ok);
    assert.deepEqual(
      result.config.host_rules.map(({ pattern }) => pattern),
      ['first.example', 'second.example', 'third.example'],
    );
    assert.equal(result.config.route_rules.length, 1);
    assert.deepEqual(
      result.files.map((file) => path.relative(directory, file)),
      ['config.yaml', 'conf.d/10.yaml', 'conf.d/20.yml', 'conf.d/30.json', 'conf.d/40.yaml'],
    );
    assert.deepEqual(result.warnings, []);
    const third = result.origins.get('host_rules[2]');
    assert.equal(third?.file, path.join(directory, 'conf.d/20.yml'));
    assert.equal(third?.column, 14);
    assert.equal('config_dir' in result.config, false);
  });

  it('merges services by name: the later file wins, and the warning names both places', () => {
    const directory = write({
      'config.yaml': `config_dir: conf.d\nservices:\n  a: { url: "http://old", proxy_host: x }\nhost_rules: [{ pattern: "*", target: a }]\n`,
      'conf.d/a.yaml': '\nservices: { a: { url: "http://new" } }\n',
    });
    const result = read(directory);
    assert.ok(result.ok);
    assert.equal(result.config.services.a?.load_balancer.backends[0]?.url, 'http://new');
    assert.equal(result.config.services.a?.proxy_host, undefined);
    assert.equal(
      told(directory),
      'conf.d/a.yaml:2:13 services.a: this service takes the place of the one of the same name at config.yaml:3\n',
    );
  });

  it('counts advanced in the main file only, and config_dir too', () => {
    const directory = write({
      'config.yaml': `config_dir: conf.d\n${SMALL}`,
      'conf.d/a.yaml': 'advanced: { port: 1 }\n',
    });
    const result = read(directory);
    assert.ok(result.ok);
    assert.equal(result.config.advanced.port, 8080);
    assert.equal(told(directory), 'conf.d/a.yaml:1:1 advanced: counts in the main file only; it is ignored here\n');
    writeFileSync(path.join(directory, 'conf.d/a.yaml'), 'config_dir: more\n');
    assert.equal(
      told(directory),
      'conf.d/a.yaml:1:1 config_dir: counts in the main file only; files of it name no other\n',
    );
  });

  it('is a warning where it is missing, an error where it is no directory', () => {
    const missing = write({ 'config.yaml': `${SMALL}config_dir: conf.d\n` });
    assert.equal(read(missing).ok, true);
    assert.equal(told(missing), 'config.yaml:3:13 config_dir: there is no directory conf.d\n');
    const file = write({ 'config.yaml': `${SMALL}config_dir: config.yaml\n` });
    assert.equal(read(file).ok, false);
    assert.equal(told(file), 'config.yaml:3:13 config_dir: config.yaml: is no directory\n');
  });

  it('reports what is wrong in all of its files at once, counted within each file', () => {
    const directory = write({
      'config.yaml': `config_dir: conf.d\n${SMALL}advanced: { prot: 1 }\n`,
      'conf.d/a.yaml': 'host_rules:\n  - { pattern: b.example, target: ap }\n  - { pattern: "*", target: api }\n',
      'conf.d/b.yaml': 'route_rules: [{ pattern: x, target: api }]\nservices: []\nwhat: 1\n',
      'conf.d/c.yaml': '- a\n',
    });
    assert.equal(
      told(directory),
      `config.yaml:4:13 advanced.prot: unknown key
conf.d/a.yaml:2:35 host_rules[0].target: there is no service "ap"
conf.d/a.yaml:3:16 host_rules[1].pattern: a rule with the same pattern and port stands at config.yaml:3
conf.d/b.yaml:1:26 route_rules[0].pattern: a path pattern begins with "/" or "~"
conf.d/b.yaml:2:11 services: expected a map, got a list
conf.d/b.yaml:3:1 what: unknown key
conf.d/c.yaml:1:1 : expected a map with keys such as \`services\` and \`host_rules\`, got a list
`,
    );
  });

  it('with a broken file in it is an error, and names that may stand there are not judged', () => {
    const directory = write({
      'config.yaml': 'config_dir: conf.d\nhost_rules: [{ pattern: "*", target: elsewhere, prot: 1 }]\n',
      'conf.d/a.yaml': 'services: { elsewhere: { url: "http://a" }\n',
    });
    const text = told(directory);
    assert.match(text, /^config\.yaml:2:\d+ host_rules\[0\]\.prot: unknown key\nconf\.d\/a\.yaml:\d+:\d+ : /);
    assert.doesNotMatch(text, /elsewhere/);
  });

  it('with a file that cannot be read is an error', () => {
    const directory = write({ 'config.yaml': `config_dir: .\n${SMALL}` });
    symlinkSync('nowhere', path.join(directory, 'lost.yaml'));
    assert.equal(told(directory), 'lost.yaml:0:0 : there is no such file\n');
  });

  it('may be the directory of the main file, which is read once', () => {
    const directory = write({
      'config.yaml': `config_dir: .\n${SMALL}`,
      'b.yaml': 'middlewares: [{ name: logging }]\n',
    });
    const result = read(directory);
    assert.ok(result.ok);
    assert.equal(result.config.host_rules.length, 1);
    assert.equal(result.config.middlewares.length, 1);
  });

  it('replaces environment variables in its files', () => {
    const directory = write({
      'config.yaml': `config_dir: conf.d\n${SMALL}`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the configuration's
      'conf.d/a.yaml': 'services:\n  api: { url: "${URL}" }\n',
    });
    assert.equal(read(directory, { env: { URL: 'http://b' } }).ok, true);
    assert.match(told(directory), /^conf\.d\/a\.yaml:2:15 services\.api\.url: the environment variable URL is not set/);
  });
});
