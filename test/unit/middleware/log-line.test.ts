import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Exchange, ExchangeKind } from '../../../src/exchange/exchange.js';
import type { Route } from '../../../src/exchange/route.js';
import { LOG_FIELDS, logMembers } from '../../../src/middleware/log-fields.js';
import { compileLogLine, type LogMember, type LogNumbers } from '../../../src/middleware/log-line.js';
import { HeaderList } from '../../../src/protocol/http1/header-list.js';
import { fakeExchange } from './fake-exchange.js';

const numbers: LogNumbers = { status: 200, durationMs: 1.25, requestBytes: 0, responseBytes: 57 };

interface Case {
  readonly exchange: Exchange;
  readonly numbers: LogNumbers;
  readonly headers: HeaderList | null;
}

/** What the members say one by one, as JSON.stringify writes it. */
function expected(members: readonly LogMember[], { exchange, numbers: said, headers }: Case): string {
  const object: Record<string, unknown> = { request_id: exchange.id };
  for (const { name, read } of members) object[name] = read(exchange, said, headers) ?? undefined;
  if (exchange.tries.length > 1) object.tried = exchange.tries.map(({ backend }) => ({ backend }));
  return JSON.stringify(object).slice(1, -1);
}

const someOf = <T>(...values: T[]) => fc.constantFrom(...values);
const aTls = fc.record({
  protocol: someOf('TLSv1.2', 'TLSv1.3'),
  cipher: someOf('A', 'B'),
  serverName: someOf(null, 'a.example'),
  resumed: fc.boolean(),
  subject: someOf(null, 'CN="ada"'),
  clientAuthority: fc.constant(null),
});

const aCase: fc.Arbitrary<Case> = fc
  .record({
    method: someOf('GET', 'POST'),
    target: someOf('/', '/a?b=1', '/b?token=secret', '/"q"', `/${'x'.repeat(120)}`),
    address: someOf('192.0.2.1', '2001:db8::1'),
    scheme: someOf<'http' | 'https'>('http', 'https'),
    host: someOf('a.example', 'b.example:8080'),
    agent: someOf(null, 'one', 'a "quoted" one'),
    tls: fc.option(aTls),
    status: someOf(0, 200, 404),
    durationMs: someOf(0, 0.0004, 1.5, 12.3456, 3_000_000.25),
    bytes: someOf(0, 1, 57, 2 ** 40),
    route: someOf(null, '*', 'a.example/x'),
    service: someOf(null, 'b', 'c'),
    backends: fc.array(someOf('http://a', 'http://b'), { maxLength: 3 }),
    user: someOf(null, 'ada', 'bob\n'),
    kind: someOf<ExchangeKind>('http', 'sse'),
    events: someOf(0, 3),
    accepts: someOf(null, 'text/plain'),
  })
  .map((said) => {
    const { method, target, address, scheme, status, durationMs, bytes } = said;
    const fields: [string, string][] = [['Host', said.host]];
    if (said.agent !== null) fields.push(['User-Agent', said.agent]);
    const { exchange } = fakeExchange({ method, target, address, scheme, headers: fields });
    Object.assign(exchange.client, { tls: said.tls });
    Object.assign(exchange, { user: said.user, kind: said.kind, events: said.events, serviceName: said.service });
    if (said.route !== null) exchange.route = { name: said.route } as Route;
    exchange.tries.push(...said.backends.map((backend) => ({ backend, error: null })));
    const headers = said.accepts === null ? null : new HeaderList([['Content-Type', said.accepts]]);
    return { exchange, numbers: { status, durationMs, requestBytes: bytes, responseBytes: 0 }, headers };
  });

const aField = someOf(...LOG_FIELDS, 'request_header:User-Agent', 'response_header:Content-Type');

describe('compileLogLine', () => {
  it('says what its members say, whatever the line before said', () => {
    const few = fc.array(aCase, { minLength: 1, maxLength: 4 });
    const lines = few.chain((some) => fc.array(someOf(...some), { minLength: 1, maxLength: 12 }));
    fc.assert(
      fc.property(fc.uniqueArray(aField), lines, (fields, all) => {
        const members = logMembers(fields, new Set(['token']));
        const line = compileLogLine(members);
        for (const one of all)
          assert.equal(line(one.exchange, one.numbers, one.headers).text(), expected(members, one));
      }),
    );
  });

  it('sees each single difference of two exchanges', () => {
    const members = logMembers(LOG_FIELDS, new Set());
    const tls = {
      protocol: 'TLSv1.3',
      cipher: 'A',
      serverName: 'a',
      resumed: false,
      subject: null,
      clientAuthority: null,
    };
    const differences: ((exchange: Exchange) => void)[] = [
      () => {},
      (exchange) => Object.assign(exchange.client, { tls }),
      (exchange) => Object.assign(exchange.client, { tls: { ...tls, cipher: 'B' } }),
      (exchange) => Object.assign(exchange.client, { tls: { ...tls, protocol: 'TLSv1.2' } }),
      (exchange) => Object.assign(exchange.client, { tls: { ...tls, serverName: null } }),
      (exchange) => Object.assign(exchange.client, { tls: { ...tls, subject: 'CN=ada' } }),
      (exchange) => Object.assign(exchange.client, { address: '192.0.2.9' }),
      (exchange) => Object.assign(exchange.client, { peerAddress: '192.0.2.9' }),
      (exchange) => Object.assign(exchange.request, { listenerPort: 1 }),
      (exchange) => Object.assign(exchange.request, { scheme: 'https' }),
      (exchange) => Object.assign(exchange.request.head, { method: 'PUT' }),
      (exchange) => Object.assign(exchange.request.facts, { host: 'z.example' }),
      (exchange) => Object.assign(exchange, { user: 'ada' }),
      (exchange) => Object.assign(exchange, { kind: 'sse' }),
      (exchange) => Object.assign(exchange, { events: 1 }),
      (exchange) => Object.assign(exchange, { serviceName: 's' }),
      (exchange) => Object.assign(exchange, { route: { name: 'r' } }),
      (exchange) => exchange.tries.push({ backend: 'http://a', error: null }),
      (exchange) => exchange.tries.push({ backend: 'http://b', error: null }),
      (exchange) => exchange.tries.push({ backend: 'http://b', error: null }, { backend: 'http://b', error: null }),
    ];
    const line = compileLogLine(members);
    for (const differ of differences) {
      const plain = fakeExchange().exchange;
      const other = fakeExchange().exchange;
      differ(other);
      for (const exchange of [plain, plain, other, other, plain]) {
        assert.equal(line(exchange, numbers, null).text(), expected(members, { exchange, numbers, headers: null }));
      }
    }
    const plain = fakeExchange().exchange;
    const failed = { ...numbers, status: 500 };
    assert.match(line(plain, failed, null).text(), /"status":500/);
    assert.match(line(plain, numbers, null).text(), /"status":200/);
  });
});
