// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the configuration's, not ours
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configFileName } from '../../../src/config/environment.js';
import { type Origin, originOf } from '../../../src/config/origins.js';
import type { ConfigPath } from '../../../src/config/problem.js';
import { configOf, errorsOf, load, SMALL, withAdvanced } from './stand-ins.js';

const inDescription = (scalar: string, env: NodeJS.ProcessEnv = {}) =>
  configOf(`${SMALL}middlewares:\n  - name: logging\n    description: ${scalar}\n`, { env }).middlewares[0]
    ?.description;

describe('${NAME} in a value', () => {
  it('is replaced from the environment', () => {
    assert.equal(inDescription('a ${A_1} c', { A_1: 'b' }), 'a b c');
    assert.equal(inDescription('"${A}${B}"', { A: 'x', B: 'y' }), 'xy');
  });

  it('falls back to its default where the variable is not set or empty', () => {
    assert.equal(inDescription('"${A:-d e}"'), 'd e');
    assert.equal(inDescription('"${A:-d}"', { A: '' }), 'd');
    assert.equal(inDescription('"${A:-}"'), '');
    assert.equal(inDescription('"x${A}"', { A: '' }), 'x');
  });

  it('is a literal behind another dollar sign, and where the name is none', () => {
    assert.equal(inDescription('"$${A} ${b} $A ${}"', { A: 'x', b: 'y' }), '${A} ${b} $A ${}');
  });

  it('types a plain scalar again, and leaves a quoted one text', () => {
    assert.equal(configOf(withAdvanced('port: ${P}'), { env: { P: '9000' } }).advanced.port, 9000);
    assert.equal(configOf(withAdvanced('port: ${P:-9001}')).advanced.port, 9001);
    assert.equal(configOf(withAdvanced('expose: ${E}'), { env: { E: 'true' } }).advanced.expose, true);
    assert.equal(inDescription('"${N}"', { N: '7' }), '7');
    assert.deepEqual(errorsOf(withAdvanced('port: "${P}"'), { env: { P: '9000' } }), [
      '4:9 advanced.port: expected a number, got the text "9000"',
    ]);
  });

  it('never adds keys or anything else', () => {
    const env = { X: 'a: 1\nadvanced: { port: 1 }', Y: '[1, 2]', Z: '*a' };
    assert.equal(inDescription('${X}', env), env.X);
    assert.equal(inDescription('${Y}', env), env.Y);
    assert.equal(inDescription('${Z}', env), env.Z);
  });

  it('is not looked at again', () => {
    assert.equal(inDescription('"${A}"', { A: '${B}', B: 'x' }), '${B}');
  });

  it('is an error at its place where the variable is not set, and only that', () => {
    assert.deepEqual(errorsOf(withAdvanced('port: ${P}\nmax_connections: ${P}')), [
      '4:9 advanced.port: the environment variable P is not set and has no default',
      '5:20 advanced.max_connections: the environment variable P is not set and has no default',
    ]);
  });

  it('works in names and targets', () => {
    const config = configOf(
      'services: { a: { url: "http://${HOST}:1" } }\nhost_rules: [{ pattern: "${D:-*}", target: "${T}" }]',
      {
        env: { HOST: 'h', T: 'a' },
      },
    );
    assert.equal(config.services.a?.load_balancer.backends[0]?.url, 'http://h:1');
    assert.equal(config.host_rules[0]?.pattern, '*');
  });
});

describe('what stands in no file', () => {
  it('goes before the file: the command line, then the environment', () => {
    const text = withAdvanced('port: 1000\nlog: { level: warn, format: json }');
    const env = { TOYOU_PORT: '2000', TOYOU_LOG_LEVEL: 'error' };
    const settings = (options: Parameters<typeof configOf>[1]) => {
      const { port, log } = configOf(text, options).advanced;
      return [port, log.level, log.format];
    };
    assert.deepEqual(settings({}), [1000, 'warn', 'json']);
    assert.deepEqual(settings({ env }), [2000, 'error', 'json']);
    assert.deepEqual(settings({ env, overrides: { port: 3000, logLevel: 'debug' } }), [3000, 'debug', 'json']);
    assert.deepEqual(settings({ env: { TOYOU_PORT: '', TOYOU_LOG_LEVEL: '' } }), [1000, 'warn', 'json']);
    assert.equal(configOf(SMALL, { env }).advanced.port_written, true);
    assert.equal(configOf(SMALL, { env }).host_rules[0]?.port, 2000);
  });

  it('names the variable or the flag where it is wrong', () => {
    for (const port of ['abc', '65536', '-1', '80 80', '1e3', '8080.5']) {
      assert.deepEqual(errorsOf(SMALL, { env: { TOYOU_PORT: port } }), [
        `0:0 TOYOU_PORT: expected a port from 0 to 65535 (such as 8080), got "${port}"`,
      ]);
    }
    assert.deepEqual(errorsOf(SMALL, { env: { TOYOU_LOG_LEVEL: 'debgu' } }), [
      '0:0 TOYOU_LOG_LEVEL: expected one of trace, debug, info, warn, error, silent; got "debgu" -> debug',
    ]);
    assert.deepEqual(errorsOf(SMALL, { overrides: { port: 70_000, logLevel: 'x' } }), [
      '0:0 --port: expected a port from 0 to 65535 (such as 8080), got "70000"',
      '0:0 --log-level: expected one of trace, debug, info, warn, error, silent; got "x"',
    ]);
  });

  it('names TOYOU_DATA_PLANE where it is none that there is', () => {
    assert.deepEqual(errorsOf(SMALL, { env: { TOYOU_DATA_PLANE: 'bogus' } }), [
      '0:0 TOYOU_DATA_PLANE: expected streams, or nothing; got "bogus" -> streams',
    ]);
    for (const TOYOU_DATA_PLANE of ['streams', '']) assert.ok(load(SMALL, { env: { TOYOU_DATA_PLANE } }).ok);
  });

  it('is told as the origin of its value', () => {
    const result = load(withAdvanced('port: 1\nexpose: true'), { env: { TOYOU_PORT: '2' } });
    assert.ok(result.ok);
    assert.deepEqual(result.origins.get('advanced.port'), { file: 'environment TOYOU_PORT', line: 0, column: 0 });
    assert.deepEqual(result.origins.get('advanced.expose'), { file: 'config.yaml', line: 5, column: 3 });
    assert.deepEqual(result.origins.get('services.api'), { file: 'config.yaml', line: 1, column: 13 });
    assert.deepEqual(result.origins.get('host_rules[0]'), { file: 'config.yaml', line: 2, column: 14 });
    assert.equal(result.origins.get('advanced.x_real_ip'), undefined);
  });

  it('names the main file', () => {
    assert.equal(configFileName('a.yaml', { TOYOU_CONFIG: 'b.yaml' }), 'a.yaml');
    assert.equal(configFileName(undefined, { TOYOU_CONFIG: 'b.yaml' }), 'b.yaml');
    assert.equal(configFileName(undefined, { TOYOU_CONFIG: '' }), 'config.yaml');
    assert.equal(configFileName(undefined, {}), 'config.yaml');
  });
});

/** What decided the value at a path, in one line. */
function originIn(text: string, path: ConfigPath, options: Parameters<typeof load>[1] = {}): string {
  const loaded = load(text, options);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return show(originOf(loaded.origins, path));
}

function show(origin: Origin): string {
  if (origin.from === 'file')
    return `${origin.file}:${origin.line}:${origin.column} ${origin.variables.join(' ')}`.trim();
  return 'name' in origin ? `${origin.from} ${origin.name}` : origin.from;
}

const PORT = ['advanced', 'port'] as const;

it('a value is from its file, from a variable, from a flag, or a default', () => {
  const text = withAdvanced('port: 1');
  assert.equal(originIn(text, PORT), 'config.yaml:4:3');
  assert.equal(originIn(text, PORT, { env: { TOYOU_PORT: '2' } }), 'environment TOYOU_PORT');
  assert.equal(originIn(text, PORT, { env: { TOYOU_PORT: '2' }, overrides: { port: 3 } }), 'flag --port');
  assert.equal(originIn(SMALL, PORT), 'default');
  assert.equal(originIn(SMALL, ['advanced', 'log', 'level'], { overrides: { logLevel: 'warn' } }), 'flag --log-level');
});

it('a value knows the variables that were put into it, not those whose default stands there', () => {
  const text = withAdvanced(`port: \${PORT:-80}\nbind: "\${A}.\${B}.0.\${C:-1}"`);
  const env = { A: '127', B: '0' };
  assert.equal(originIn(text, PORT, { env }), 'config.yaml:4:3');
  assert.equal(originIn(text, PORT, { env: { ...env, PORT: '81' } }), 'config.yaml:4:3 PORT');
  assert.equal(originIn(text, PORT, { env: { ...env, PORT: '' } }), 'config.yaml:4:3');
  assert.equal(originIn(text, ['advanced', 'bind'], { env }), 'config.yaml:5:3 A B');
  assert.equal(originIn(text, ['advanced', 'bind'], { env: { ...env, C: '2' } }), 'config.yaml:5:3 A B C');
});

it('a variable that stands behind an alias is known where the alias stands', () => {
  const text = `services: { a: { url: &url "http://\${HOST}" }, b: { url: *url } }
host_rules: [{ pattern: "*", target: a }]`;
  for (const name of ['a', 'b']) {
    assert.match(originIn(text, ['services', name, 'url'], { env: { HOST: 'h' } }), / HOST$/);
  }
});
