// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the configuration's, not ours
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configOf, errorsOf, SMALL, withAdvanced } from './stand-ins.js';

describe('a text that is no configuration', () => {
  it('is empty', () => {
    for (const text of ['', '\n\n', '# nothing\n', 'null', '---\n']) {
      assert.deepEqual(errorsOf(text), ['0:0 : the file is empty'], JSON.stringify(text));
    }
  });

  it('has another shape at the top', () => {
    const expected = 'expected a map with keys such as `services` and `host_rules`, got';
    assert.deepEqual(errorsOf('- a\n'), [`1:1 : ${expected} a list`]);
    assert.deepEqual(errorsOf('hello'), [`1:1 : ${expected} the text "hello"`]);
    assert.deepEqual(errorsOf('  42'), [`1:3 : ${expected} 42`]);
  });

  it('has sections of another shape', () => {
    assert.deepEqual(errorsOf('services: []\nhost_rules: {}\nmiddlewares: x\nadvanced: 5\nconfig_dir: 7\n'), [
      '1:11 services: expected a map, got a list',
      '2:13 host_rules: expected a list, got a map',
      '3:14 middlewares: expected a list, got the text "x"',
      '4:11 advanced: expected a map, got 5',
      '5:13 config_dir: expected text, got 7',
    ]);
  });

  it('says nothing to serve', () => {
    assert.deepEqual(errorsOf('services: { a: { url: "http://a" } }'), [
      '0:0 : no rules: write `host_rules` or `route_rules`',
    ]);
  });

  it('has unknown keys at the top', () => {
    assert.deepEqual(errorsOf(`${SMALL}hostrules: []\nsomething: 1\n`), [
      '3:1 hostrules: unknown key -> host_rules',
      '4:1 something: unknown key',
    ]);
  });
});

describe('YAML', () => {
  it('with broken syntax is an error at its place, and nothing else is guessed', () => {
    const errors = errorsOf('services:\n  a: [1\n  b: 2\nhost_rules: [{ target: nowhere }]\n');
    assert.ok(errors.length >= 1);
    for (const error of errors) assert.match(error, /^\d+:\d+ : /);
    assert.match(errors[0] ?? '', /^3:\d+ : .*(\]|indented)/);
  });

  it('with text behind a list in brackets has every error in its own line', () => {
    for (const [text, places] of [
      ['[a] b\nc: - d\n', ['1:1', '2:4']],
      ['[a]:b\n  c: d\ne: - f\n', ['1:1', '3:4']],
    ] as const) {
      assert.deepEqual(
        errorsOf(text).map((error) => error.split(' ', 1)[0]),
        places,
      );
    }
  });

  it('refuses a key that stands twice, and still looks at the first', () => {
    assert.deepEqual(errorsOf(`${SMALL}advanced: { prot: 1 }\n"advanced": {}\n`), [
      '3:13 advanced.prot: unknown key -> port',
      '4:1 : the key "advanced" stands twice',
    ]);
  });

  it('says what is missing where the first key was refused', () => {
    for (const rule of ['- constructor: 1', '- { constructor: 1 }']) {
      const [first, second, ...more] = errorsOf(`services: { api: { url: "http://a" } }\nhost_rules:\n  ${rule}\n`);
      assert.match(
        first ?? '',
        /^3:\d+ host_rules\[0\](\.constructor: "constructor" cannot be a key|\.pattern: is required)$/,
      );
      assert.match(
        second ?? '',
        /^3:\d+ host_rules\[0\](\.constructor: "constructor" cannot be a key|\.pattern: is required)$/,
      );
      assert.notEqual(first, second);
      assert.deepEqual(more, []);
    }
  });

  it('refuses the keys of the language itself, wherever they stand', () => {
    const text = `${SMALL}__proto__: { a: 1 }
advanced: { constructor: 1, timeout: { prototype: 2 } }
middlewares: [{ name: headers, config: { request: { set: { __proto__: x } } } }]
`;
    assert.deepEqual(errorsOf(text), [
      '3:1 __proto__: "__proto__" cannot be a key',
      '4:13 advanced.constructor: "constructor" cannot be a key',
      '4:40 advanced.timeout.prototype: "prototype" cannot be a key',
      '5:60 middlewares[0].config.request.set.__proto__: "__proto__" cannot be a key',
    ]);
    assert.equal(({} as Record<string, unknown>).a, undefined);
  });

  it('refuses names of the language itself as services, too', () => {
    assert.deepEqual(
      errorsOf('services: { constructor: { url: "http://a" } }\nhost_rules: [{ pattern: "*", target: toString }]'),
      [
        '1:13 services.constructor: "constructor" cannot be a key',
        '2:38 host_rules[0].target: there is no service "toString"',
      ],
    );
  });

  it('refuses tags it does not know, and several documents', () => {
    assert.match(errorsOf(withAdvanced('port: !secret 80')).join('\n'), /^4:9 : Unresolved tag: !secret$/);
    assert.match(errorsOf(`${SMALL}---\n${SMALL}`).join('\n'), /multiple documents/);
  });

  it('follows aliases, and keeps their places', () => {
    const text = `services: { a: { url: "http://a" } }
route_rules:
  - { pattern: /a, target: a, timeout: &slow { read_timeout: 5m } }
  - { pattern: /b, target: a, timeout: *slow }
`;
    assert.equal(configOf(text).route_rules[1]?.timeout.read_timeout, 300_000);
    assert.deepEqual(errorsOf(text.replace('5m', '5x')), [
      '3:62 route_rules[0].timeout.read_timeout: expected a duration: a number of seconds, or text such as "500ms", "10s", "5m", "1h", "1d"',
      '3:62 route_rules[1].timeout.read_timeout: expected a duration: a number of seconds, or text such as "500ms", "10s", "5m", "1h", "1d"',
    ]);
  });

  it('merges maps with "<<", and keeps their places', () => {
    const text = `services:
  a: &a { url: "http://a", proxy_host: x }
  b: { <<: *a, url: "http://b" }
host_rules: [{ pattern: "*", target: b }]
`;
    const { b } = configOf(text).services;
    assert.deepEqual([b?.proxy_host, b?.load_balancer.backends[0]?.url], ['x', 'http://b']);
    const [, second] = errorsOf(text.replace('proxy_host: x', 'proxy_host: 5'));
    assert.equal(second, '2:40 services.b.proxy_host: expected text, got 5');
  });

  it('says how a variable is written within braces', () => {
    const text = `${SMALL}advanced: { port: \${PORT:-80}, expose: true }`;
    assert.deepEqual(errorsOf(text), [
      '3:20 : Unexpected flow-map-start at node end; within { } and [ ] a value with "${" is to be quoted',
    ]);
  });

  it('nested without end is an error, not a crash', () => {
    assert.equal(errorsOf('['.repeat(50_000)).length, 1);
  });

  it('refuses aliases that lead nowhere, round, or to a bomb', () => {
    assert.match(errorsOf(withAdvanced('timeout: *nowhere')).join('\n'), /alias/);
    assert.deepEqual(errorsOf(withAdvanced('timeout: &t { read_timeout: *t }')), [
      '4:31 advanced.timeout.read_timeout: the alias *t stands within what it names',
    ]);
    const bomb = Array.from(
      { length: 12 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(10).fill(n === 0 ? 'x' : `*l${n}`)}]`,
    );
    assert.match(errorsOf(bomb.join('\n')).join('\n'), /alias/);
  });
});
