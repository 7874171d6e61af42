// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the configuration's, not ours
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { formatProblems } from '../../../src/config/format-problems.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { maskedLine, maskedLineAt } from '../../../src/config/masked-line.js';
import { errorsOf, load, standInTypes, withAdvanced } from './stand-ins.js';

const SECRET = '0123456789abcdef';
const HOST_RULES = 'host_rules: [{ pattern: "*", target: api }]';
const beside = (sticky: string) => `services:\n  api: { url: "http://a:1", sticky: { ${sticky} } }\n${HOST_RULES}\n`;
const within = (sticky: string) =>
  `services:\n  api: { url: "http://a:1", load_balancer: { sticky: { ${sticky} } } }\n${HOST_RULES}\n`;

describe('the secret of a sticky service in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  after(() => rmSync(folder, { recursive: true }));
  const main = join(folder, 'config.yaml');
  const loadText = (text: string) => {
    writeFileSync(main, text);
    return loadConfig({ file: main, env: {}, middlewareTypes: standInTypes });
  };
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`);

  for (const [place, text] of [
    ['in the service', beside('secret: "file:secret"')],
    ['in its load_balancer', within(`secret: "file:${folder}/secret"`)],
  ] as const) {
    it(`is read where it stands ${place}`, () => {
      const loaded = loadText(text);
      assert.ok(loaded.ok, JSON.stringify(loaded));
      assert.equal(loaded.config.services.api?.load_balancer.sticky?.secret, SECRET);
      assert.deepEqual(loaded.files, [main, join(folder, 'secret')]);
      assert.deepEqual(loaded.warnings, []);
    });
  }

  it('is read for every service, relative to the file that names it', () => {
    mkdirSync(join(folder, 'conf.d'));
    writeFileSync(join(folder, 'conf.d', 'own'), `own-${SECRET}`);
    writeFileSync(
      join(folder, 'conf.d', 'more.yaml'),
      'services: { "a.b": { url: "http://b", sticky: { secret: "file:own" } } }',
    );
    const loaded = loadText(`config_dir: conf.d\n${beside('secret: "file:secret"')}`);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    assert.deepEqual(
      Object.values(loaded.config.services).map(({ load_balancer }) => load_balancer.sticky?.secret),
      [SECRET, `own-${SECRET}`],
    );
  });

  it('is an error where it cannot be read, at its place', () => {
    const loaded = loadText(within('secret: "file:none"'));
    assert.ok(!loaded.ok);
    assert.deepEqual(
      loaded.errors.map(({ line, path, message }) => [line, path, message]),
      [[2, 'services.api.load_balancer.sticky.secret', `${folder}/none: there is no such file`]],
    );
  });
});

describe('a secret is in no error', () => {
  const WRONG = 'hunter two';
  const texts = [
    beside(`secret: "${WRONG}"`),
    within(`secret: '${WRONG}', ttl: x`),
    beside(`cookie: "a b", secret: "${WRONG}", tll: 1`),
    `services:\n  api:\n    url: "http://a:1"\n    sticky:\n      secret: ${WRONG}\n${HOST_RULES}`,
    JSON.stringify({ services: { api: { url: 'x', sticky: { secret: WRONG } } } }),
    withAdvanced(`admin: { token: "${WRONG}" }`),
    withAdvanced(`admin: { token: "${WRONG}", lisen: 5 }`),
    `services:\n  api:\n    url: "http://a:1"\n    sticky:\n      secret:\n        ${WRONG}\n${HOST_RULES}`,
    `services:\n  api:\n    url: "http://a:1"\n    sticky:\n      secret: # why\n\n        "${WRONG}"\n${HOST_RULES}`,
  ];
  for (const text of texts) {
    it(`of ${text.replaceAll('\n', ' | ').slice(0, 100)}`, () => {
      const loaded = load(text);
      assert.ok(!loaded.ok);
      const shown = formatProblems(loaded.errors, { color: false });
      assert.ok(!shown.includes('hunter') && !shown.includes('two'), shown);
      assert.match(shown, /\*{10}/);
    });
  }

  it('nor is one that is no text, or short', () => {
    assert.deepEqual(errorsOf(beside('secret: 271828')), [
      '2:47 services.api.sticky.secret: expected text, got a number',
    ]);
    assert.deepEqual(errorsOf(beside('secret: true')), [
      '2:47 services.api.sticky.secret: expected text, got a boolean',
    ]);
    const warned = load(beside('secret: hunter2'));
    assert.ok(warned.ok);
    assert.doesNotMatch(formatProblems(warned.warnings, { color: false }), /hunter2/);
  });
});

describe('a line is shown with asterisks', () => {
  const cases: [string, string][] = [
    ['secret: abc def # why', 'secret: *************'],
    ['{ cookie: "a b", secret: abc, ttl: 1 }', '{ cookie: "a b", secret: ***, ttl: 1 }'],
    ['{ secret: abc }', '{ secret: *** }'],
    ['{"secret":"a\\"b","x":1}', '{"secret":******,"x":1}'],
    ["secret: 'it''s' # why", 'secret: ******* # why'],
    ['secret: "not closed', 'secret: ***********'],
    ['{ token: a, jwt_secret: b, Password: c }', '{ token: *, jwt_secret: *, Password: * }'],
    ['secret: secret: x', 'secret: *********'],
    ['secret: ${SECRET:-abc}', 'secret: **************'],
  ];
  for (const [line, masked] of cases) it(line, () => assert.equal(maskedLine(line), masked));

  for (const line of [
    'secret:',
    'secret: "${SECRET}"',
    'secret: ${SECRET:-}',
    'secret: "file:/run/secrets/a b"',
    'secrets: a',
    'redact: [token, x]',
    'url: "http://a:1/token"',
    '',
  ]) {
    it(`and as it is: ${line}`, () => assert.equal(maskedLine(line), line));
  }

  it('where its key stands on a line above, and only there', () => {
    const masked = (text: string) => maskedLineAt(text, text.lastIndexOf('\n') + 1);
    for (const above of [
      'key:',
      'key: # why',
      'key: |',
      'key: "begun',
      '- jwt_secret:\r',
      'key: &anchor',
      'key:\n\n# a',
    ]) {
      assert.equal(masked(`${above}\n    hunter two`), '    **********', above);
    }
    assert.equal(masked('{ x: 1, password:\n  hunter2 }'), '  *********');
    for (const text of [
      'key:\n  name: x',
      '- key: abc\n  name: x',
      'key: abc\nname: x',
      'keys:\n  - x',
      'a:\n  key: b\n  name: x',
      'name: x',
    ]) {
      assert.equal(masked(text), text.slice(text.lastIndexOf('\n') + 1), text);
    }
  });

  it('in time that grows with its length', () => {
    const long = 'secret: '.repeat(1000) + 'token'.repeat(50_000);
    const before = process.cpuUsage().user;
    assert.equal(maskedLine(long).length, long.length);
    assert.ok(process.cpuUsage(undefined).user - before < 1_000_000);
  });
});
