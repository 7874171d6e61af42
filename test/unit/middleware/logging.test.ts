import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '../../../src/exchange/clock.js';
import { Counters } from '../../../src/exchange/counters.js';
import type { Exchange } from '../../../src/exchange/exchange.js';
import type { Log } from '../../../src/exchange/log.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { RateBuckets } from '../../../src/exchange/rate-buckets.js';
import { TunnelCounts } from '../../../src/exchange/tunnel-counts.js';
import { logging } from '../../../src/middleware/logging.js';
import { type FakeRequest, fakeExchange, responseHead } from './fake-exchange.js';

interface Line {
  level: string;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

/** A clock whose timers run when `advance` passes them. */
class ManualClock implements Clock {
  now = 0;
  timers: { at: number; run: () => void }[] = [];
  nowMs = () => this.now;
  wallMs = () => this.now;
  after(delayMs: number, run: () => void) {
    const timer = { at: this.now + delayMs, run };
    this.timers.push(timer);
    return { cancel: () => this.drop(timer) };
  }
  advance(ms: number): void {
    this.now += ms;
    for (const timer of this.timers.filter(({ at }) => at <= this.now)) {
      this.drop(timer);
      timer.run();
    }
  }
  drop(timer: { at: number; run: () => void }): void {
    this.timers = this.timers.filter((other) => other !== timer);
  }
}

function setUp(options: unknown = {}, random = () => 0) {
  const lines: Line[] = [];
  const log: Log = { level: 'trace', write: (level, message, fields) => lines.push({ level, message, fields }) };
  const clock = new ManualClock();
  const middleware = logging.create('logging', logging.optionsSchema.parse(options), {
    log,
    clock,
    random,
    tunnelCounts: new TunnelCounts(new Counters()),
    rateBuckets: new RateBuckets(),
  });
  const run = (request: FakeRequest = {}, headers: [string, string][] = []): Exchange => {
    const { exchange } = fakeExchange({ ...request, nowMs: clock.nowMs });
    exchange.status = 200;
    if (headers.some(([, value]) => value.startsWith('text/event-stream'))) exchange.kind = 'sse';
    void middleware.onResponse?.(exchange, responseHead(200, headers));
    return exchange;
  };
  const end = (exchange: Exchange, error: ProxyError | null = null): void => {
    exchange.finish(error);
    if (exchange.outcome) void middleware.onEnd?.(exchange, exchange.outcome);
  };
  return { lines, clock, middleware, run, end };
}

describe('logging', () => {
  it('writes one line at the end, with the id', () => {
    const { lines, clock, run, end } = setUp();
    const exchange = run({ method: 'POST', target: '/a?b=1' });
    clock.advance(12.3456);
    assert.equal(lines.length, 0);
    end(exchange);
    assert.deepEqual(lines, [
      {
        level: 'info',
        message: 'exchange ended',
        fields: {
          request_id: 'id-1',
          method: 'POST',
          host: 'a.example',
          path: '/a?b=1',
          status: 200,
          duration_ms: 12.346,
          request_bytes: 0,
          response_bytes: 0,
          client: '198.51.100.7',
          kind: 'http',
        },
      },
    ]);
  });

  it('leaves failures and tunnels to the core log', () => {
    const { lines, run, end } = setUp();
    end(run(), new ProxyError('bad-response'));
    end(
      run({
        headers: [
          ['Connection', 'upgrade'],
          ['Upgrade', 'websocket'],
        ],
      }),
    );
    assert.deepEqual(lines, []);
  });

  it('writes the fields asked for, at the level asked for', () => {
    const fields = ['status', 'request_header:X-A', 'response_header:Server', 'user_agent', 'request_header:X-None'];
    const { lines, run, end } = setUp({ fields, log_level: 'debug' });
    end(
      run(
        {
          headers: [
            ['x-a', '1'],
            ['X-A', '2'],
            ['User-Agent', 'curl'],
          ],
        },
        [['Server', 'nginx']],
      ),
    );
    assert.equal(lines[0]?.level, 'debug');
    assert.deepEqual(lines[0]?.fields, {
      request_id: 'id-1',
      status: 200,
      'request_header:x-a': '1, 2',
      'response_header:server': 'nginx',
      user_agent: 'curl',
    });
  });

  it('redacts credentials in queries, referers and header fields', () => {
    const fields = [
      'path',
      'referer',
      'request_header:Authorization',
      'request_header:X-Pin',
      'response_header:Set-Cookie',
    ];
    const { lines, run, end } = setUp({ fields, redact: ['X-Pin', 'Pin'] });
    const headers: [string, string][] = [
      ['Authorization', 'Bearer secret1'],
      ['X-Pin', 'secret2'],
      ['Referer', 'http://x/?a=1&token=secret3'],
    ];
    const target = '/p?ACCESS_TOKEN=secret4&a=b&%74oken=secret5&pin=secret6;api_key=secret7&token';
    end(run({ target, headers }, [['Set-Cookie', 'sid=secret8']]));
    assert.doesNotMatch(JSON.stringify(lines), /secret/);
    const path = '/p?ACCESS_TOKEN=[redacted]&a=b&%74oken=[redacted]&pin=[redacted]&token';
    assert.equal(lines[0]?.fields.path, path);
    assert.equal(lines[0]?.fields.referer, 'http://x/?a=1&token=[redacted]');
  });

  it('skips paths: exactly, below, and by their beginning', () => {
    const { lines, run, end } = setUp({ skip_paths: ['/health', '/static/*', '/img-*'], fields: ['path'] });
    for (const target of [
      '/health',
      '/health?x',
      '//health',
      '/static',
      '/static/a',
      '/img-1',
      '/healthy',
      '/statics',
    ]) {
      end(run({ target }));
    }
    assert.deepEqual(
      lines.map(({ fields }) => fields.path),
      ['/healthy', '/statics'],
    );
  });

  it('samples', () => {
    let next = 0;
    const { lines, run, end } = setUp({ sample: 0.25 }, () => (next++ % 4) / 4);
    for (let count = 0; count < 8; count++) end(run());
    assert.equal(lines.length, 2);
  });

  it('writes a line every five minutes while an event stream is open', () => {
    const { lines, clock, run, end } = setUp({ fields: ['status', 'duration_ms', 'events'] });
    const exchange = run({}, [['Content-Type', 'text/event-stream; charset=utf-8']]);
    clock.advance(299_999);
    assert.equal(lines.length, 0);
    exchange.events = 7;
    clock.advance(1);
    clock.advance(300_000);
    const progress = { request_id: 'id-1', status: 200, events: 7 };
    assert.deepEqual(lines, [
      { level: 'info', message: 'stream open', fields: { ...progress, duration_ms: 300_000 } },
      { level: 'info', message: 'stream open', fields: { ...progress, duration_ms: 600_000 } },
    ]);
    end(exchange);
    clock.advance(900_000);
    assert.equal(lines.length, 3);
    assert.equal(clock.timers.length, 0);
  });

  it('stops the progress of a stream that failed, and of all when disposed of', () => {
    const { lines, clock, middleware, run, end } = setUp();
    const stream: [string, string][] = [['Content-Type', 'text/event-stream']];
    end(run({}, stream), new ProxyError('backend-gone'));
    assert.equal(clock.timers.length, 0);
    run({}, stream);
    assert.equal(clock.timers.length, 1);
    void middleware.dispose?.();
    clock.advance(300_000);
    assert.deepEqual(lines, []);
  });

  for (const options of [
    { log_level: 'loud' },
    { fields: ['colour'] },
    { fields: ['request_header:a b'] },
    { sample: 0 },
    { sample: 1.1 },
    { skip_paths: ['health'] },
    { skip_paths: ['/a*b'] },
    { level: 'info' },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () =>
      assert.equal(logging.optionsSchema.safeParse(options).success, false));
  }
});
