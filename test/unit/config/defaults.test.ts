import assert from 'node:assert/strict';
import { it } from 'node:test';
import { configOf, SMALL, withRoute } from './stand-ins.js';

it('fills in every default of advanced', () => {
  assert.deepEqual(configOf(SMALL).advanced, {
    port: 8080,
    port_written: false,
    bind: '::',
    timeout: {
      read_timeout: 60_000,
      write_timeout: 60_000,
      dial_timeout: 10_000,
      header_timeout: 10_000,
      keepalive_timeout: 75_000,
      drain_timeout: 30_000,
      shutdown_delay: 0,
      sse_idle_timeout: 3_600_000,
    },
    security: {
      deny_hidden_files: false,
      trusted_proxies: [],
      max_header_size: 32_768,
      max_headers: 100,
      max_body_size: 0,
    },
    buffer_size: { read_buffer: 262_144, write_buffer: 65_536 },
    connection_pool: { max_idle_connections: 100, max_active_connections: 1000, idle_timeout: 90_000, prewarm: 0 },
    max_tunnels: 0,
    forwarded: false,
    x_real_ip: false,
    expose: false,
    proxy_protocol: false,
    reload: { removed: 'drain' },
    log: { level: 'info', format: 'auto' },
  });
});

it('fills in every default of services and rules', () => {
  const config = configOf(SMALL);
  assert.deepEqual(config.services, {
    api: {
      proxy_host: undefined,
      tls: undefined,
      ping_interval: undefined,
      read_timeout: undefined,
      write_timeout: undefined,
      load_balancer: {
        strategy: 'round_robin',
        backends: [
          {
            url: 'http://127.0.0.1:1',
            host: '127.0.0.1',
            port: 1,
            tls: false,
            authority: '127.0.0.1:1',
            socketPath: null,
            basePath: '',
            weight: 1,
            active: true,
            max_tunnels: 0,
          },
        ],
        health_check: null,
        passive_health_check: { failures: 5, within: 30_000, retry_after: 10_000, written: false },
        retry: { attempts: 2, timeout: 10_000 },
        sticky: null,
        on_unhealthy: 'keep',
        dns: { refresh: 30_000 },
      },
    },
  });
  assert.deepEqual(config.host_rules, [{ pattern: '*', port: 8080, target: 'api', middlewares: [], route_rules: [] }]);
  assert.deepEqual(configOf(withRoute('pattern: /x')).route_rules, [
    { pattern: '/x', target: 'api', middlewares: [], timeout: {}, encoded_slash: 'allow', half_close: 'close' },
  ]);
});

it('fills in every default of what a service says of its backends', () => {
  const balancerOf = (keys: string) =>
    configOf(`services: { api: { url: "http://a:1", ${keys} } }\nhost_rules: [{ pattern: "*", target: api }]`).services
      .api?.load_balancer;
  const standard = balancerOf('');
  assert.deepEqual(balancerOf('health_check: {}')?.health_check, {
    type: 'http',
    interval: 10_000,
    timeout: 5000,
    path: '/health',
    healthy_threshold: 2,
    unhealthy_threshold: 3,
    expected_status: [[200, 399]],
  });
  assert.equal(balancerOf('health_check: { type: websocket }')?.health_check?.path, '/');
  assert.equal(balancerOf('health_check: { type: tcp }')?.health_check?.path, '');
  assert.deepEqual(balancerOf('sticky: {}')?.sticky, { cookie: 'toyou_backend', ttl: 0, secret: null });
  assert.deepEqual(balancerOf('passive_health_check: {}'), {
    ...standard,
    passive_health_check: { failures: 5, within: 30_000, retry_after: 10_000, written: true },
  });
  assert.deepEqual(balancerOf('retry: {}, dns: {}, load_balancer: {}'), standard);
});

it('fills in every default of middlewares', () => {
  const config = configOf(
    `${SMALL}middlewares: [{ name: logging }]\nmiddleware_services: [{ name: id, type: request_id }]`,
  );
  assert.deepEqual(config.middlewares, [{ name: 'logging', enabled: true, config: { log_level: 'info', sample: 1 } }]);
  assert.deepEqual(config.middleware_services, [
    { name: 'id', type: 'request_id', enabled: true, is_global: false, config: { header: 'X-Request-Id' } },
  ]);
});

it('takes a key with nothing behind it as not written', () => {
  const config = configOf(`${SMALL}
route_rules:
middlewares:
middleware_services:
config_dir:
advanced:
  port:
  max_connections:
  timeout:
  log: { level: }
`);
  assert.deepEqual(config, configOf(SMALL));
});
