import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configOf, SMALL, warningsOf, withAdvanced } from './stand-ins.js';

const API = 'services: { api: { url: "http://a:1" } }\n';

describe('a rule that is never reached is a warning', () => {
  const routes = (...rules: string[]) =>
    warningsOf(`${API}route_rules:\n${rules.map((rule) => `  - { target: api, ${rule} }\n`).join('')}`);

  it('a regex beside "/*", wherever that stands', () => {
    assert.deepEqual(routes('pattern: "~^/v1"', 'pattern: "/*"', 'pattern: /x'), [
      '3:29 route_rules[0].pattern: this rule is never reached: the one at config.yaml:4 always comes before it',
    ]);
    assert.deepEqual(routes('pattern: "~^/v1"', 'pattern: "/*", methods: [GET]'), []);
  });

  it('a path whose methods an earlier rule of the same path takes', () => {
    assert.deepEqual(routes('pattern: /a', 'pattern: /a, methods: [GET]'), [
      '4:29 route_rules[1].pattern: this rule is never reached: the one at config.yaml:3 always comes before it',
    ]);
    assert.equal(routes('pattern: /a, methods: [GET, PUT]', 'pattern: /a, methods: [PUT]').length, 1);
    assert.deepEqual(routes('pattern: /a, methods: [GET]', 'pattern: /a'), []);
  });

  it('a pattern with the same literal prefix as an earlier one for everything below', () => {
    assert.equal(routes('pattern: "/api/*"', 'pattern: "/api/*/members"').length, 1);
    assert.deepEqual(routes('pattern: "/api/*/members"', 'pattern: "/api/*"'), []);
    assert.deepEqual(routes('pattern: "/*"', 'pattern: "/api/*"', 'pattern: /api'), []);
  });

  it('a regex behind one that takes everything', () => {
    assert.equal(routes('pattern: "~.*"', 'pattern: "~^/v1"').length, 1);
    assert.equal(routes('pattern: "~^/"', 'pattern: "~^/v1"').length, 1);
    assert.deepEqual(routes('pattern: "~^/v1"', 'pattern: "~.*"'), []);
  });

  it('hosts behind a regex for every host', () => {
    assert.deepEqual(
      warningsOf(`${API}host_rules:
  - { pattern: "*", target: api }
  - { pattern: "~.*", target: api }
  - { pattern: "~^a", target: api }
  - { pattern: "~^a", target: api, port: 81 }
  - { pattern: b, target: api }`),
      [
        '3:16 host_rules[0].pattern: this rule is never reached: the one at config.yaml:4 always comes before it',
        '5:16 host_rules[2].pattern: this rule is never reached: the one at config.yaml:4 always comes before it',
      ],
    );
  });

  it('top-level rules where every listener has a rule for all hosts', () => {
    assert.deepEqual(warningsOf(`${SMALL}route_rules: [{ pattern: /, target: api }]`), [
      '3:14 route_rules: this rule is never reached: the one at config.yaml:2 always comes before it',
    ]);
    assert.deepEqual(
      warningsOf(
        `${API}host_rules: [{ pattern: "*", target: api, port: 81 }]\nroute_rules: [{ pattern: /, target: api }]`,
      ),
      [],
    );
  });

  it('a host rule that leads nowhere', () => {
    assert.deepEqual(warningsOf(`${API}host_rules: [{ pattern: "*" }]`), [
      '2:14 host_rules[0]: this rule has neither a target nor route_rules: its requests get 404',
    ]);
  });
});

describe('a value that is hardly meant is a warning', () => {
  it('a weight under plain round_robin; 0 has effect', () => {
    assert.deepEqual(
      warningsOf(`services:
  api: { load_balancer: { backends: [{ url: "http://a", weight: 3 }, { url: "http://b", weight: 0 }, { url: "http://c" }] } }
host_rules: [{ pattern: "*", target: api }]`),
      ['2:65 services.api.load_balancer.backends[0].weight: weight 3 has no effect under round_robin'],
    );
  });

  it('no backend that takes work', () => {
    assert.deepEqual(
      warningsOf(`services:
  api: { load_balancer: { backends: [{ url: "http://a", active: false }, { url: "http://b", weight: 0 }] } }
host_rules: [{ pattern: "*", target: api }]`),
      ['2:3 services.api: no backend of this service takes work: each is inactive or has weight 0'],
    );
  });

  it('a backend that stands twice', () => {
    assert.deepEqual(
      warningsOf(`services:
  api: { url: "ws://a:80/", load_balancer: { backends: [{ url: "http://a" }, { url: "http://b" }] } }
host_rules: [{ pattern: "*", target: api }]`),
      ['2:3 services.api: a stands more than once among its backends'],
    );
  });

  it('keys that only mean something in Go', () => {
    assert.deepEqual(warningsOf(withAdvanced('concurrency: { max_goroutines: 10000, goroutine_stack_size: 8192 }')), [
      '4:18 advanced.concurrency.max_goroutines: means nothing on Node and is ignored',
      '4:41 advanced.concurrency.goroutine_stack_size: means nothing on Node and is ignored',
    ]);
  });

  it('limits that look too low', () => {
    const low: [string, string][] = [
      [
        'timeout: { read_timeout: 60ms }',
        '4:28 advanced.timeout.read_timeout: 60ms looks too low: under 1s ordinary clients suffer',
      ],
      [
        'security: { max_header_size: 1KiB }',
        '4:32 advanced.security.max_header_size: 1KiB looks too low: under 4KiB ordinary clients suffer',
      ],
      [
        'security: { max_headers: 5 }',
        '4:28 advanced.security.max_headers: 5 looks too low: under 20 ordinary clients suffer',
      ],
      [
        'security: { max_body_size: 10 }',
        '4:30 advanced.security.max_body_size: 10 bytes looks too low: under 1KiB ordinary clients suffer',
      ],
      ['max_connections: 5', '4:20 advanced.max_connections: 5 looks too low: under 10 ordinary clients suffer'],
    ];
    for (const [line, expected] of low) assert.deepEqual(warningsOf(withAdvanced(line)), [expected]);
    assert.deepEqual(warningsOf(withAdvanced('timeout: { read_timeout: 0 }\nsecurity: { max_body_size: 0 }')), []);
  });

  it('PROXY headers that nobody is trusted to send', () => {
    assert.deepEqual(warningsOf(withAdvanced('proxy_protocol: true')), [
      '4:19 advanced.proxy_protocol: has no effect: no peer is in `security.trusted_proxies`',
    ]);
    assert.deepEqual(warningsOf(withAdvanced('proxy_protocol: true\nsecurity: { trusted_proxies: ["::1"] }')), []);
    assert.deepEqual(warningsOf(withAdvanced('proxy_protocol: false')), []);
  });

  it('a port without rules', () => {
    assert.deepEqual(warningsOf('advanced: { port: 80 }'), ['0:0 : no rules: every request gets 404']);
  });

  it('and nothing else', () => {
    assert.deepEqual(warningsOf(SMALL), []);
    assert.equal(configOf(SMALL).host_rules.length, 1);
  });
});
