// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the configuration's, not ours
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { configJsonSchema, elementOf, type JsonSchema, propertyOf } from '../../../src/config/json-schema.js';
import { configurationReference, middlewaresReference } from '../../../src/config/reference.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { judge } from './json-schema-judge.js';
import { errorsOf, SMALL, standInTypes, withAdvanced, withRoute } from './stand-ins.js';
import { TOYOU_SAMPLE } from './toyou-sample.js';

const schema = configJsonSchema(standInTypes);

describe('the JSON Schema', () => {
  const good = [
    SMALL,
    withAdvanced('port: "${PORT:-80}"\nexpose: "${X}"\nlog: { level: "${L}" }\nmax_connections: 5'),
    withAdvanced('security: { deny_hidden_files: [a] }\ntimeout: { read_timeout: 5m, write_timeout: 0.5 }'),
    withAdvanced('admin: { listen: "[::1]:9090", token: "file:/run/secrets/token" }'),
    'services: { a: { url: "unix:/a", health_check: { path: "${P}", interval: "${I}", expected_status: [200, "300-399"] } } }',
    'services: { a: { load_balancer: { retry: { attempts: 1 }, sticky: { secret: "file:/a" }, on_unhealthy: "${U}" } } }',
    withRoute('pattern: /x\nmethods: [GET]\nsse_retry: 1s-10s\nrewrite: { from: "~a", to: "/b" }'),
    `${SMALL}middlewares: [{ name: headers, config: { request: { set: { A: b } } } }]`,
    `${SMALL}middleware_services: [{ name: x, type: logging, config: { sample: 0.5 } }]`,
  ];
  for (const text of good) {
    it(`accepts ${text.slice(0, 400).replaceAll('\n', ' | ').slice(-60)}`, () => {
      assert.deepEqual(judge(schema, parse(text)), []);
    });
  }

  it('accepts a configuration of Toyou Proxy', () => {
    assert.deepEqual(judge(configJsonSchema(middlewareTypes), parse(TOYOU_SAMPLE)), []);
  });

  const bad: [string, string][] = [
    ['hostrules: []', '/'],
    [withAdvanced('port: 70000'), '/advanced/port'],
    [withAdvanced('port: x'), '/advanced/port'],
    [withAdvanced('log: { level: loud }'), '/advanced/log/level'],
    [withAdvanced('timeout: { read_timeout: true }'), '/advanced/timeout/read_timeout'],
    [withAdvanced('plugins: {}'), '/advanced'],
    [withAdvanced('admin: { listen: 9090 }'), '/advanced/admin/listen'],
    [withRoute('methods: [GET]'), '/route_rules/0'],
    [withRoute('pattern: /x\nencoded_slash: no'), '/route_rules/0/encoded_slash'],
    [withRoute('pattern: /x\nrewrite: { from: "~a" }'), '/route_rules/0/rewrite'],
    ['services: { a: { load_balancer: { strategy: ip_hsh } } }', '/services/a/load_balancer/strategy'],
    ['services: { a: { load_balancer: { backends: [{ weight: 1 }] } } }', '/services/a/load_balancer/backends/0'],
    ['services: { a: { url: "http://a", retry: { attempts: 0 } } }', '/services/a/retry/attempts'],
    [
      'services: { a: { load_balancer: { health_check: { type: udp } } } }',
      '/services/a/load_balancer/health_check/type',
    ],
    ['services: { a: { url: "http://a", sticky: { secret: "a b" } } }', '/services/a/sticky/secret'],
    [
      'services: { a: { url: "http://a", health_check: { expected_status: [] } } }',
      '/services/a/health_check/expected_status',
    ],
    ['middlewares: [{ name: auth }]', '/middlewares/0/name'],
    ['middlewares: [{ name: headers, config: { x: 1 } }]', '/middlewares/0/config'],
    [
      'middleware_services: [{ name: a, type: logging, config: { sample: 2 } }]',
      '/middleware_services/0/config/sample',
    ],
  ];
  for (const [text, place] of bad) {
    it(`refuses ${text.split('\n').slice(-3).join(' | ')}`, () => {
      assert.deepEqual(judge(schema, parse(text)), [place]);
      assert.notDeepEqual(errorsOf(text), []);
    });
  }

  it('describes every key', () => {
    const silent: string[] = [];
    const visit = (inner: JsonSchema, path: string) => {
      for (const [key, value] of Object.entries(inner.properties ?? {})) {
        if (value.description === undefined) silent.push(`${path}.${key}`);
        visit(value, `${path}.${key}`);
      }
      if (inner.properties === undefined) {
        const element = elementOf(inner);
        if (Object.keys(element).length > 0) visit(element, `${path}[]`);
      }
    };
    visit(schema, '');
    assert.deepEqual(silent, []);
  });

  it('is plain JSON', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
    assert.equal(propertyOf(propertyOf(schema, 'advanced'), 'port').default, 8080);
    assert.throws(() => propertyOf(schema, 'nothing'), /the schema has no nothing/);
  });
});

describe('the reference page', () => {
  const page = configurationReference(standInTypes);

  it('has a row for every key with type, default and meaning', () => {
    for (const row of [
      '| `port` | whole number, 0 to 65535 | `8080` | The port of rules that name none. Where it is written, it is listened on in any case. |',
      '| `read_timeout` | duration | `60` | The longest silence while a request body or a response is being read; not for tunnels. 0: no limit. |',
      '| `max_header_size` | size | `32KiB` | Of a request head; over it: 431. |',
      '| `encoded_slash` | `allow`, `reject` | `allow` | `reject`: a path with `%2F` or `%5C` is refused with 400. |',
      '| `ttl` | duration | `0` | How long a browser keeps the cookie. 0: until it is closed. |',
    ]) {
      assert.ok(page.includes(`\n${row}\n`), row);
    }
  });

  it('describes what stands in two places in one', () => {
    assert.ok(page.includes('\n### `services.<name>.health_check`\n'));
    assert.ok(!page.includes('\n### `services.<name>.load_balancer.health_check`\n'));
  });

  it('has a heading for every map, and none twice', () => {
    const headings = page.split('\n').filter((line) => /^#{1,4} /.test(line));
    assert.equal(
      new Set(headings.filter((line) => !line.startsWith('####'))).size,
      headings.filter((line) => !line.startsWith('####')).length,
    );
    for (const heading of [
      '# Configuration',
      '### `services.<name>.load_balancer.backends[]`',
      '### `route_rules[].rewrite`',
    ]) {
      assert.ok(headings.includes(heading), heading);
    }
  });
});

describe('the page of the middlewares', () => {
  const page = middlewaresReference(standInTypes);

  it('has a section for every type, with a table of its options and one for each map within', () => {
    const headings = page.split('\n').filter((line) => /^##+ `/.test(line));
    assert.deepEqual(headings, ['## `request_id`', '## `logging`', '## `headers`', '### `request`', '### `response`']);
    assert.ok(page.includes('\n| `header` | text | `X-Request-Id` | The field. |\n'));
    assert.ok(page.includes('\n| `log_level` | `debug`, `info` | `info` |  |\n'));
  });
});
