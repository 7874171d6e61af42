import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { duration, durationRange, MAX_DURATION_MS } from '../../../src/config/schema-duration.js';
import { size } from '../../../src/config/schema-size.js';
import { unitAt } from '../../../src/config/value-unit.js';
import { errorsOf, withAdvanced } from './stand-ins.js';

const read = (value: unknown) => duration().safeParse(value).data;

describe('a duration', () => {
  it('is a number of seconds and becomes milliseconds', () => {
    assert.deepEqual([30, 0.5, 0, 1.2345].map(read), [30_000, 500, 0, 1235]);
  });

  it('is text with a unit', () => {
    assert.deepEqual(
      ['500ms', '10s', '5m', '1h', '1d', '1.5s', '0s'].map(read),
      [500, 10_000, 300_000, 3_600_000, 86_400_000, 1500, 0],
    );
  });

  it('is nothing else', () => {
    for (const bad of [
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '',
      '30',
      '1 s',
      '1S',
      '-1s',
      '1e3s',
      '1h30m',
      '0.1ms',
    ]) {
      assert.equal(read(bad), undefined, String(bad));
    }
    for (const bad of [true, null, [], {}]) assert.equal(read(bad), undefined, JSON.stringify(bad));
  });

  it('is no longer than a timer can wait', () => {
    assert.equal(read(`${MAX_DURATION_MS}ms`), MAX_DURATION_MS);
    assert.equal(read('25d'), undefined);
    assert.equal(read(1e300), undefined);
  });

  it('holds the least that its key needs', () => {
    assert.equal(duration(1).safeParse(0).error?.issues[0]?.message, 'must be at least 1ms');
    assert.equal(duration(1000).safeParse('1ms').error?.issues[0]?.message, 'must be at least 1s');
  });

  it('suggests what was meant', () => {
    const suggested = (text: string) =>
      errorsOf(withAdvanced(`timeout: { read_timeout: "${text}" }`))[0]?.split(' -> ')[1];
    assert.deepEqual(['60', '5 s', '5 sec', '3 MINUTES', '7 millis', '2hours', '1 day', 'soon'].map(suggested), [
      '60s',
      '5s',
      '5s',
      '3m',
      '7ms',
      '2h',
      '1d',
      undefined,
    ]);
  });
});

describe('a range of durations', () => {
  it('is one duration or two', () => {
    assert.deepEqual(durationRange.parse('1s-10s'), { minMs: 1000, maxMs: 10_000 });
    assert.deepEqual(durationRange.parse('500ms - 1m'), { minMs: 500, maxMs: 60_000 });
    assert.deepEqual(durationRange.parse('3s'), { minMs: 3000, maxMs: 3000 });
    assert.deepEqual(durationRange.parse(2), { minMs: 2000, maxMs: 2000 });
  });

  it('is nothing else', () => {
    for (const bad of ['10s-1s', '1s-', '-1s', '1s-2s-3s', '1-10', 'x', '', true, -1, '1s-40d']) {
      assert.equal(durationRange.safeParse(bad).success, false, String(bad));
    }
  });
});

describe('a size', () => {
  const bytes = (value: unknown) => size({ min: 0 }).safeParse(value).data;

  it('is a number of bytes or text with a unit', () => {
    assert.deepEqual(
      [0, 7, '64KiB', '1MiB', '2GiB', '10MB', '3KB', '1GB', '12B', '1.5KiB', '64 KiB'].map(bytes),
      [0, 7, 65_536, 1_048_576, 2_147_483_648, 10_000_000, 3000, 1_000_000_000, 12, 1536, 65_536],
    );
  });

  it('is nothing else', () => {
    for (const bad of [-1, 1.5, Number.NaN, '', '64', '64k', '64kib', '-1KiB', 'KiB', 2 ** 60, true, null]) {
      assert.equal(bytes(bad), undefined, String(bad));
    }
  });

  it('holds the bounds of its key', () => {
    const bounded = size({ min: 1024, max: 4096 });
    assert.equal(bounded.safeParse(1023).error?.issues[0]?.message, 'must be at least 1KiB');
    assert.equal(bounded.safeParse('1MiB').error?.issues[0]?.message, 'must be at most 4KiB');
  });

  it('suggests what was meant', () => {
    const suggested = (text: string) =>
      errorsOf(withAdvanced(`security: { max_header_size: "${text}" }`))[0]?.split(' -> ')[1];
    assert.deepEqual(['32768', '32k', '32 K', '32kb', '1m', '9b', 'big', '3 parsecs'].map(suggested), [
      '32768',
      '32KiB',
      '32KiB',
      '32KB',
      '1MiB',
      '9B',
      undefined,
      undefined,
    ]);
  });
});

it('durations count milliseconds, sizes bytes, and the rest nothing but itself', () => {
  for (const [path, unit] of [
    [['advanced', 'timeout', 'header_timeout'], 'ms'],
    [['advanced', 'security', 'max_header_size'], 'bytes'],
    [['advanced', 'buffer_size', 'read_buffer'], 'bytes'],
    [['host_rules', 0, 'route_rules', 0, 'timeout', 'read_timeout'], 'ms'],
    [['services', 'api', 'health_check', 'interval'], 'ms'],
    [['services', 'api', 'load_balancer', 'retry', 'timeout'], 'ms'],
    [['services', 'api', 'sticky', 'ttl'], 'ms'],
    [['services', 'api', 'load_balancer', 'backends', 0, 'max_tunnels'], null],
    [['advanced', 'connection_pool', 'idle_timeout'], 'ms'],
    [['advanced', 'security', 'max_headers'], null],
    [['advanced', 'bind'], null],
    [['advanced', 'no_such_key'], null],
  ] as const) {
    assert.equal(unitAt(path), unit, path.join('.'));
  }
});
