import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { ipFilter } from '../../../src/middleware/ip-filter.js';
import { TestHost } from '../../support/middleware-host.js';
import { fakeExchange } from './fake-exchange.js';

/** The status with which an address is refused; 0: it passes. Asked twice: the second comes from what is kept. */
function filter(options: object): (address: string) => number {
  const middleware = ipFilter.create('filter', ipFilter.optionsSchema.parse(options), new TestHost());
  const ask = (address: string): number => {
    try {
      void middleware.onRequest?.(fakeExchange({ address }).exchange);
      return 0;
    } catch (error) {
      assert.ok(error instanceof ProxyError && error.code === 'address-refused');
      return error.traits.status;
    }
  };
  return (address) => {
    const first = ask(address);
    assert.equal(ask(address), first);
    return first;
  };
}

describe('ip_filter', () => {
  const cases: [options: object, passing: readonly string[], refused: readonly string[]][] = [
    [{}, ['192.0.2.1', '2001:db8::1', ''], []],
    [{ allow: ['10.0.0.0/8', '192.0.2.7'] }, ['10.255.0.1', '192.0.2.7'], ['11.0.0.1', '192.0.2.8', '::1', '', 'x']],
    [{ deny: ['10.0.0.0/8'] }, ['11.0.0.1', '::1', ''], ['10.0.0.1']],
    [{ allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] }, ['10.0.0.1'], ['10.1.0.1', '11.0.0.1']],
    [{ allow: ['10.1.2.3/8'] }, ['10.9.9.9'], ['11.0.0.1']],
    [{ allow: ['10.0.0.0/8'] }, ['::ffff:10.0.0.1', '::ffff:a00:1', '0:0:0:0:0:ffff:10.0.0.1'], ['::ffff:11.0.0.1']],
    [
      { deny: ['::ffff:10.0.0.0/104', '::ffff:192.0.2.1'] },
      ['11.0.0.1'],
      ['10.2.3.4', '192.0.2.1', '::ffff:192.0.2.1'],
    ],
    [{ allow: ['2001:db8::/32', '::1'] }, ['2001:db8:1::9', '::1', '0:0::1'], ['2001:db9::1', '127.0.0.1']],
    [{ allow: ['fe80::/10'] }, ['fe80::1%eth0'], ['fec0::1%eth0']],
    [{ deny: ['0.0.0.0/0'] }, ['::1'], ['192.0.2.1', '::ffff:192.0.2.1']],
  ];
  for (const [options, passing, refused] of cases) {
    it(JSON.stringify(options), () => {
      const ask = filter(options);
      for (const address of passing) assert.equal(ask(address), 0, address);
      for (const address of refused) assert.equal(ask(address), 403, address);
    });
  }

  it('tells the status it is given', () =>
    assert.equal(filter({ deny: ['192.0.2.1'], status: 404 })('192.0.2.1'), 404));

  for (const options of [
    { allow: ['10.0.0.0/33'] },
    { allow: ['10.0.0'] },
    { deny: ['example.com'] },
    { deny: '10.0.0.1' },
    { status: 200 },
    { status: 499 },
    { status: 600 },
    { block: [] },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.equal(ipFilter.optionsSchema.safeParse(options).success, false);
    });
  }

  for (const [options, doubted] of [
    [{ allow: ['10.0.0.0/8'] }, []],
    [{}, ['allow']],
    [{ allow: ['0.0.0.0/0'] }, ['allow']],
    [{ deny: ['::/0'], status: 503 }, ['deny', 'status']],
  ] as const) {
    it(`doubts ${JSON.stringify(doubted)} of ${JSON.stringify(options)}`, () => {
      const doubts = ipFilter.doubts?.(ipFilter.optionsSchema.parse(options)) ?? [];
      assert.deepEqual(
        doubts.map(({ option }) => option),
        doubted,
      );
    });
  }
});
