import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../../src/exchange/clock.js';
import { Counters } from '../../../src/exchange/counters.js';
import type { Exchange } from '../../../src/exchange/exchange.js';
import { silentLog } from '../../../src/exchange/log.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { RateBuckets } from '../../../src/exchange/rate-buckets.js';
import { TunnelCounts } from '../../../src/exchange/tunnel-counts.js';
import { websocket } from '../../../src/middleware/websocket.js';
import { judgeUpgradeRequest } from '../../../src/protocol/websocket/handshake.js';
import { type FakeRequest, fakeExchange } from './fake-exchange.js';

const HANDSHAKE: readonly [string, string][] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Sec-WebSocket-Version', '13'],
];

function setUp(options: unknown = {}, name = 'ws', counters = new Counters(), counts = new TunnelCounts(counters)) {
  const warnings: unknown[] = [];
  const log = { ...silentLog, write: (...line: unknown[]) => void warnings.push(line) };
  const host = { log, clock: systemClock, random: () => 0, tunnelCounts: counts, rateBuckets: new RateBuckets() };
  const middleware = websocket.create(name, websocket.optionsSchema.parse(options), host);
  return { middleware, counters, counts, warnings };
}

function handshake(headers: readonly (readonly [string, string])[] = [], more: FakeRequest = {}): Exchange {
  const { exchange } = fakeExchange({ ...more, headers: [...HANDSHAKE, ...headers] });
  exchange.upgradeOffer = judgeUpgradeRequest(exchange.request.head, exchange.request.facts.framing);
  return exchange;
}

/** The code it is refused with; null: it passes. */
function refusal(options: unknown, exchange: Exchange): string | null {
  const { middleware } = setUp(options);
  try {
    middleware.judge?.(exchange);
    return null;
  } catch (error) {
    assert.ok(error instanceof ProxyError);
    return error.code;
  }
}

describe('Origin', () => {
  const from = (origin: string, more?: FakeRequest) => handshake([['Origin', origin]], more);
  const cases: [what: string, options: object, exchange: () => Exchange, passes: boolean][] = [
    ['is not looked at without options', {}, () => from('https://evil.example'), true],
    ['is in the list', { allowed_origins: ['https://app.example.com'] }, () => from('https://app.example.com'), true],
    ['is not', { allowed_origins: ['https://app.example.com'] }, () => from('https://evil.example'), false],
    [
      'is not looked at where the check is off',
      { allowed_origins: ['https://a.example'], enable_origin_check: false },
      () => from('https://evil.example'),
      true,
    ],
    ['is missing', { allowed_origins: ['https://a.example'] }, () => handshake(), true],
    [
      'is missing and may not be',
      { allowed_origins: ['https://a.example'], allow_missing_origin: false },
      () => handshake(),
      false,
    ],
    [
      'stands twice',
      { allowed_origins: ['*'] },
      () =>
        handshake([
          ['Origin', 'https://a.example'],
          ['Origin', 'https://a.example'],
        ]),
      false,
    ],
    ['is null', { allowed_origins: ['*'] }, () => from('null'), false],
    ['is null, which is listed', { allowed_origins: ['null'] }, () => from('null'), true],
    // The request's own host: Host is a.example, over a plain connection.
    ['is the own host', { enable_origin_check: true }, () => from('http://a.example'), true],
    [
      'is the own host behind TLS that nobody told of',
      { enable_origin_check: true },
      () => from('https://a.example'),
      true,
    ],
    ['is another host', { enable_origin_check: true }, () => from('http://b.example'), false],
    ['is a host below', { enable_origin_check: true }, () => from('http://x.a.example'), false],
    ['has another port', { enable_origin_check: true }, () => from('http://a.example:8080'), false],
    ['is no web page', { enable_origin_check: true }, () => from('capacitor://a.example'), false],
    ['is null without a list', { enable_origin_check: true }, () => from('null'), false],
    ['has no scheme', { enable_origin_check: true }, () => from('a.example'), false],
    [
      'has the port of Host',
      { enable_origin_check: true },
      () =>
        handshake([
          ['Host', 'A.example:8080'],
          ['Origin', 'http://a.example:8080'],
        ]),
      true,
    ],
    [
      'has the port that Host writes out',
      { enable_origin_check: true },
      () =>
        handshake(
          [
            ['Host', 'a.example:443'],
            ['Origin', 'https://a.example'],
          ],
          { scheme: 'https' },
        ),
      true,
    ],
    [
      'is unencrypted where the connection is not',
      { enable_origin_check: true },
      () => from('http://a.example', { scheme: 'https' }),
      false,
    ],
    [
      'is unencrypted where a trusted proxy had TLS',
      { enable_origin_check: true },
      () =>
        handshake(
          [
            ['Origin', 'http://a.example'],
            ['X-Forwarded-Proto', 'https'],
          ],
          { trusted: true },
        ),
      false,
    ],
    [
      'is unencrypted where somebody says so',
      { enable_origin_check: true },
      () =>
        handshake([
          ['Origin', 'http://a.example'],
          ['X-Forwarded-Proto', 'https'],
        ]),
      true,
    ],
    [
      'is the host that a trusted proxy was asked for',
      { enable_origin_check: true },
      () =>
        handshake(
          [
            ['Origin', 'https://www.example'],
            ['X-Forwarded-Host', 'www.example'],
          ],
          { trusted: true },
        ),
      true,
    ],
    [
      'is a host that somebody else names',
      { enable_origin_check: true },
      () =>
        handshake([
          ['Origin', 'https://www.example'],
          ['X-Forwarded-Host', 'www.example'],
        ]),
      false,
    ],
  ];
  for (const [what, options, exchange, passes] of cases) {
    it(`${what}: ${passes ? 'passes' : '403'}`, () => {
      assert.equal(refusal(options, exchange()), passes ? null : 'origin-refused');
    });
  }
});

describe('path_patterns', () => {
  const options = { path_patterns: ['/ws/*', '/rooms/*/live', '~^/v\\d+/chat$'] };
  for (const [target, code] of [
    ['/ws', null],
    ['/ws/a/b?c', null],
    ['/%77s/x', null],
    ['/rooms/7/live', null],
    ['/v12/chat', null],
    ['/wsx', 'upgrade-path'],
    ['/rooms/live', 'upgrade-path'],
    ['/v12/chat/x', 'upgrade-path'],
    ['/', 'upgrade-path'],
  ] as const) {
    it(`${target}: ${code ?? 'passes'}`, () => assert.equal(refusal(options, handshake([], { target })), code));
  }

  it('is not asked of what is no handshake', () => {
    const { exchange } = fakeExchange({ target: '/' });
    assert.equal(refusal({ ...options, max_connections: 1 }, exchange), null);
    assert.equal(exchange.tunnelSettings, null);
  });
});

describe('subprotocols', () => {
  const offering = (...values: string[]) =>
    handshake(values.map((value) => ['Sec-WebSocket-Protocol', value] as const));
  const options = { subprotocols: ['chat.v2', 'chat.v1'] };

  it('leaves an offer alone of which all are allowed, byte for byte', () => {
    const exchange = offering('chat.v1,  chat.v2');
    assert.equal(refusal(options, exchange), null);
    assert.equal(exchange.backendRequest.headers.get('sec-websocket-protocol'), 'chat.v1,  chat.v2');
  });

  it('takes the others out, in what is sent and in what is verified', () => {
    const exchange = offering('soap, chat.v1', 'Chat.v2, chat.v2');
    assert.equal(refusal(options, exchange), null);
    assert.deepEqual(exchange.backendRequest.headers.getAll('sec-websocket-protocol'), ['chat.v1, chat.v2']);
    assert.deepEqual(exchange.upgradeOffer?.subprotocols, ['chat.v1', 'chat.v2']);
  });

  it('refuses where none is left, and lets pass who offers none', () => {
    assert.equal(refusal(options, offering('soap')), 'subprotocol-refused');
    assert.equal(refusal(options, offering()), null);
  });
});

describe('limits', () => {
  const enter = ({ middleware }: ReturnType<typeof setUp>, exchange: Exchange): string | null => {
    try {
      middleware.onRequest?.(exchange);
      return null;
    } catch (error) {
      return (error as ProxyError).code;
    }
  };
  const leave = ({ middleware }: ReturnType<typeof setUp>, exchange: Exchange) =>
    void middleware.onEnd?.(exchange, {} as never);

  it('count tunnels of the instance, and give places back once', () => {
    const ws = setUp({ max_connections: 2 });
    const [first, second, third] = [handshake(), handshake(), handshake()];
    assert.deepEqual([enter(ws, first), enter(ws, second), enter(ws, third)], [null, null, 'instance-limit']);
    leave(ws, third);
    assert.equal(ws.counts.ofInstance('ws'), 2);
    leave(ws, first);
    assert.equal(enter(ws, handshake()), null);
    leave(ws, second);
    assert.equal(ws.counters.tunnelPlaces, 1);
  });

  it('count by client, by address, by user or by a field as the backend gets it', () => {
    const byAddress = setUp({ max_connections_per_client: 1 });
    assert.equal(enter(byAddress, handshake()), null);
    assert.equal(enter(byAddress, handshake()), 'client-limit');
    assert.equal(enter(byAddress, handshake([], { address: '2001:db8::1' })), null);

    const byField = setUp({ max_connections_per_client: 1, per_client: 'header:X-User' });
    const of = (user: string) => {
      const exchange = handshake([['X-User', 'whatever the client says']]);
      exchange.backendRequest.headers.set('X-User', user);
      return exchange;
    };
    assert.deepEqual(
      [enter(byField, of('ann')), enter(byField, of('bob')), enter(byField, of('ann'))],
      [null, null, 'client-limit'],
    );
    const byUser = setUp({ max_connections_per_client: 1, per_client: 'user' });
    const named = (user: string | null) => Object.assign(handshake(), { user });
    assert.deepEqual(
      ['ann', 'bob', 'ann', null, null].map((user) => enter(byUser, named(user))),
      [null, null, 'client-limit', null, 'client-limit'],
    );
    // Without the field the address counts.
    assert.deepEqual([enter(byField, handshake()), enter(byField, handshake())], [null, 'client-limit']);
  });

  it('hold nothing for whoever is refused, and forget clients that have left', () => {
    const ws = setUp({ max_connections_per_client: 1, allowed_origins: ['https://a.example'] });
    const refused = handshake([['Origin', 'https://evil.example']]);
    assert.equal(enter(ws, refused), 'origin-refused');
    leave(ws, refused);
    assert.equal(ws.counters.tunnelPlaces, 0);
    for (let index = 0; index < 1000; index++) {
      const exchange = handshake([], { address: `10.0.${index >> 8}.${index & 255}` });
      enter(ws, exchange);
      leave(ws, exchange);
    }
    assert.deepEqual([ws.counters.open(), ws.counts.ofInstance('ws')], [{}, 0]);
  });

  it('go on from where the instance before was, whose tunnels give their places back all the same', () => {
    const before = setUp({});
    const old = handshake();
    enter(before, old);
    const after = setUp({ max_connections: 1 }, 'ws', before.counters, before.counts);
    assert.equal(enter(after, handshake()), 'instance-limit');
    assert.equal(enter(setUp({ max_connections: 1 }, 'other', before.counters, before.counts), handshake()), null);
    leave(before, old);
    assert.equal(enter(after, handshake()), null);
  });

  it('are told of at 80 %, once until it has calmed down', () => {
    const ws = setUp({ max_connections: 10 });
    const open = Array.from({ length: 7 }, () => handshake());
    for (const exchange of open) enter(ws, exchange);
    assert.deepEqual(ws.warnings, []);
    const told = ['warn', 'tunnels near max_connections', { middleware: 'ws', tunnels: 8, max_connections: 10 }];
    for (let round = 0; round < 3; round++) {
      const eighth = handshake();
      enter(ws, eighth);
      leave(ws, eighth);
    }
    assert.deepEqual(ws.warnings, [told]);
    leave(ws, open[0] as Exchange);
    for (let count = 0; count < 2; count++) enter(ws, handshake());
    assert.deepEqual(ws.warnings, [told, told]);
  });
});

describe('settings', () => {
  it('are the same record for all tunnels, also where two instances speak', () => {
    const global = setUp({ ping_interval: 5, drain_code: 4000, enable_rate_limit: true }).middleware;
    const own = setUp({ ping_interval: 20, pong_wait: 7, write_wait: 8, max_message_size: 64 }, 'own').middleware;
    const settings = [handshake(), handshake()].map((exchange) => {
      global.judge?.(exchange);
      own.judge?.(exchange);
      return exchange.tunnelSettings;
    });
    assert.equal(settings[0], settings[1]);
    assert.deepEqual(JSON.parse(JSON.stringify(settings[0])), {
      pingIntervalMs: 20_000,
      pongTimeoutMs: 7000,
      writeTimeoutMs: 8000,
      drainCode: 4000,
      maxMessageBytes: 65_536,
      messageRate: { perMinute: 1000, burst: 100, mode: 'delay' },
    });
  });

  it('have each key in its place', () => {
    const { middleware } = setUp({
      ping_interval: 31,
      pong_timeout: 32,
      read_timeout: 33,
      write_timeout: 34,
      idle_timeout: 35,
      max_lifetime: 3600,
      handshake_timeout: 37,
      close_timeout: 38,
      drain_code: 4001,
      bad_gateway_code: 4002,
      max_message_size: '39KiB',
      enable_rate_limit: true,
      max_messages_per_minute: 41,
      burst: 42,
      rate_limit_mode: 'close',
      log_messages: true,
    });
    const exchange = handshake();
    middleware.judge?.(exchange);
    assert.deepEqual(exchange.tunnelSettings, {
      pingIntervalMs: 31_000,
      pongTimeoutMs: 32_000,
      readTimeoutMs: 33_000,
      writeTimeoutMs: 34_000,
      idleTimeoutMs: 35_000,
      maxLifetimeMs: 3_600_000,
      handshakeTimeoutMs: 37_000,
      closeTimeoutMs: 38_000,
      drainCode: 4001,
      badGatewayCode: 4002,
      maxMessageBytes: 39 * 1024,
      messageRate: { perMinute: 41, burst: 42, mode: 'close' },
      logMessages: true,
    });
  });

  const rates: [options: object, rate: unknown][] = [
    [{}, undefined],
    [{ max_messages_per_minute: 5 }, undefined],
    [{ enable_rate_limit: false, max_messages_per_minute: 5 }, null],
    [
      { enable_rate_limit: true, max_messages_per_minute: 5 },
      { perMinute: 5, burst: 1, mode: 'delay' },
    ],
    [
      { enable_rate_limit: true, max_messages_per_minute: 600, burst: 7, rate_limit_mode: 'close' },
      { perMinute: 600, burst: 7, mode: 'close' },
    ],
  ];
  for (const [options, rate] of rates) {
    it(`${JSON.stringify(options)} is the rate ${JSON.stringify(rate)}`, () => {
      const exchange = handshake();
      setUp(options).middleware.judge?.(exchange);
      assert.deepEqual(exchange.tunnelSettings?.messageRate, rate);
    });
  }
});
