import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../src/config/load-config.js';
import { originOf } from '../../../src/config/origins.js';
import { configOf, errorsOf, load, SMALL, standInTypes, warningsOf, withAdvanced } from './stand-ins.js';

const TOKEN = '0123456789abcdef';
const LOOPBACK_ONLY = 'an address that is not loopback needs a `token`';
const adminOf = (text: string, env: NodeJS.ProcessEnv = {}) => configOf(text, { env }).advanced.admin;

describe('advanced.admin', () => {
  it('is off unless it is written', () => {
    assert.equal(adminOf(SMALL), undefined);
    assert.equal(adminOf(SMALL, { TOYOU_ADMIN_TOKEN: TOKEN }), undefined);
    assert.equal(adminOf(withAdvanced('admin:')), undefined);
    assert.deepEqual(adminOf(withAdvanced('admin: {}')), { listen: '127.0.0.1:9090', token: '' });
  });

  for (const listen of ['127.0.0.1:9090', '127.8.0.1:1', '[::1]:9090', 'localhost:0']) {
    it(`listens on ${listen} without a token`, () => {
      assert.deepEqual(adminOf(withAdvanced(`admin: { listen: "${listen}" }`)), { listen, token: '' });
    });
  }

  for (const listen of [':9090', '0.0.0.0:9090', '[::]:9090', '10.0.0.1:9090', '*:9090']) {
    it(`listens on ${listen} with a token only`, () => {
      const errors = errorsOf(withAdvanced(`admin: { listen: "${listen}" }`));
      assert.deepEqual(errors, [`4:20 advanced.admin.listen: ${LOOPBACK_ONLY}`]);
      assert.deepEqual(adminOf(withAdvanced(`admin: { listen: "${listen}", token: ${TOKEN} }`)), {
        listen,
        token: TOKEN,
      });
    });
  }

  it('is not written in another form', () => {
    const FORM = 'expected an address with a port, such as "127.0.0.1:9090", "[::1]:9090" or ":9090"';
    for (const [listen, suggestion] of [
      ['"9090"', ' -> 127.0.0.1:9090'],
      ['9090', ''],
      ['"localhost"', ''],
      ['"127.0.0.1:70000"', ''],
      ['"admin.example:80"', ''],
    ]) {
      const [error] = errorsOf(withAdvanced(`admin: { listen: ${listen} }`));
      assert.ok(error?.startsWith('4:20 advanced.admin.listen: expected'), error);
      if (listen?.startsWith('"')) assert.equal(error, `4:20 advanced.admin.listen: ${FORM}${suggestion}`);
    }
    assert.match(errorsOf(withAdvanced('admin: { token: "a b" }'))[0] ?? '', /^4:19 advanced\.admin\.token: expected/);
  });

  it('has a port of its own', () => {
    const taken = '4:20 advanced.admin.listen: port 8080 is the port of a listener: take another one';
    assert.deepEqual(errorsOf(withAdvanced('admin: { listen: "127.0.0.1:8080" }')), [taken]);
    assert.deepEqual(errorsOf(withAdvanced('admin: { listen: "127.0.0.1:8080" }\nbind: "10.0.0.1"')), []);
    assert.deepEqual(errorsOf(withAdvanced('admin: { listen: "127.0.0.1:0" }\nport: 0')), []);
  });

  it('is warned of where its token is short', () => {
    const [warning] = warningsOf(withAdvanced('admin: { token: abc }'));
    assert.match(warning ?? '', /^4:19 advanced\.admin\.token: is short/);
    assert.deepEqual(warningsOf(withAdvanced(`admin: { token: ${TOKEN} }`)), []);
  });
});

describe('the variables of the admin API', () => {
  const text = withAdvanced(`admin: { listen: "127.0.0.1:1", token: ${TOKEN} }`);

  it('go before the file', () => {
    const env = { TOYOU_ADMIN_LISTEN: ':2', TOYOU_ADMIN_TOKEN: 'fedcba9876543210' };
    assert.deepEqual(adminOf(text, env), { listen: ':2', token: 'fedcba9876543210' });
    const loaded = load(text, { env });
    assert.ok(loaded.ok);
    for (const [key, name] of [
      ['listen', 'TOYOU_ADMIN_LISTEN'],
      ['token', 'TOYOU_ADMIN_TOKEN'],
    ] as const) {
      assert.deepEqual(originOf(loaded.origins, ['advanced', 'admin', key]), { from: 'environment', name });
    }
  });

  it('turn it on', () => {
    assert.deepEqual(adminOf(SMALL, { TOYOU_ADMIN_LISTEN: '127.0.0.1:2' }), { listen: '127.0.0.1:2', token: '' });
  });

  it('are named where they are wrong', () => {
    const errors = (env: NodeJS.ProcessEnv) => errorsOf(text, { env });
    assert.match(errors({ TOYOU_ADMIN_LISTEN: '2' })[0] ?? '', /^0:0 TOYOU_ADMIN_LISTEN: expected an address/);
    assert.deepEqual(errorsOf(SMALL, { env: { TOYOU_ADMIN_LISTEN: ':2' } }), [
      `0:0 TOYOU_ADMIN_LISTEN: ${LOOPBACK_ONLY}`,
    ]);
    const [secret] = errors({ TOYOU_ADMIN_TOKEN: 'gehe im' });
    assert.equal(secret, '0:0 TOYOU_ADMIN_TOKEN: expected visible ASCII characters without blanks, or "file:/path"');
    assert.match(errors({ TOYOU_ADMIN_TOKEN: 'file:/none' })[0] ?? '', /^0:0 TOYOU_ADMIN_TOKEN: \/none: /);
  });
});

describe('a token in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  const main = join(folder, 'config.yaml');
  const loadWith = (token: string, env: NodeJS.ProcessEnv = {}) => {
    writeFileSync(main, withAdvanced(`admin: { listen: ":0", token: "${token}" }`));
    return loadConfig({ file: main, env, middlewareTypes: standInTypes });
  };

  it('is read relative to the file that names it, without the line feed at its end', () => {
    writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
    for (const named of ['file:token', `file:${folder}/token`, `file://${folder}/token`]) {
      const loaded = loadWith(named);
      assert.ok(loaded.ok, JSON.stringify(loaded));
      assert.equal(loaded.config.advanced.admin?.token, TOKEN);
      assert.deepEqual(loaded.files, [main, join(folder, 'token')]);
    }
  });

  it('is an error where it cannot be read, is empty or no token', () => {
    writeFileSync(join(folder, 'empty'), '\n');
    writeFileSync(join(folder, 'two'), 'one\ntwo\n');
    for (const [name, message] of [
      ['none', 'there is no such file'],
      ['empty', 'the file is empty'],
      ['two', 'expected one line of visible ASCII characters without blanks'],
    ]) {
      const loaded = loadWith(`file:${name}`);
      assert.ok(!loaded.ok);
      const [error, ...more] = loaded.errors;
      assert.deepEqual(more, []);
      assert.deepEqual(
        [error?.line, error?.path, error?.message],
        [4, 'advanced.admin.token', `${folder}/${name}: ${message}`],
      );
    }
  });

  it('may be named by the variable', () => {
    const loaded = loadWith('', { TOYOU_ADMIN_TOKEN: `file:${folder}/token` });
    assert.ok(loaded.ok);
    assert.equal(loaded.config.advanced.admin?.token, TOKEN);
  });
});
