import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRATEGIES } from '../../../src/config/schema-load-balancer.js';
import { configOf, SMALL, withAdvanced, withRoute } from './stand-ins.js';

describe('services', () => {
  const backends = (text: string) => configOf(`${text}\nhost_rules: [{ pattern: "*", target: s }]`).services.s;

  it('take a url apart; ws means http', () => {
    const first = (url: string) => {
      const backend = backends(`services: { s: { url: "${url}" } }`)?.load_balancer.backends[0];
      return [backend?.host, backend?.port, backend?.tls, backend?.authority];
    };
    assert.deepEqual(first('ws://localhost:8081'), ['localhost', 8081, false, 'localhost:8081']);
    assert.deepEqual(first('http://app_1.internal'), ['app_1.internal', 80, false, 'app_1.internal']);
    assert.deepEqual(first('http://h:80/'), ['h', 80, false, 'h']);
    assert.deepEqual(first('ws://[::1]:9000'), ['::1', 9000, false, '[::1]:9000']);
    assert.deepEqual(first('HTTP://Example.COM:8080'), ['example.com', 8080, false, 'example.com:8080']);
  });

  it('have backends with weight and active, and the url as one more of weight 1', () => {
    const service = backends(`services:
  s:
    url: "http://c:3"
    proxy_host: backend
    load_balancer:
      strategy: round_robin
      backends:
        - { url: "http://a:1", weight: 3, active: false }
        - { url: "ws://b:2", weight: 0 }`);
    assert.equal(service?.proxy_host, 'backend');
    assert.deepEqual(
      service?.load_balancer.backends.map(({ url, weight, active }) => [url, weight, active]),
      [
        ['http://a:1', 3, false],
        ['ws://b:2', 0, true],
        ['http://c:3', 1, true],
      ],
    );
  });

  it('take every strategy', () => {
    for (const strategy of STRATEGIES) {
      const text = `services: { api: { load_balancer: { strategy: ${strategy}, backends: [{ url: "http://a:1" }] } } }
host_rules: [{ pattern: "*", target: api }]`;
      assert.equal(configOf(text).services.api?.load_balancer.strategy, strategy);
    }
  });
});

describe('rules', () => {
  it('take every kind of host pattern', () => {
    for (const pattern of [
      'ws.example.com',
      '*.example.com',
      '*',
      '~^api\\d+\\.example\\.com$',
      'WS.Example.com.',
      '[::1]',
      '10.0.0.1',
      'a_b',
    ]) {
      const config = configOf(
        `services: { api: { url: "http://a:1" } }\nhost_rules: [{ pattern: '${pattern}', target: api }]`,
      );
      assert.equal(config.host_rules[0]?.pattern, pattern);
    }
  });

  it('take every kind of path pattern', () => {
    for (const pattern of ['/ws/*', '/ws', '/a/*/b', '~^/v\\d+/', '/', '/*', '/caf\u00e9', '/a%2Fb']) {
      assert.equal(configOf(withRoute(`pattern: '${pattern}'`)).route_rules[0]?.pattern, pattern);
    }
  });

  it('take every key of a route', () => {
    const config = configOf(
      withRoute(`pattern: "/ws/*"
middlewares: [headers, logging]
methods: [GET, POST]
strip_prefix: "/ws"
rewrite: { from: "~^/ws/(.*)$", to: "/socket/$1" }
timeout: { read_timeout: 5s, write_timeout: 6, dial_timeout: 100ms, sse_idle_timeout: 1d }
encoded_slash: reject
half_close: allow
sse_retry: 1s-10s`),
    );
    assert.deepEqual(config.route_rules[0], {
      pattern: '/ws/*',
      target: 'api',
      middlewares: ['headers', 'logging'],
      methods: ['GET', 'POST'],
      strip_prefix: '/ws',
      rewrite: { from: '~^/ws/(.*)$', to: '/socket/$1' },
      timeout: { read_timeout: 5000, write_timeout: 6000, dial_timeout: 100, sse_idle_timeout: 86_400_000 },
      encoded_slash: 'reject',
      half_close: 'allow',
      sse_retry: { minMs: 1000, maxMs: 10_000 },
    });
  });

  it('take every key of a host, and route rules below it', () => {
    const config = configOf(`services: { api: { url: "http://a:1" } }
host_rules:
  - pattern: "*"
    port: 80
    target: api
    middlewares: [logging]
    route_rules: [{ pattern: /x, target: api, sse_retry: 2s }]`);
    const [rule] = config.host_rules;
    assert.equal(rule?.port, 80);
    assert.deepEqual(rule?.middlewares, ['logging']);
    assert.deepEqual(rule?.route_rules[0]?.sse_retry, { minMs: 2000, maxMs: 2000 });
  });

  it('have the port of advanced where they name none', () => {
    assert.equal(configOf(withAdvanced('port: 9000')).host_rules[0]?.port, 9000);
  });
});

it('advanced takes every key', () => {
  const { advanced } = configOf(
    withAdvanced(`port: 0
bind: 127.0.0.1
timeout: { read_timeout: 1, write_timeout: 2, dial_timeout: 3, header_timeout: 4, keepalive_timeout: 5, drain_timeout: 6, shutdown_delay: 7, sse_idle_timeout: 1m }
security: { deny_hidden_files: [.git, .env], trusted_proxies: [10.0.0.0/8, "::1", "fc00::/7", 192.168.0.1], max_header_size: 8KiB, max_headers: 50, max_body_size: 10MB }
buffer_size: { read_buffer: 64KiB, write_buffer: 32KiB }
connection_pool: { max_idle_connections: 1, max_active_connections: 20, idle_timeout: 3, prewarm: 1 }
max_connections: 1000
max_tunnels: 500
forwarded: true
x_real_ip: true
expose: true
proxy_protocol: true
reload: { removed: keep }
log: { level: debug, format: json }
concurrency: { max_goroutines: 5, goroutine_stack_size: 8KB }`),
  );
  assert.deepEqual(advanced, {
    port: 0,
    port_written: true,
    bind: '127.0.0.1',
    timeout: {
      read_timeout: 1000,
      write_timeout: 2000,
      dial_timeout: 3000,
      header_timeout: 4000,
      keepalive_timeout: 5000,
      drain_timeout: 6000,
      shutdown_delay: 7000,
      sse_idle_timeout: 60_000,
    },
    security: {
      deny_hidden_files: ['.git', '.env'],
      trusted_proxies: ['10.0.0.0/8', '::1', 'fc00::/7', '192.168.0.1'],
      max_header_size: 8192,
      max_headers: 50,
      max_body_size: 10_000_000,
    },
    buffer_size: { read_buffer: 65_536, write_buffer: 32_768 },
    connection_pool: { max_idle_connections: 1, max_active_connections: 20, idle_timeout: 3000, prewarm: 1 },
    max_tunnels: 500,
    max_connections: 1000,
    forwarded: true,
    x_real_ip: true,
    expose: true,
    proxy_protocol: true,
    reload: { removed: 'keep' },
    log: { level: 'debug', format: 'json' },
  });
});

it('middlewares take every key, and their options come parsed by the schema of the type', () => {
  const config = configOf(`${SMALL}
middlewares:
  - { name: headers, enabled: false, is_global: true, description: fields, config: { request: { set: { A: b } } } }
middleware_services:
  - { name: id, type: request_id, enabled: true, is_global: true, description: ours, config: { header: X-Id } }`);
  assert.deepEqual(config.middlewares, [
    {
      name: 'headers',
      enabled: false,
      is_global: true,
      description: 'fields',
      config: { request: { set: { A: 'b' } } },
    },
  ]);
  assert.deepEqual(config.middleware_services, [
    { name: 'id', type: 'request_id', enabled: true, is_global: true, description: 'ours', config: { header: 'X-Id' } },
  ]);
});

it('takes JSON, tabs included', () => {
  const json =
    '{\n\t"services": { "api": { "url": "http://a:1" } },\n\t"host_rules": [{\n\t\t"pattern": "*", "target": "api" }]\n}\n';
  assert.equal(configOf(json).host_rules.length, 1);
});
