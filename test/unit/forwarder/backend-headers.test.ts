import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBackendHeaders, connectionFields, hostLine } from '../../../src/forwarder/backend-headers.js';
import type { ForwardingRules } from '../../../src/forwarder/forwarder-host.js';
import { CHUNKED, NO_BODY } from '../../../src/protocol/http1/body-framing.js';
import { fakeExchange } from '../middleware/fake-exchange.js';
import { identified, PEER, rulesOf, trusting } from './forwarded-request.js';

type Fields = readonly (readonly [string, string])[];

/** What stands in the list in front of the fields that are always added. */
function sent(rules: ForwardingRules, headers: Fields, owned: readonly string[] = []): Record<string, string> {
  const list = buildBackendHeaders(identified(rules, { headers }), owned, rules);
  return Object.fromEntries([...list].map(([name, value]) => [name.toLowerCase(), value]));
}

const added = {
  host: 'a.example',
  'x-forwarded-for': PEER,
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'a.example',
  via: '1.1 toyou-proxy-test',
  'x-request-id': 'id-1',
};

test('a plain request gets what is always added, in one order', () => {
  const list = buildBackendHeaders(identified(rulesOf()), [], rulesOf());
  assert.equal(
    list.format(),
    'Host: a.example\r\nX-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example\r\n' +
      'Via: 1.1 toyou-proxy-test\r\nX-Request-Id: id-1\r\n',
  );
});

test('what the client sent keeps its order, case and repetitions', () => {
  const headers: Fields = [
    ['X-B', '2'],
    ['cookie', 'a=1'],
    ['x-B', '3'],
    ['Cookie', 'b=2'],
  ];
  const list = buildBackendHeaders(identified(rulesOf(), { headers }), [], rulesOf());
  assert.deepEqual([...list].slice(1, 5), headers);
});

const dropped: readonly (readonly [string, Fields])[] = [
  [
    'what ends at this hop',
    [
      ['Connection', 'keep-alive'],
      ['Keep-Alive', 'timeout=5'],
      ['Proxy-Connection', 'x'],
      ['Proxy-Authorization', 'Basic x'],
      ['Proxy-Authenticate', 'x'],
      ['TE', 'trailers'],
      ['Upgrade', 'h2c'],
    ],
  ],
  [
    'what Connection names',
    [
      ['Connection', 'X-Hop, x-other'],
      ['x-hop', '1'],
      ['X-Other', '2'],
    ],
  ],
  [
    'what an untrusted client says of others',
    [
      ['X-Forwarded-For', '203.0.113.1'],
      ['x-forwarded-proto', 'https'],
      ['X_Forwarded_Host', 'evil.example'],
      ['X-Forwarded-Prefix', '/admin'],
      ['Forwarded', 'for=203.0.113.1'],
      ['X-Real-IP', '203.0.113.1'],
      ['x_real-ip', '203.0.113.1'],
      ['X-Request-Id', 'mine'],
    ],
  ],
  ['an expectation without a body', [['Expect', '100-continue']]],
];

for (const [name, headers] of dropped) {
  test(`dropped: ${name}`, () => assert.deepEqual(sent(rulesOf(), headers), added));
}

test('fields that only the proxy may set are dropped, also with underscores; without, not from a trusted client', () => {
  const owned = ['x-user', 'x-user-id'];
  const headers: Fields = [
    ['X-User', 'root'],
    ['x_user_id', '0'],
    ['X-Users', 'stays'],
  ];
  assert.deepEqual(sent(rulesOf(), headers, owned), { ...added, 'x-users': 'stays' });
  // Its own stay; with underscores they are its client's, which it did not know.
  assert.deepEqual(sent(trusting(), headers, owned), { ...added, 'x-user': 'root', 'x-users': 'stays' });
});

test('an expectation with a body goes on', () => {
  const headers: Fields = [
    ['Expect', '100-continue'],
    ['Content-Length', '5'],
  ];
  assert.deepEqual(sent(rulesOf(), headers), { ...added, expect: '100-continue', 'content-length': '5' });
});

test('a trusted peer is appended to what it forwards; the rest of it stays', () => {
  const headers: Fields = [
    ['X-Forwarded-For', '203.0.113.1'],
    ['X-Forwarded-For', '203.0.113.2, 10.0.0.1'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'public.example'],
    ['X-Forwarded-Port', '443'],
    ['X-Request-Id', 'theirs'],
    ['Forwarded', 'for=203.0.113.1'],
    ['X-Real-IP', '203.0.113.1'],
  ];
  assert.deepEqual(sent(trusting(), headers), {
    ...added,
    'x-forwarded-for': `203.0.113.1, 203.0.113.2, 10.0.0.1, ${PEER}`,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'public.example',
    'x-forwarded-port': '443',
    'x-request-id': 'theirs',
    forwarded: 'for=203.0.113.1',
    'x-real-ip': '203.0.113.1',
  });
});

test('an id that logs could not hold is not taken over, trusted or not', () => {
  for (const id of ['', 'two words', '"quoted"', 'x'.repeat(129), 'caf\u00e9', '{json}']) {
    assert.equal(sent(trusting(), [['X-Request-Id', id]])['x-request-id'], 'id-1', id);
  }
  assert.equal(sent(trusting(), [['X-Request-Id', 'a.b:c+d/e=f@g-h_1']])['x-request-id'], 'a.b:c+d/e=f@g-h_1');
});

test('Via is one line that we are the last of', () => {
  const headers: Fields = [
    ['Via', '1.0 old'],
    ['X-Between', '1'],
    ['VIA', '1.1 other (comment)'],
  ];
  assert.equal(sent(rulesOf(), headers).via, '1.0 old, 1.1 other (comment), 1.1 toyou-proxy-test');
});

test('x_real_ip and forwarded add their fields', () => {
  const rules = rulesOf({ xRealIp: true, forwarded: true });
  assert.deepEqual(sent(rules, []), {
    ...added,
    'x-real-ip': PEER,
    forwarded: `for=${PEER};host=a.example;proto=http`,
  });
});

test('behind a trusted peer they go on from what it said', () => {
  const rules = trusting(['10.0.0.0/8'], { xRealIp: true, forwarded: true });
  const fields = sent(rules, [
    ['X-Forwarded-For', '203.0.113.1, 10.0.0.1'],
    ['Forwarded', 'for=203.0.113.1'],
    ['forwarded', 'for=10.0.0.1'],
  ]);
  assert.equal(fields['x-real-ip'], '203.0.113.1');
  assert.equal(fields.forwarded, `for=203.0.113.1, for=10.0.0.1, for=${PEER};host=a.example;proto=http`);
});

test('the client is the rightmost that is not trusted', () => {
  const of = (...values: string[]) => {
    const headers = values.map((value) => ['X-Forwarded-For', value] as const);
    return identified(trusting(['10.0.0.0/8', '2001:db8::/32']), { headers }).client.address;
  };
  assert.equal(of(), PEER);
  assert.equal(of('203.0.113.1'), '203.0.113.1');
  assert.equal(of('203.0.113.9, 203.0.113.1, 10.0.0.1'), '203.0.113.1');
  assert.equal(of('203.0.113.1', '10.0.0.1, 10.0.0.2'), '203.0.113.1');
  assert.equal(of('10.0.0.3, 10.0.0.1'), '10.0.0.3');
  assert.equal(of('203.0.113.1, unknown, 10.0.0.1'), '10.0.0.1');
  assert.equal(of('[2001:db9::1]:8080, [2001:db8::1]:99'), '2001:db9::1');
  assert.equal(identified(rulesOf(), { headers: [['X-Forwarded-For', '203.0.113.1']] }).client.address, PEER);
});

test('the connection fields are what this hop needs', () => {
  const of = (headers: Fields, framing = NO_BODY) => connectionFields(fakeExchange({ headers }).exchange, framing);
  assert.equal(of([]), '');
  assert.equal(of([], CHUNKED), 'Transfer-Encoding: chunked\r\n');
  assert.equal(of([['TE', 'trailers']]), 'TE: trailers\r\nConnection: TE\r\n');
  assert.equal(
    of([['TE', 'gzip;q=0.5, Trailers']], CHUNKED),
    'Transfer-Encoding: chunked\r\nTE: trailers\r\nConnection: TE\r\n',
  );
  assert.equal(of([['TE', 'gzip']]), '');
  const upgrade: Fields = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['TE', 'trailers'],
  ];
  assert.equal(of(upgrade), 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
});

test("the Host is the client's, the configured one, or the backend's", () => {
  const of = (proxyHost: string | null) => {
    const { exchange } = fakeExchange();
    const line = hostLine(exchange, proxyHost, 'backend.example:81');
    return [line, exchange.backendRequest.headers.getAll('host')];
  };
  assert.deepEqual(of(null), ['', ['a.example']]);
  assert.deepEqual(of('fixed.example'), ['', ['fixed.example']]);
  assert.deepEqual(of('backend'), ['', ['backend.example:81']]);
  const { exchange } = fakeExchange();
  exchange.backendRequest.headers.delete('host');
  assert.equal(hostLine(exchange, null, 'backend.example:81'), 'Host: a.example\r\n');
});
