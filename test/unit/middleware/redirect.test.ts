import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redirect } from '../../../src/middleware/redirect.js';
import { TestHost } from '../../support/middleware-host.js';
import { type FakeRequest, fakeExchange } from './fake-exchange.js';

/** Status and Location of the answer. */
async function answer(options: object, request: FakeRequest): Promise<string> {
  const middleware = redirect.create('redirect', redirect.optionsSchema.parse(options), new TestHost());
  const response = await middleware.onRequest?.(fakeExchange(request).exchange);
  assert.ok(response);
  return `${response.status} ${response.headers.get('location')}`;
}

describe('redirect', () => {
  const cases: [options: object, target: string, answer: string][] = [
    [{ to: 'https://b.example' }, '/', '308 https://b.example/'],
    [{ to: 'https://b.example' }, '/a/b?c=d&e', '308 https://b.example/a/b?c=d&e'],
    [{ to: 'https://b.example/' }, '/a', '308 https://b.example/a'],
    [{ to: 'https://b.example/base/' }, '/a', '308 https://b.example/base/a'],
    [{ to: 'http://b.example:8080/x', status: 301 }, '/a', '301 http://b.example:8080/x/a'],
    [{ to: '/new', status: 307 }, '/a?b', '307 /new/a?b'],
    [{ to: '/new', status: 302, preserve_path: false }, '/a?b', '302 /new'],
    [
      { to: 'https://b.example/login?next=/#top', status: 303, preserve_path: false },
      '/a',
      '303 https://b.example/login?next=/#top',
    ],
    [{ to: 'https://b.example/', preserve_path: false }, '/a', '308 https://b.example/'],
    // Browsers take what begins with two slashes, or with a backslash for one, for another host.
    [{ to: '/' }, '//evil.example/a', '308 /evil.example/a'],
    [{ to: '/' }, '///evil.example', '308 /evil.example'],
    [{ to: 'https://b.example' }, '//evil.example', '308 https://b.example/evil.example'],
    [{ to: 'https://b.example' }, '/@evil.example', '308 https://b.example/@evil.example'],
    [{ to: 'https://b.example' }, '/.evil.example', '308 https://b.example/.evil.example'],
    [{ to: 'https://b.example' }, 'http://a.example/p?q', '308 https://b.example/p?q'],
  ];
  for (const [options, target, expected] of cases) {
    it(`${JSON.stringify(options)} sends ${target} to ${expected}`, async () => {
      assert.equal(await answer(options, { target }), expected);
    });
  }

  it('sends OPTIONS * to the root', async () => {
    assert.equal(
      await answer({ to: 'https://b.example' }, { method: 'OPTIONS', target: '*' }),
      '308 https://b.example/',
    );
  });

  for (const options of [
    {},
    { to: '' },
    { to: 'b.example' },
    { to: '//b.example' },
    { to: '/\\b.example' },
    { to: 'https:/b.example' },
    { to: 'https://' },
    { to: 'https://b.example:port/' },
    { to: 'ws://b.example' },
    { to: 'javascript:alert(1)' },
    { to: 'https://user:secret@b.example' },
    { to: 'https://{host}/' },
    { to: 'https://b.example/a b' },
    { to: 'https://b.example/\r\nSet-Cookie: a=b' },
    { to: 'https://b.example/é' },
    { to: 'https://b.example/%zz' },
    { to: 'https://b.example/?a=b' },
    { to: '/a#b' },
    { to: '/a', status: 300 },
    { to: '/a', status: '308' },
    { to: '/a', code: 301 },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.equal(redirect.optionsSchema.safeParse(options).success, false);
    });
  }

  for (const [options, doubted] of [
    [{ to: 'https://b.example' }, []],
    [{ to: '/' }, ['to']],
    [{ to: '/new' }, ['to']],
    [{ to: '/new', preserve_path: false }, []],
    [{ to: 'https://b.example', status: 303 }, ['status']],
  ] as const) {
    it(`doubts ${JSON.stringify(doubted)} of ${JSON.stringify(options)}`, () => {
      const doubts = redirect.doubts?.(redirect.optionsSchema.parse(options)) ?? [];
      assert.deepEqual(
        doubts.map(({ option }) => option),
        doubted,
      );
    });
  }
});
