import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { rateLimit } from '../../../src/middleware/rate-limit.js';
import { TestHost } from '../../support/middleware-host.js';
import { type FakeRequest, fakeExchange, responseHead } from './fake-exchange.js';

/** Asks an instance: the fields that the client is told, or those of the refusal. */
function limiter(options: object, host = new TestHost(), name = 'limit') {
  const middleware = rateLimit.create(name, rateLimit.optionsSchema.parse(options), host);
  const ask = (request: FakeRequest & { user?: string } = {}) => {
    const { exchange } = fakeExchange(request);
    exchange.user = request.user ?? null;
    let retryAfter: string | null = null;
    try {
      void middleware.onRequest?.(exchange);
    } catch (error) {
      assert.ok(error instanceof ProxyError && error.code === 'rate-limited');
      retryAfter = new Map(error.fields).get('Retry-After') ?? '';
    }
    const head = responseHead();
    void middleware.onResponse?.(exchange, head);
    return { retryAfter, fields: [...head.headers].map(([field, value]) => `${field}: ${value}`) };
  };
  return { host, middleware, ask, passes: (request?: Parameters<typeof ask>[0]) => ask(request).retryAfter === null };
}

const field = (value: string): FakeRequest => ({ headers: [['X-Key', value]] });

describe('rate_limit', () => {
  it('is 60 a minute, all of them at once, for each address', () => {
    const { passes, host } = limiter({});
    const passed = () => Array.from({ length: 100 }, () => passes()).filter(Boolean).length;
    assert.equal(passed(), 60);
    assert.equal(passes({ address: '198.51.100.8' }), true);
    host.clock.advance(1000);
    assert.equal(passed(), 1);
  });

  it('tells what is left, and when to come back, in whole seconds rounded up', () => {
    const { ask, host } = limiter({ requests_per_minute: 40, burst: 2 });
    const left = (remaining: number, reset: number) => [
      'RateLimit-Limit: 2',
      `RateLimit-Remaining: ${remaining}`,
      `RateLimit-Reset: ${reset}`,
    ];
    assert.deepEqual(ask(), { retryAfter: null, fields: left(1, 2) });
    assert.deepEqual(ask(), { retryAfter: null, fields: left(0, 3) });
    assert.deepEqual(ask(), { retryAfter: '2', fields: left(0, 3) });
    host.clock.advance(501);
    assert.deepEqual(ask(), { retryAfter: '1', fields: left(0, 3) });
    host.clock.advance(60_000);
    assert.deepEqual(ask(), { retryAfter: null, fields: left(1, 2) });
  });

  it('tells the same of what it told before as of what it did not, near full and far from it', () => {
    const { ask, host } = limiter({ requests_per_minute: 7, burst: 600 });
    const intervalMs = 60_000 / 7;
    const told: string[] = [];
    const expected: string[] = [];
    let lackMs = 0;
    for (let count = 0; count < 900; count++) {
      const restMs = count % 3 === 0 ? 12_345 : 0;
      host.clock.advance(restMs);
      lackMs = Math.max(0, lackMs - restMs) + intervalMs;
      told.push(ask().fields.join());
      const remaining = Math.floor(600 - lackMs / intervalMs + 1e-6);
      const reset = Math.ceil(lackMs / 1000);
      expected.push(`RateLimit-Limit: 600,RateLimit-Remaining: ${remaining},RateLimit-Reset: ${reset}`);
    }
    assert.deepEqual(told, expected);
  });

  it('has the nearest limit told, its own or another', () => {
    const { middleware } = limiter({ requests_per_minute: 10 });
    const { exchange } = fakeExchange();
    void middleware.onRequest?.(exchange);
    for (const [there, told] of [
      ['3', '3'],
      ['9', '9'],
      ['50', '9'],
      ['many', '9'],
    ] as const) {
      const head = responseHead(200, [['RateLimit-Remaining', there]]);
      void middleware.onResponse?.(exchange, head);
      assert.deepEqual(head.headers.getAll('ratelimit-remaining'), [told]);
      assert.equal(head.headers.get('ratelimit-limit'), there === told ? undefined : '10');
    }
  });

  it('tells IPv6 clients apart by their /64, and takes IPv4 for IPv4', () => {
    const { passes } = limiter({ burst: 1 });
    assert.equal(passes({ address: '2001:db8::1' }), true);
    assert.equal(passes({ address: '2001:db8:0:0:ffff::1' }), false);
    assert.equal(passes({ address: '2001:db8:0:1::1' }), true);
    assert.equal(passes({ address: '192.0.2.1' }), true);
    assert.equal(passes({ address: '::ffff:192.0.2.1' }), false);
  });

  it('goes by a field; without it by the address, which no field can stand for', () => {
    const { passes } = limiter({ burst: 1, key_extractor: 'header:X-Key' });
    assert.deepEqual(
      ['a', 'b', 'a', '198.51.100.7'].map((key) => passes(field(key))),
      [true, true, false, true],
    );
    assert.equal(passes(), true);
    assert.equal(passes(), false);
  });

  it('goes by the address where the field stands twice: a backend may go by either line', () => {
    const { passes } = limiter({ burst: 1, key_extractor: 'header:X-Key' });
    const twice = (first: string, second: string) => {
      return { headers: [...(field(first).headers ?? []), ...(field(second).headers ?? [])] };
    };
    assert.deepEqual([passes(twice('a', 'b')), passes(twice('c', 'b')), passes()], [true, false, false]);
  });

  it('goes by the user; without one by the address, which no name can stand for', () => {
    const { passes } = limiter({ burst: 1, key_extractor: 'user' });
    const users = ['ann', 'bob', 'ann', '198.51.100.7'];
    assert.deepEqual(
      users.map((user) => passes({ user })),
      [true, true, false, true],
    );
    assert.equal(passes(), true);
    assert.equal(passes(), false);
  });

  it('has one limit for all', () => {
    const { passes } = limiter({ burst: 2, key_extractor: 'global' });
    assert.deepEqual(
      ['1', '2', '3'].map((last) => passes({ address: `192.0.2.${last}` })),
      [true, true, false],
    );
  });

  it('remembers no more keys than it may, and of long ones their digest', () => {
    const { passes, host } = limiter({ burst: 1, key_extractor: 'header:x-key', max_keys: 2 });
    const long = 'x'.repeat(30_000);
    assert.deepEqual(
      [long, `${long}y`, long].map((key) => passes(field(key))),
      [true, true, false],
    );
    assert.equal(passes(field('another')), true);
    assert.equal(host.rateBuckets.hold('limit').size, 2);
    assert.equal(passes(field(`${long}y`)), true, 'was forgotten');
  });

  it('goes on where the instance before it was, at a new rate too, until none is left', () => {
    const host = new TestHost();
    const before = limiter({ burst: 2 }, host);
    assert.deepEqual([before.passes(), before.passes(), before.passes()], [true, true, false]);
    const next = limiter({ requests_per_minute: 600, burst: 2 }, host);
    void before.middleware.dispose?.();
    assert.equal(next.passes(), false);
    host.clock.advance(100);
    assert.equal(next.passes(), true);
    assert.equal(limiter({ burst: 2 }, host, 'other').passes(), true);
    void next.middleware.dispose?.();
    assert.equal(limiter({ burst: 2 }, host).passes(), true);
  });

  for (const options of [
    { requests_per_minute: 0 },
    { requests_per_minute: 1.5 },
    { burst: 0 },
    { key_extractor: 'address' },
    { key_extractor: 'header:' },
    { key_extractor: 'header:a b' },
    { max_keys: 0 },
    { max_keys: 20_000_000 },
    { per: 'second' },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.equal(rateLimit.optionsSchema.safeParse(options).success, false);
    });
  }

  for (const [options, doubted] of [
    [{}, []],
    [{ max_keys: 5 }, ['max_keys']],
    [{ max_keys: 5000, key_extractor: 'global' }, ['max_keys']],
    [{ requests_per_minute: 1, burst: 61 }, ['burst']],
    [{ requests_per_minute: 1, burst: 60 }, []],
  ] as const) {
    it(`doubts ${JSON.stringify(doubted)} of ${JSON.stringify(options)}`, () => {
      const doubts = rateLimit.doubts?.(rateLimit.optionsSchema.parse(options)) ?? [];
      assert.deepEqual(
        doubts.map(({ option }) => option),
        doubted,
      );
    });
  }
});
