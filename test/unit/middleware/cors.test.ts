import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cors } from '../../../src/middleware/cors.js';
import { TestHost } from '../../support/middleware-host.js';
import { type FakeRequest, fakeExchange, responseHead } from './fake-exchange.js';

type Fields = readonly (readonly [string, string])[];

/** The status where it is answered here, and the fields of the response. */
async function ask(options: object, request: FakeRequest, backend: Fields = []): Promise<(string | number)[]> {
  const middleware = cors.create('cors', cors.optionsSchema.parse(options), new TestHost());
  const { exchange } = fakeExchange(request);
  const answered = await middleware.onRequest?.(exchange);
  const head = answered
    ? { status: answered.status, reason: '', headers: answered.headers }
    : responseHead(200, backend);
  await middleware.onResponse?.(exchange, head);
  const lines = [...head.headers].map(([name, value]) => `${name}: ${value}`);
  return answered ? [answered.status, ...lines] : lines;
}

const from = (origin: string, more: Fields = []): FakeRequest => ({ headers: [['Origin', origin], ...more] });
const preflight = (origin: string, method = 'PUT', more: Fields = []): FakeRequest => {
  return { method: 'OPTIONS', ...from(origin, [['Access-Control-Request-Method', method], ...more]) };
};
const PAGE = 'https://app.example.com';
const listed = { allowed_origins: [PAGE, 'https://*.example.org', 'null'] };
const PREFLIGHT_VARY = 'Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers';
const METHODS = 'Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE';

describe('cors', () => {
  it('lets every page read by default, without credentials', async () => {
    assert.deepEqual(await ask({}, from(PAGE)), ['Vary: Origin', 'Access-Control-Allow-Origin: *']);
    assert.deepEqual(await ask({}, from('null')), ['Vary: Origin']);
    assert.deepEqual(await ask({}, {}), ['Vary: Origin']);
  });

  it('names the page where it is one of the list', async () => {
    for (const origin of [PAGE, 'https://a.b.example.org', 'null']) {
      assert.deepEqual(await ask(listed, from(origin)), ['Vary: Origin', `Access-Control-Allow-Origin: ${origin}`]);
    }
    for (const origin of ['https://evil.example', 'https://example.org', 'http://app.example.com', 'x']) {
      assert.deepEqual(await ask(listed, from(origin)), ['Vary: Origin']);
    }
    assert.deepEqual(await ask(listed, from(PAGE, [['Origin', PAGE]])), ['Vary: Origin'], 'two of them');
  });

  it('tells what pages may read, and that they may send credentials', async () => {
    const options = { ...listed, exposed_headers: ['X-A', 'X-B'], allow_credentials: true };
    assert.deepEqual(await ask(options, from(PAGE)), [
      'Vary: Origin',
      `Access-Control-Allow-Origin: ${PAGE}`,
      'Access-Control-Allow-Credentials: true',
      'Access-Control-Expose-Headers: X-A, X-B',
    ]);
  });

  it('takes the place of what the backend says', async () => {
    const backend: Fields = [
      ['access-control-allow-origin', 'https://evil.example'],
      ['X-A', '1'],
      ['Access-Control-Allow-Origin', '*'],
      ['Access-Control-Allow-Credentials', 'true'],
      ['Vary', 'Accept-Encoding'],
      ['Access-Control-Allow-Private-Network', 'true'],
      ['vary', 'X-A'],
    ];
    const own = ['X-A: 1', 'Vary: Accept-Encoding, X-A, Origin'];
    assert.deepEqual(await ask(listed, from(PAGE), backend), [...own, `Access-Control-Allow-Origin: ${PAGE}`]);
    assert.deepEqual(await ask(listed, from('https://evil.example'), backend), own);
  });

  it('leaves Vary where it says so already', async () => {
    assert.deepEqual(await ask(listed, {}, [['Vary', 'a, origin']]), ['Vary: a, origin']);
    assert.deepEqual(await ask(listed, {}, [['Vary', '*']]), ['Vary: *']);
  });

  it('answers preflights', async () => {
    const asked: Fields = [['Access-Control-Request-Headers', 'x-a, authorization']];
    assert.deepEqual(await ask({ ...listed, max_age: '10m' }, preflight(PAGE, 'PUT', asked)), [
      204,
      PREFLIGHT_VARY,
      `Access-Control-Allow-Origin: ${PAGE}`,
      METHODS,
      'Access-Control-Allow-Headers: x-a, authorization',
      'Access-Control-Max-Age: 600',
    ]);
    const lists = { ...listed, allowed_methods: ['GET', 'PURGE'], allowed_headers: ['X-A', 'X-B'], max_age: 0 };
    assert.deepEqual(await ask(lists, preflight(PAGE, 'PUT', asked)), [
      204,
      PREFLIGHT_VARY,
      `Access-Control-Allow-Origin: ${PAGE}`,
      'Access-Control-Allow-Methods: GET, PURGE',
      'Access-Control-Allow-Headers: X-A, X-B',
      'Access-Control-Max-Age: 0',
    ]);
  });

  it('answers a preflight of another page without letting it', async () => {
    assert.deepEqual(await ask(listed, preflight('https://evil.example')), [204, PREFLIGHT_VARY]);
  });

  it('lets whatever is asked for where it may be any, and echoes nothing that is no name', async () => {
    const asked: Fields = [['Access-Control-Request-Headers', 'x-a, b c, "d", e']];
    const any = { ...listed, allowed_methods: ['*'], allow_credentials: true };
    assert.deepEqual(await ask(any, preflight(PAGE, 'PURGE', asked)), [
      204,
      PREFLIGHT_VARY,
      `Access-Control-Allow-Origin: ${PAGE}`,
      'Access-Control-Allow-Credentials: true',
      'Access-Control-Allow-Methods: PURGE',
      'Access-Control-Allow-Headers: x-a, e',
    ]);
    assert.ok(!(await ask(any, preflight(PAGE, 'A, B'))).some((line) => String(line).includes('Methods')));
  });

  it('passes an OPTIONS that is no preflight on', async () => {
    for (const headers of [[], [['Origin', PAGE]], [['Access-Control-Request-Method', 'PUT']]] as Fields[]) {
      assert.equal(typeof (await ask(listed, { method: 'OPTIONS', headers }))[0], 'string');
    }
    assert.equal((await ask(listed, { ...preflight(PAGE), method: 'GET' }))[0], 'Vary: Origin');
  });

  it('leaves WebSocket handshakes as they are', async () => {
    const handshake: Fields = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Origin', PAGE],
    ];
    assert.deepEqual(await ask({}, { headers: handshake }, [['Access-Control-Allow-Origin', 'x']]), [
      'Access-Control-Allow-Origin: x',
    ]);
  });

  for (const options of [
    { allow_credentials: true },
    { allowed_origins: ['https://a.example', '*'], allow_credentials: true },
    { allowed_origins: ['a.example'] },
    { allowed_origins: ['https://a.example/'] },
    { allowed_origins: 'https://a.example' },
    { allowed_methods: ['GET, PUT'] },
    { allowed_headers: ['X A'] },
    { exposed_headers: [''] },
    { max_age: -1 },
    { origins: [] },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.equal(cors.optionsSchema.safeParse(options).success, false);
    });
  }

  for (const [options, doubted] of [
    [{}, []],
    [{ allowed_origins: [] }, ['allowed_origins']],
    [{ allowed_origins: ['*', PAGE] }, ['allowed_origins']],
    [{ allowed_origins: ['null'], allow_credentials: true }, ['allowed_origins']],
    [{ allowed_origins: [PAGE], allow_credentials: true, exposed_headers: ['*'] }, ['exposed_headers']],
  ] as const) {
    it(`doubts ${JSON.stringify(doubted)} of ${JSON.stringify(options)}`, () => {
      const doubts = cors.doubts?.(cors.optionsSchema.parse(options)) ?? [];
      assert.deepEqual(
        doubts.map(({ option }) => option),
        doubted,
      );
    });
  }
});
