import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsOf, SMALL, withAdvanced, withRoute } from './stand-ins.js';

describe('a wrong value', () => {
  const cases: [string, string, string][] = [
    ['port', 'port: 65536', '4:9 advanced.port: must be at most 65535'],
    ['port', 'port: -1', '4:9 advanced.port: must be at least 0'],
    ['port', 'port: 80.5', '4:9 advanced.port: expected a whole number, got 80.5'],
    ['port', 'port: "80"', '4:9 advanced.port: expected a number, got the text "80"'],
    ['bind', 'bind: localhost', '4:9 advanced.bind: expected an address such as "::" or "127.0.0.1"'],
    ['timeout', 'timeout: 5', '4:12 advanced.timeout: expected a map, got 5'],
    ['timeout', 'timeout: []', '4:12 advanced.timeout: expected a map, got a list'],
    ['header_timeout', 'timeout: { header_timeout: 0 }', '4:30 advanced.timeout.header_timeout: must be at least 1ms'],
    [
      'log.level',
      'log: { level: wran }',
      '4:17 advanced.log.level: expected one of trace, debug, info, warn, error, silent; got the text "wran" -> warn',
    ],
    [
      'deny_hidden_files',
      'security: { deny_hidden_files: 1 }',
      '4:34 advanced.security.deny_hidden_files: expected true, false, or a list of names without "/", got 1',
    ],
    [
      'trusted_proxies',
      'security: { trusted_proxies: [10.0.0.0/33] }',
      '4:33 advanced.security.trusted_proxies[0]: expected an address or a network such as "10.0.0.0/8"',
    ],
    [
      'trusted_proxies',
      'security: { trusted_proxies: [localhost] }',
      '4:33 advanced.security.trusted_proxies[0]: expected an address or a network such as "10.0.0.0/8"',
    ],
    [
      'trusted_proxies',
      'security: { trusted_proxies: ["1"] }',
      '4:33 advanced.security.trusted_proxies[0]: expected an address or a network such as "10.0.0.0/8"',
    ],
    ['max_headers', 'security: { max_headers: 0 }', '4:28 advanced.security.max_headers: must be at least 1'],
    [
      'max_header_size',
      'security: { max_header_size: 1MiB }',
      '4:32 advanced.security.max_header_size: must be at most 256KiB',
    ],
    ['max_connections', 'max_connections: 0', '4:20 advanced.max_connections: must be at least 1'],
    ['a key', 'readTimeout: 5', '4:3 advanced.readTimeout: unknown key'],
    ['a key', 'timeouts: {}', '4:3 advanced.timeouts: unknown key -> timeout'],
    ['a key', 'timeout: { readTimeout: 5 }', '4:14 advanced.timeout.readTimeout: unknown key -> read_timeout'],
  ];
  for (const [name, line, expected] of cases) {
    it(`of advanced: ${name}: ${line}`, () => assert.deepEqual(errorsOf(withAdvanced(line)), [expected]));
  }

  const routes: [string, string][] = [
    ['pattern: "*"', '4:14 route_rules[0].pattern: a path pattern begins with "/" or "~" -> /*'],
    ['pattern: ws/*', '4:14 route_rules[0].pattern: a path pattern begins with "/" or "~" -> /ws/*'],
    ['pattern: /a?b=c', '4:14 route_rules[0].pattern: a path pattern has no blank, query or fragment'],
    ['pattern: "~(a"', '4:14 route_rules[0].pattern: bad regular expression: missing closing ): `(a`'],
    [
      'pattern: "~(?=a)"',
      '4:14 route_rules[0].pattern: bad regular expression: invalid or unsupported Perl syntax: `(?=`',
    ],
    ['pattern: /x\nmethods: []', '5:14 route_rules[0].methods: must not be empty'],
    ['pattern: /x\nmethods: ["A B"]', '5:15 route_rules[0].methods[0]: expected a method such as "GET"'],
    [
      'pattern: /x\nstrip_prefix: x',
      '5:19 route_rules[0].strip_prefix: expected a path prefix such as "/ws", got the text "x"',
    ],
    [
      'pattern: /x\nrewrite: { from: "/a", to: "/b" }',
      '5:22 route_rules[0].rewrite.from: expected "~" and a regular expression -> ~^/a',
    ],
    [
      'pattern: /x\nrewrite: { from: "~^/(a)", to: "/$1/$2" }',
      '5:36 route_rules[0].rewrite.to: $2 names no group of `from`, which has 1',
    ],
    ['pattern: /x\nrewrite: { from: "~^/a" }', '5:5 route_rules[0].rewrite.to: is required'],
    [
      'pattern: /x\nencoded_slash: rejct',
      '5:20 route_rules[0].encoded_slash: expected one of allow, reject; got the text "rejct" -> reject',
    ],
    ['pattern: /x\nhalf_close: true', '5:17 route_rules[0].half_close: expected one of close, allow; got true'],
    ['pattern: /x\nsse_retry: 10s-1s', '5:16 route_rules[0].sse_retry: the range ends before it begins'],
    [
      'pattern: /x\ntimeout: { header_timeout: 1 }',
      '5:16 route_rules[0].timeout.header_timeout: unknown key -> read_timeout',
    ],
  ];
  for (const [lines, expected] of routes) {
    it(`of a route: ${lines.replace('\n', ', ')}`, () => assert.deepEqual(errorsOf(withRoute(lines)), [expected]));
  }

  it('of a rewrite may stand behind a dollar sign that is meant as one', () => {
    assert.deepEqual(errorsOf(withRoute('pattern: /x\nrewrite: { from: "~^/a", to: "/$$1" }')), []);
  });

  const hosts: [string, string][] = [
    ['ws.example.com:80', 'a host pattern has no port: write `port: 80` beside it -> ws.example.com'],
    ['api*.example.com', '"*" stands alone or first, as in "*.example.com"; anything else is a "~" pattern'],
    ['http://a.example/', 'expected a host, not a url -> a.example'],
    [
      'b\u00fccher.example',
      'expected a host such as "ws.example.com", "*.example.com", "*", or "~" and a regex -> xn--bcher-kva.example',
    ],
    ['a b', 'expected a host such as "ws.example.com", "*.example.com", "*", or "~" and a regex'],
    ['', 'expected a host such as "ws.example.com", "*.example.com", "*", or "~" and a regex'],
    ['~[', 'bad regular expression: missing closing ]: `[`'],
  ];
  for (const [pattern, expected] of hosts) {
    it(`of a host pattern: ${pattern}`, () => {
      const text = `services: { api: { url: "http://a:1" } }\nhost_rules: [{ pattern: "${pattern}", target: api }]`;
      assert.deepEqual(errorsOf(text), [`2:25 host_rules[0].pattern: ${expected}`]);
    });
  }

  it('of a service: neither url nor backends, no backends, nothing', () => {
    const text = (service: string) => `services:\n  api: ${service}\nhost_rules: [{ pattern: "*", target: api }]`;
    assert.deepEqual(errorsOf(text('{}')), ['2:3 services.api: a service needs `url` or `load_balancer.backends`']);
    assert.deepEqual(errorsOf(text('{ load_balancer: { backends: [] } }')), [
      '2:37 services.api.load_balancer.backends: must not be empty',
    ]);
    assert.deepEqual(errorsOf(text('')), ['2:3 services.api: expected a map, got nothing']);
    assert.deepEqual(
      errorsOf(text('{ url: "http://a", load_balancer: { backends: [{ url: "http://b", weight: -1 }] } }')),
      ['2:82 services.api.load_balancer.backends[0].weight: must be at least 0'],
    );
    assert.deepEqual(errorsOf(text('{ url: "http://a", proxy_host: "a b" }')), [
      '2:39 services.api.proxy_host: expected a host, host:port, or the word "backend", got the text "a b"',
    ]);
  });

  it("of a middleware's options, at its place within config", () => {
    const text = (entry: string) => `${SMALL}middlewares:\n  - { name: logging, ${entry} }`;
    assert.deepEqual(errorsOf(text('config: { sample: 2 }')), ['4:40 middlewares[0].config.sample: must be at most 1']);
    assert.deepEqual(errorsOf(text('config: { smaple: 1 }')), [
      '4:32 middlewares[0].config.smaple: unknown key -> sample',
    ]);
    assert.deepEqual(errorsOf(text('config: { sample: 2 }, enabled: false')), [
      '4:40 middlewares[0].config.sample: must be at most 1',
    ]);
    assert.deepEqual(errorsOf(text('config: 5')), ['4:30 middlewares[0].config: expected a map, got 5']);
  });
});
