import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { formatProblems } from '../../../src/config/format-problems.js';
import { listenerPorts } from '../../../src/config/listener-ports.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { chainFor, globalMiddlewares, type MiddlewareInstance } from '../../../src/config/middleware-chain.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { TOYOU_SAMPLE, TOYOU_SAMPLE_PART } from './toyou-sample.js';

const folder = mkdtempSync(join(tmpdir(), 'toyou-sample-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'conf.d'));
writeFileSync(join(folder, 'config.yaml'), TOYOU_SAMPLE);
writeFileSync(join(folder, 'conf.d', 'admin.yaml'), TOYOU_SAMPLE_PART);

const loaded = loadConfig({ file: join(folder, 'config.yaml'), env: {}, middlewareTypes });

function config() {
  if (loaded.ok) return loaded.config;
  throw new Error(formatProblems(loaded.errors, { color: false }));
}

const names = (chain: readonly MiddlewareInstance[]) => chain.map(({ name }) => name);

/** The options of an entry, as its type's schema parsed them. */
function optionsOf(name: string): Record<string, unknown> {
  const entry = [...config().middlewares, ...config().middleware_services].find((one) => one.name === name);
  return entry?.config as Record<string, unknown>;
}

describe('a configuration of Toyou Proxy loads unchanged', () => {
  it('with its listeners, and what is in config_dir', () => {
    assert.deepEqual(listenerPorts(config()), [80, 8081, 8080]);
    assert.deepEqual(
      config().host_rules.map(({ pattern, target }) => [pattern, target]),
      [
        ['www.example.com', 'web'],
        ['ws.example.com', 'chat'],
        ['~^api\\d+\\.example\\.com$', 'api'],
        ['admin.example.com', 'admin'],
        ['*.example.com', 'web'],
      ],
    );
  });

  it('with the middlewares that rules name, in order, behind the one that none names', () => {
    const [www, ws, api, admin, tenants] = config().host_rules;
    assert.deepEqual(names(globalMiddlewares(config())), ['cors']);
    assert.deepEqual(names(chainFor(config(), www, undefined)), ['cors', 'logging', 'replace']);
    assert.deepEqual(names(chainFor(config(), ws, ws?.route_rules[0])), ['cors', 'websocket', 'auth', 'logging']);
    assert.deepEqual(names(chainFor(config(), api, undefined)), ['cors', 'rate_limit', 'strict_auth']);
    assert.deepEqual(names(chainFor(config(), admin, undefined)), ['cors', 'strict_limit', 'cors_admin']);
    assert.deepEqual(names(chainFor(config(), tenants, undefined)), ['cors', 'tenants']);
  });

  /** Durations in milliseconds, sizes in bytes. */
  const parsed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    logging: { log_level: 'info' },
    websocket: {
      ping_interval: 30_000,
      pong_wait: 60_000,
      write_wait: 10_000,
      max_message_size: 524_288,
      allowed_origins: ['https://app.example.com', 'https://*.example.com'],
      enable_origin_check: true,
      max_connections: 1000,
      enable_rate_limit: false,
      max_messages_per_minute: 1000,
    },
    auth: { jwt_secret: 'your-secret-key', require_auth: true },
    strict_auth: { jwt_secret: 'another-secret-key-of-thirty-two-bytes' },
    rate_limit: { requests_per_minute: 60, key_extractor: 'ip' },
    strict_limit: { requests_per_minute: 10, burst: 5, key_extractor: 'header:X-API-Key' },
    cors: {
      allowed_origins: ['*'],
      allowed_methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
      allowed_headers: ['Content-Type', 'Authorization'],
    },
    cors_admin: { allowed_origins: ['https://admin.example.com'] },
    tenants: { api_url: 'http://localhost:9000/route', timeout_seconds: 5000, cache_expiry_seconds: 60_000 },
  };
  for (const [name, expected] of Object.entries(parsed)) {
    it(`with the options of ${name}`, () => {
      const options = optionsOf(name);
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, options[key]])), expected);
    });
  }

  it('with the rules of replace', () => {
    const [rule] = optionsOf('replace').rules as Record<string, unknown>[];
    assert.deepEqual([rule?.from, rule?.to, rule?.regex], ['http://localhost:3000', 'http://www.example.com', false]);
  });

  it('with checks, pools and limits', () => {
    assert.deepEqual(config().services.api?.load_balancer.health_check, {
      type: 'http',
      interval: 30_000,
      timeout: 5000,
      path: '/health',
      healthy_threshold: 2,
      unhealthy_threshold: 3,
      expected_status: [[200, 399]],
    });
    assert.equal(config().advanced.connection_pool.idle_timeout, 90_000);
    assert.equal(config().advanced.security.max_header_size, 32_768);
  });
});

it('and warns of what means nothing here, and of a secret that can be guessed', () => {
  assert.deepEqual(
    loaded.warnings.map(({ path, message }) => `${path}: ${message}`),
    [
      'services.api.load_balancer.backends[0].weight: weight 3 has no effect under round_robin',
      'middlewares[2].config.jwt_secret: is short: with fewer than 32 bytes it can be guessed',
      'advanced.concurrency.max_goroutines: means nothing on Node and is ignored',
      'advanced.concurrency.goroutine_stack_size: means nothing on Node and is ignored',
    ],
  );
});
