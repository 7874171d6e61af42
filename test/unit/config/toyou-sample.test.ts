import assert from 'node:assert/strict';
import { it } from 'node:test';
import { listenerPorts } from '../../../src/config/listener-ports.js';
import { chainFor, globalMiddlewares } from '../../../src/config/middleware-chain.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { configOf, warningsOf } from './stand-ins.js';
import { TOYOU_SAMPLE } from './toyou-sample.js';

it('a configuration of Toyou Proxy loads unchanged', () => {
  const config = configOf(TOYOU_SAMPLE, { middlewareTypes });
  assert.deepEqual(listenerPorts(config), [80, 8081, 8080]);
  assert.deepEqual(
    globalMiddlewares(config).map(({ name }) => name),
    ['headers'],
  );
  const [www, ws, api] = config.host_rules;
  assert.deepEqual(
    chainFor(config, www, undefined).map(({ name }) => name),
    ['headers', 'logging'],
  );
  assert.deepEqual(
    chainFor(config, ws, ws?.route_rules[0]).map(({ name }) => name),
    ['headers', 'request_id', 'websocket'],
  );
  assert.deepEqual(
    chainFor(config, api, undefined).map(({ name }) => name),
    ['headers', 'api_headers'],
  );
  assert.equal(api?.pattern, '~^api\\d+\\.example\\.com$');
  const tunnels = config.middlewares.find(({ name }) => name === 'websocket')?.config as Record<string, unknown>;
  assert.deepEqual(
    [tunnels.pong_wait, tunnels.write_wait, tunnels.max_message_size, tunnels.max_connections],
    [60_000, 10_000, 524_288, 1000],
  );
  assert.deepEqual(config.services.api?.load_balancer.health_check, {
    type: 'http',
    interval: 30_000,
    timeout: 5000,
    path: '/health',
    healthy_threshold: 2,
    unhealthy_threshold: 3,
    expected_status: [[200, 399]],
  });
  assert.equal(config.advanced.connection_pool.idle_timeout, 90_000);
  assert.equal(config.advanced.security.max_header_size, 32_768);
});

it('and warns of what means nothing here', () => {
  assert.deepEqual(
    warningsOf(TOYOU_SAMPLE, { middlewareTypes }).map((line) => line.replace(/^\S+ /, '')),
    [
      'services.api.load_balancer.backends[0].weight: weight 3 has no effect under round_robin',
      'advanced.concurrency.max_goroutines: means nothing on Node and is ignored',
      'advanced.concurrency.goroutine_stack_size: means nothing on Node and is ignored',
    ],
  );
});
