import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Origin, originOf } from '../../../src/config/origins.js';
import type { ConfigPath } from '../../../src/config/problem.js';
import { unitAt } from '../../../src/config/value-unit.js';
import { load, SMALL, withAdvanced } from './stand-ins.js';

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

it('durations count milliseconds, sizes bytes, and the rest nothing but itself', () => {
  for (const [path, unit] of [
    [['advanced', 'timeout', 'header_timeout'], 'ms'],
    [['advanced', 'connection_pool', 'idle_timeout'], 'ms'],
    [['advanced', 'security', 'max_header_size'], 'bytes'],
    [['advanced', 'buffer_size', 'read_buffer'], 'bytes'],
    [['host_rules', 0, 'route_rules', 0, 'timeout', 'read_timeout'], 'ms'],
    [['advanced', 'security', 'max_headers'], null],
    [['advanced', 'bind'], null],
    [['advanced', 'no_such_key'], null],
  ] as const) {
    assert.equal(unitAt(path), unit, path.join('.'));
  }
});
