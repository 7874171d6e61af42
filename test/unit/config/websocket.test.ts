import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chainFor } from '../../../src/config/middleware-chain.js';
import { originOf } from '../../../src/config/origins.js';
import type { ConfigPath } from '../../../src/config/problem.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { configOf, errorsOf, load, SMALL, warningsOf } from './stand-ins.js';

const all = { middlewareTypes };
const withOptions = (options: string) => `${SMALL}middlewares: [{ name: websocket, config: ${options} }]\n`;
const optionsOf = (options: string, env: NodeJS.ProcessEnv = {}) =>
  configOf(withOptions(options), { ...all, env }).middlewares[0]?.config as Record<string, unknown>;
const messages = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/^\S+ (middlewares\[0\]\.config\.)?/, ''));

describe('options of the websocket middleware', () => {
  it('leave open what nobody writes, so that the service has its say', () => {
    assert.deepEqual(optionsOf('{}'), {
      path_patterns: [],
      allowed_origins: [],
      allow_missing_origin: true,
      subprotocols: [],
      max_connections: 0,
      max_connections_per_client: 0,
      per_client: 'address',
    });
  });

  it('take every key', () => {
    const options = optionsOf(
      `
      ping_interval: 20
      pong_timeout: 15s
      read_timeout: 40
      write_timeout: 1m
      idle_timeout: 1h
      max_lifetime: 1d
      handshake_timeout: 5
      close_timeout: 2.5
      drain_code: 1001
      bad_gateway_code: 1014
      max_message_size: 512
      enable_rate_limit: true
      max_messages_per_minute: 600
      burst: 60
      rate_limit_mode: close
      log_messages: true
      path_patterns: [/ws/*, "~^/v\\\\d+/ws$"]
      allowed_origins: ["https://app.example.com", "https://*.example.com", "null"]
      enable_origin_check: true
      allow_missing_origin: false
      subprotocols: [graphql-transport-ws]
      max_connections: 1000
      max_connections_per_client: 5
      per_client: "header:X-User"`
        .replace(/\n\s+/g, ', ')
        .replace(/^, /, '{ ')
        .concat(' }'),
    );
    assert.deepEqual(
      [options.pong_timeout, options.max_lifetime, options.close_timeout, options.max_message_size],
      [15_000, 86_400_000, 2500, 524_288],
    );
    assert.deepEqual([options.drain_code, options.burst, options.per_client], [1001, 60, 'header:X-User']);
  });

  for (const [written, bytes] of [
    ['64', 65_536],
    ['0', 0],
    ['0.5', 512],
    ['"64KiB"', 65_536],
    ['"1MB"', 1_000_000],
    ['"100B"', 100],
  ] as const) {
    it(`take max_message_size ${written} for ${bytes} bytes`, () => {
      assert.equal(optionsOf(`{ max_message_size: ${written} }`).max_message_size, bytes);
    });
  }

  const wrong: [options: string, error: string][] = [
    ['{ ping_intervall: 5 }', 'ping_intervall: unknown key -> ping_interval'],
    ['{ allowed_origin: ["*"] }', 'allowed_origin: unknown key -> allowed_origins'],
    [
      '{ allowed_origins: [app.example.com] }',
      'allowed_origins[0]: an origin has a scheme: "https://app.example.com", "https://*.example.com", "*" or "null" -> https://app.example.com',
    ],
    [
      '{ allowed_origins: ["wss://a.example"] }',
      'allowed_origins[0]: the Origin is that of the page: http or https, never ws or wss -> https://a.example',
    ],
    [
      '{ drain_code: 1006 }',
      'drain_code: expected a code that a Close may carry: 1000 to 1014 but for 1004 to 1006, or 3000 to 4999',
    ],
    [
      '{ bad_gateway_code: 2000 }',
      'bad_gateway_code: expected a code that a Close may carry: 1000 to 1014 but for 1004 to 1006, or 3000 to 4999',
    ],
    ['{ pong_timeout: 5, pong_wait: 5 }', 'pong_wait: is another name of pong_timeout, which stands there too'],
    ['{ write_timeout: 5, write_wait: 5 }', 'write_wait: is another name of write_timeout, which stands there too'],
    ['{ close_timeout: 0 }', 'close_timeout: must be at least 100ms'],
    ['{ pong_timeout: 0 }', 'pong_timeout: must be at least 1ms'],
    [
      '{ per_client: "header:" }',
      'per_client: expected "address", "user", or "header:" and the name of a field, as in "header:X-User", got the text "header:"',
    ],
    ['{ max_connections: -1 }', 'max_connections: must be at least 0'],
    ['{ burst: 0 }', 'burst: must be at least 1'],
    ['{ rate_limit_mode: drop }', 'rate_limit_mode: expected one of delay, close; got the text "drop"'],
    [
      '{ subprotocols: ["a, b"] }',
      'subprotocols[0]: a subprotocol is one word without commas, such as "graphql-transport-ws", got the text "a, b"',
    ],
    ['{ path_patterns: [ws] }', 'path_patterns[0]: a path pattern begins with "/" or "~" -> /ws'],
    [
      '{ max_message_size: "64kb" }',
      'max_message_size: expected a size: a number of KiB, or text such as "64KiB", "1MiB", "10MB" -> 64KB',
    ],
  ];
  for (const [options, error] of wrong) {
    it(`refuse ${options}`, () => assert.deepEqual(messages(errorsOf(withOptions(options), all)), [error]));
  }

  const odd: [options: string, warning: string][] = [
    ['{ ping_interval: 1 }', 'ping_interval: 1s looks too low: under 5s ordinary clients suffer'],
    ['{ pong_wait: 0.1 }', 'pong_wait: 100ms looks too low: under 1s ordinary clients suffer'],
    ['{ idle_timeout: 5 }', 'idle_timeout: 5s looks too low: under 10s ordinary clients suffer'],
    ['{ max_message_size: "100B" }', 'max_message_size: 100 bytes looks too low: under 1KiB ordinary clients suffer'],
    ['{ max_connections: 3 }', 'max_connections: 3 looks too low: under 10 ordinary clients suffer'],
    ['{ burst: 5 }', 'burst: has no effect without enable_rate_limit: true'],
    ['{ ping_interval: 0, pong_timeout: 5 }', 'pong_timeout: has no effect with ping_interval: 0: nothing is pinged'],
    [
      '{ ping_interval: 30, pong_timeout: 5, read_timeout: 60 }',
      'read_timeout: has no effect beside ping_interval and pong_timeout: these say when a peer is dead',
    ],
    [
      '{ allowed_origins: ["https://a.example"], enable_origin_check: false }',
      'allowed_origins: has no effect with enable_origin_check: false',
    ],
    ['{ allow_missing_origin: false }', 'allow_missing_origin: has no effect where Origin is not checked'],
    ['{ per_client: "header:X-User" }', 'per_client: has no effect without max_connections_per_client'],
    [
      '{ max_connections: 10, max_connections_per_client: 11 }',
      'max_connections_per_client: 11 is more than max_connections (10): it is never reached',
    ],
    [
      '{ read_timeout: 10, ping_interval: 30 }',
      'read_timeout: 10s is no more than ping_interval (30s): a pong has to come within 1s',
    ],
    [
      '{ allowed_origins: ["*", "https://a.example"] }',
      'allowed_origins: "*" lets every page in: what else is listed has no effect',
    ],
  ];
  for (const [options, warning] of odd) {
    it(`warn of ${options}`, () => assert.deepEqual(messages(warningsOf(withOptions(options), all)), [warning]));
  }

  for (const options of [
    '{ read_timeout: 10, ping_interval: 5 }',
    '{ read_timeout: 0 }',
    '{ enable_rate_limit: false, max_messages_per_minute: 1000 }',
    '{ enable_origin_check: true }',
    '{ max_connections_per_client: 1 }',
    '{ allowed_origins: ["*", "null"] }',
  ]) {
    it(`do not warn of ${options}`, () => assert.deepEqual(warningsOf(withOptions(options), all), []));
  }
});

it('a service may have three of them', () => {
  const text = (keys: string) =>
    `services: { api: { url: "ws://a:1", ${keys} } }\nhost_rules: [{ pattern: "*", target: api }]`;
  const { api } = configOf(text('ping_interval: 20, read_timeout: 50s, write_timeout: 0'), all).services;
  assert.deepEqual([api?.ping_interval, api?.read_timeout, api?.write_timeout], [20_000, 50_000, 0]);
  assert.deepEqual(warningsOf(text('ping_interval: 1'), all), [
    '1:52 services.api.ping_interval: 1s looks too low: under 5s ordinary clients suffer',
  ]);
});

describe('WEBSOCKET_ variables', () => {
  const env = {
    WEBSOCKET_MAX_CONNECTIONS: '5000',
    WEBSOCKET_PING_INTERVAL: '25',
    WEBSOCKET_READ_TIMEOUT: '70s',
    WEBSOCKET_WRITE_TIMEOUT: '0',
    WEBSOCKET_ENABLE_ORIGIN_CHECK: 'true',
    WEBSOCKET_ALLOWED_ORIGINS: 'https://a.example, https://*.b.example,',
  };
  const chained = (config: ReturnType<typeof configOf>) => chainFor(config, config.host_rules[0], undefined);

  it('hold for every rule, also where no websocket middleware is', () => {
    const config = configOf(SMALL, { ...all, env });
    assert.equal(config.advanced.max_tunnels, 5000);
    const [only, ...more] = chained(config);
    assert.deepEqual([only?.name, only?.type, more], ['websocket (environment)', 'websocket', []]);
    const options = only?.options as Record<string, unknown>;
    assert.deepEqual(
      [options.ping_interval, options.read_timeout, options.write_timeout, options.enable_origin_check],
      [25_000, 70_000, 0, true],
    );
    assert.deepEqual(options.allowed_origins, ['https://a.example', 'https://*.b.example']);
  });

  it('go before what the middleware says, by its other names too', () => {
    const text = withOptions('{ ping_interval: 40, write_wait: 40, idle_timeout: 50, allowed_origins: ["*"] }');
    const config = configOf(text, { ...all, env });
    const options = config.middlewares[0]?.config as Record<string, unknown>;
    assert.deepEqual(
      [options.ping_interval, options.write_timeout, options.write_wait, options.idle_timeout],
      [25_000, 0, undefined, 50_000],
    );
    assert.deepEqual(options.allowed_origins, ['https://a.example', 'https://*.b.example']);
    assert.deepEqual(
      chained(config).map(({ name }) => name),
      ['websocket'],
    );
  });

  it('hold for instances, for a type that is named as such, and where one is taken out', () => {
    const [first, second] = [
      'middleware_services: [{ name: ws, type: websocket, is_global: true }]',
      'middlewares: [{ name: websocket, enabled: false }]',
    ].map((more) => chained(configOf(`${SMALL}${more}`, { ...all, env: { WEBSOCKET_PING_INTERVAL: '9' } })));
    assert.deepEqual(
      first?.map(({ name, options }) => [name, (options as { ping_interval: number }).ping_interval]),
      [['ws', 9000]],
    );
    assert.deepEqual(
      second?.map(({ name }) => name),
      ['websocket (environment)'],
    );
    const named = SMALL.replace('target: api }]', 'target: api, middlewares: [websocket] }]');
    const third = chained(configOf(named, { ...all, env: { WEBSOCKET_PING_INTERVAL: '9' } }));
    assert.deepEqual(
      third.map(({ name, options }) => [name, (options as { ping_interval: number }).ping_interval]),
      [['websocket', 9000]],
    );
  });

  it('make a list hold that a file switches off, unless they switch it off themselves', () => {
    const written = '{ enable_origin_check: false }';
    const list = { WEBSOCKET_ALLOWED_ORIGINS: 'https://a.example' };
    assert.equal(optionsOf(written, list).enable_origin_check, true);
    assert.equal(optionsOf(written, { ...list, WEBSOCKET_ENABLE_ORIGIN_CHECK: '0' }).enable_origin_check, false);
  });

  it('change nothing where they are not set', () => {
    const config = configOf(SMALL, { ...all, env: { WEBSOCKET_PING_INTERVAL: '' } });
    assert.deepEqual([config.environment_middlewares, chained(config)], [[], []]);
  });

  it('are where a value came from', () => {
    const loaded = load(withOptions('{ ping_interval: 40, idle_timeout: 50 }'), { ...all, env });
    assert.ok(loaded.ok);
    const of = (...path: ConfigPath) => {
      const origin = originOf(loaded.origins, path);
      return origin.from === 'environment' ? origin.name : origin.from;
    };
    assert.equal(of('advanced', 'max_tunnels'), 'WEBSOCKET_MAX_CONNECTIONS');
    assert.equal(of('middlewares', 0, 'config', 'ping_interval'), 'WEBSOCKET_PING_INTERVAL');
    assert.equal(of('middlewares', 0, 'config', 'idle_timeout'), 'file');
    assert.equal(of('environment_middlewares', 0, 'config', 'allowed_origins'), 'WEBSOCKET_ALLOWED_ORIGINS');
  });

  it('are what a warning names, and not the file that they go before', () => {
    const text = withOptions('{ ping_interval: 40, burst: 5 }');
    assert.deepEqual(warningsOf(text, { ...all, env: { WEBSOCKET_PING_INTERVAL: '1' } }), [
      '3:70 middlewares[0].config.burst: has no effect without enable_rate_limit: true',
      '0:0 WEBSOCKET_PING_INTERVAL: 1s looks too low: under 5s ordinary clients suffer',
    ]);
  });

  const wrong: [name: string, value: string, error: string][] = [
    ['WEBSOCKET_MAX_CONNECTIONS', 'many', 'expected a whole number, 0 for no limit; got "many"'],
    ['WEBSOCKET_MAX_CONNECTIONS', '-1', 'expected a whole number, 0 for no limit; got "-1"'],
    [
      'WEBSOCKET_PING_INTERVAL',
      '30 s',
      'expected a duration: a number of seconds, or text such as "500ms", "10s", "5m", "1h", "1d"; got "30 s" -> 30s',
    ],
    ['WEBSOCKET_READ_TIMEOUT', '60d', 'must be at most 24d; got "60d"'],
    ['WEBSOCKET_ENABLE_ORIGIN_CHECK', 'yes', 'expected true or false, got "yes"'],
    ['WEBSOCKET_ALLOWED_ORIGINS', ' , ', 'expected origins with commas between, such as "https://app.example.com"'],
    [
      'WEBSOCKET_ALLOWED_ORIGINS',
      'https://a.example,b.example',
      '"b.example": an origin has a scheme: "https://app.example.com", "https://*.example.com", "*" or "null" -> https://b.example',
    ],
  ];
  for (const [name, value, error] of wrong) {
    it(`are refused where wrong: ${name}=${value}`, () => {
      assert.deepEqual(errorsOf(SMALL, { ...all, env: { [name]: value } }), [`0:0 ${name}: ${error}`]);
    });
  }
});
