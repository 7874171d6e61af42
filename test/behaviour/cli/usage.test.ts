import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readText } from '../../unit/house/tree.js';
import { runCommand } from './command.js';
import { runInProcess } from './in-process.js';

const { version } = JSON.parse(readText('package.json')) as { version: string };
const commands = ['run', 'check', 'explain', 'reverse-proxy', 'demo', 'echo', 'ws', 'schema', 'version'];

test('version prints the version of the package', async () => {
  for (const args of [['version'], ['--version'], ['-V']]) {
    assert.deepEqual(await runCommand(args), { status: 0, out: `toyou-proxy ${version}\n`, error: '' });
  }
  const { out } = await runCommand(['version', '--json']);
  assert.deepEqual(JSON.parse(out), {
    version,
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
  });
});

test('--help lists the commands, on standard output', async () => {
  const { status, out, error } = await runCommand(['--help']);
  assert.equal(status, 0);
  assert.equal(error, '');
  for (const command of commands) assert.match(out, new RegExp(`^ {2}${command} `, 'm'));
});

describe('help', () => {
  for (const command of commands) {
    test(`${command} --help has an example, and docs/cli.md a section`, async () => {
      const { status, out } = await runInProcess([command, '--help']);
      assert.equal(status, 0);
      assert.match(out, new RegExp(`Example:\\n {2}\\$ toyou-proxy ${command}`));
      assert.match(readText('docs/cli.md'), new RegExp(`^## ${command}$`, 'm'));
      const options = [...out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option = '']) => option);
      for (const option of options.filter((name) => name !== '--help'))
        assert.ok(readText('docs/cli.md').includes(option));
    });
  }
});

test('help is coloured where FORCE_COLOR says so, and plain elsewhere', async () => {
  const colour = String.fromCharCode(27);
  assert.ok((await runInProcess(['--help'], { FORCE_COLOR: '1' })).out.includes(colour));
  assert.ok(!(await runInProcess(['--help'])).out.includes(colour));
  assert.ok(!(await runInProcess(['--help'], { FORCE_COLOR: '1', NO_COLOR: '1' })).out.includes(colour));
});

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [['--no-such-option'], /^error: unknown option '--no-such-option'/],
  [['no-such-command'], /^error: there is no command "no-such-command"; toyou-proxy --help lists them\n$/],
  [['config.yaml'], /^error: there is no command "config.yaml": a configuration is named with -c config.yaml/],
  [['top'], /^error: the command "top" is not supported yet\n$/],
  [['run', '-c'], /^error: option '-c, --config <file>' argument missing/],
  [['check', '--port', 'x'], /^error: unknown option '--port'/],
  [['demo', '--port', 'x'], /^error: --port takes a number from 0 to 65535, not "x"\n$/],
  [['echo', '--listen', 'nowhere'], /^error: --listen takes an address such as :8080/],
  [['ws'], /^error: missing required argument 'url'/],
  [
    ['ws', 'localhost:80'],
    /^error: a URL such as .* is needed, not "localhost:80"; did you mean ws:\/\/localhost:80\?/,
  ],
  [['ws', 'ws://a', '--ping', '0'], /^error: --ping takes seconds such as 5 or 0\.5, not "0"\n$/],
  [['reverse-proxy'], /^error: required option '--to <url>' not specified/],
  [
    ['reverse-proxy', '--to', 'ftp://a'],
    /expected a url that begins with http:\/\/, ws:\/\/, https:\/\/, wss:\/\/ or unix:\//,
  ],
  [['run', '-c', 'no-such-file.yaml'], /^no-such-file\.yaml: /],
];

describe('wrong usage', () => {
  for (const [args, expected] of wrong) {
    test(`${args.join(' ')}`, async () => {
      const { status, out, error } = await runInProcess(args);
      assert.match(error, expected);
      assert.equal(out, '');
      assert.equal(status, 2);
    });
  }
});

test('without any configuration the error says what to do', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  for (const args of [[], ['run'], ['check']]) {
    const { status, error } = await runCommand(args, { cwd });
    assert.equal(status, 2);
    assert.match(error, /^error: there is no config\.yaml here: name a file with -c FILE, write one, or go without:/);
    assert.match(error, /toyou-proxy demo/);
    assert.match(error, /toyou-proxy reverse-proxy --from/);
  }
});
