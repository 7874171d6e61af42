import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../../src/exchange/clock.js';
import { Counters } from '../../../src/exchange/counters.js';
import { silentLog } from '../../../src/exchange/log.js';
import { RateBuckets } from '../../../src/exchange/rate-buckets.js';
import { TunnelCounts } from '../../../src/exchange/tunnel-counts.js';
import { headers } from '../../../src/middleware/headers.js';
import { requestId } from '../../../src/middleware/request-id.js';
import { fakeExchange, responseHead } from './fake-exchange.js';

const host = {
  log: silentLog,
  clock: systemClock,
  random: () => 0,
  tunnelCounts: new TunnelCounts(new Counters()),
  rateBuckets: new RateBuckets(),
};
const make = (options: unknown) => headers.create('headers', headers.optionsSchema.parse(options), host);

describe('headers', () => {
  it('removes, sets and adds towards the backend', () => {
    const { exchange } = fakeExchange({
      headers: [
        ['X-Old', '1'],
        ['x-set', 'client'],
        ['X-Set', 'again'],
        ['X-Add', 'a'],
      ],
    });
    void make({ request: { remove: ['x-old'], set: { 'X-Set': 'proxy' }, add: { 'X-Add': 'b' } } }).onRequest?.(
      exchange,
    );
    assert.deepEqual(
      [...exchange.backendRequest.headers],
      [
        ['Host', 'a.example'],
        ['X-Set', 'proxy'],
        ['X-Add', 'a'],
        ['X-Add', 'b'],
      ],
    );
  });

  it('changes the response', () => {
    const { exchange } = fakeExchange();
    const head = responseHead(200, [
      ['Server', 'x'],
      ['X-A', '1'],
    ]);
    const options = { response: { remove: ['server'], set: { 'X-A': '{request_id}' }, add: { 'X-B': '{"{}"}' } } };
    void make(options).onResponse?.(exchange, head);
    assert.deepEqual(
      [...head.headers],
      [
        ['X-A', 'id-1'],
        ['X-B', '{"{}"}'],
      ],
    );
  });

  it('fills placeholders, and leaves out what has no value', () => {
    const { exchange } = fakeExchange({ headers: [['X-User', 'forged']] });
    const middleware = make({
      request: { set: { 'X-Ip': 'ip={client_ip};', 'X-User': '{user}' }, add: { 'X-U': '{user}' } },
    });
    void middleware.onRequest?.(exchange);
    assert.equal(exchange.backendRequest.headers.get('x-ip'), 'ip=198.51.100.7;');
    assert.equal(exchange.backendRequest.headers.has('x-user'), false);
    assert.equal(exchange.backendRequest.headers.has('x-u'), false);
    exchange.user = 'ann';
    void middleware.onRequest?.(exchange);
    assert.equal(exchange.backendRequest.headers.get('x-user'), 'ann');
  });

  it('fills them anew for each exchange, whoever came before', () => {
    const middleware = make({ request: { set: { 'X-Who': ' {client_ip} {user} ' } } });
    const users = ['ann', 'ann', 'ann', 'bob', 'ann', 'é', 'é', 'é\r\n', ''];
    const sent = users.map((user) => {
      const { exchange } = fakeExchange();
      exchange.user = user;
      void middleware.onRequest?.(exchange);
      return exchange.backendRequest.headers.format();
    });
    const values = ['ann', 'ann', 'ann', 'bob', 'ann', '\xc3\xa9', '\xc3\xa9', '\xc3\xa9', ''];
    assert.deepEqual(
      sent,
      values.map((value) => `Host: a.example\r\nX-Who: ${`198.51.100.7 ${value}`.trim()}\r\n`),
    );
  });

  it('never lets CR, LF or what becomes one in Latin-1 into a value', () => {
    const { exchange } = fakeExchange();
    exchange.user = 'a\r\nX-Evil: 1\0\x7f\u010a\u010dé';
    void make({ request: { set: { 'X-User': '{user}' } } }).onRequest?.(exchange);
    const value = exchange.backendRequest.headers.get('x-user') ?? '';
    assert.equal(Buffer.from(value, 'latin1').toString('utf8'), 'aX-Evil: 1\u010a\u010dé');
    assert.match(value, /^[\x20-\x7e\x80-\xff]+$/);
  });

  for (const name of ['Voilà', 'à', 'Рыба', 'Š ']) {
    it(`keeps every byte of ${JSON.stringify(name)}`, () => {
      const { exchange } = fakeExchange();
      exchange.user = ` \t${name}\t `;
      void make({ request: { set: { 'X-User': '{user}', 'X-Name': name } } }).onRequest?.(exchange);
      const { headers } = exchange.backendRequest;
      const values = ['x-user', 'x-name'].map((field) => Buffer.from(headers.get(field) ?? '', 'latin1').toString());
      assert.deepEqual(values, [name.trim(), name.trim()]);
    });
  }

  it('owns the request fields it sets or adds', () => {
    const middleware = make({ request: { set: { X_User: '1' }, add: { 'X-Role': '2' }, remove: ['X-Gone'] } });
    assert.deepEqual(middleware.ownedRequestFields, ['x-user', 'x-role']);
  });

  it('takes no options at all', () => {
    const { exchange } = fakeExchange();
    void make({}).onRequest?.(exchange);
    assert.equal(exchange.backendRequest.headers.size, 1);
  });

  const refused: [why: string, options: unknown][] = [
    ['a hop-by-hop field', { request: { set: { Connection: 'x' } } }],
    ['a framing field', { response: { set: { 'content-length': '1' } } }],
    ['the framing of the handshake', { response: { add: { 'Sec-WebSocket-Accept': 'x' } } }],
    ['removing framing', { request: { remove: ['Transfer-Encoding'] } }],
    ['Host', { request: { set: { Host: 'x' } } }],
    ['a name that is no token', { request: { set: { 'X A': 'x' } } }],
    ['an empty name', { request: { remove: [''] } }],
    ['a line break', { request: { set: { 'X-A': 'a\r\nb' } } }],
    ['a NUL', { request: { set: { 'X-A': 'a\0b' } } }],
    ['an unknown placeholder', { request: { set: { 'X-A': '{nobody}' } } }],
    ['a placeholder named like a property of every object', { request: { set: { 'X-A': '{constructor}' } } }],
    ['an unknown key', { request: { put: {} } }],
  ];
  for (const [why, options] of refused) {
    it(`refuses ${why}`, () => assert.equal(headers.optionsSchema.safeParse(options).success, false));
  }
});

describe('request_id', () => {
  it('names the field for the id, on both ways', () => {
    const middleware = requestId.create('request_id', requestId.optionsSchema.parse({ header: 'X_Trace-Id' }), host);
    const { exchange } = fakeExchange({ headers: [['x_trace-id', 'forged']] });
    const head = responseHead();
    void middleware.onRequest?.(exchange);
    void middleware.onResponse?.(exchange, head);
    assert.equal(exchange.backendRequest.headers.get('x_trace-id'), 'id-1');
    assert.equal(head.headers.get('x_trace-id'), 'id-1');
    assert.deepEqual(middleware.ownedRequestFields, ['x-trace-id']);
  });

  it('is X-Request-Id unless said otherwise', () => {
    assert.deepEqual(requestId.optionsSchema.parse({}), { header: 'X-Request-Id', generator: 'uuid' });
  });

  for (const options of [
    { header: 'a b' },
    { header: 'Connection' },
    { header: 'Content-Length' },
    { generator: 'x' },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () =>
      assert.equal(requestId.optionsSchema.safeParse(options).success, false));
  }
});
