import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isValidOriginTarget, parseRequestTarget } from '../../../../src/protocol/http1/request-target.js';
import { ProtocolError } from '../../../../src/protocol/protocol-error.js';
import { codeOf } from '../splits.js';

describe('a path', () => {
  const paths: readonly (readonly [target: string, rawPath: string, matchPath: string, query?: string])[] = [
    ['/', '/', '/'],
    ['/?', '/', '/', '?'],
    ['/a/b', '/a/b', '/a/b'],
    ['/a?b=/../c', '/a', '/a', '?b=/../c'],
    ['/a?x\\y%zz%00?', '/a', '/a', '?x\\y%zz%00?'],
    ['//admin', '//admin', '/admin'],
    ['//', '//', '/'],
    ['/a//', '/a//', '/a/'],
    ['/./a/./', '/a/', '/a/'],
    ['/a/..', '/', '/'],
    ['/a/.', '/a/', '/a/'],
    ['/a/b/../c', '/a/c', '/a/c'],
    ['/a//../b', '/a/b', '/a/b'],
    ['//../b', '/b', '/b'],
    ['/.well-known/x', '/.well-known/x', '/.well-known/x'],
    ['/...', '/...', '/...'],
    ['/a.b/..c', '/a.b/..c', '/a.b/..c'],
    ['/%61dmin', '/%61dmin', '/admin'],
    ['/a%2fb%2Fc%5cd', '/a%2fb%2Fc%5cd', '/a%2Fb%2Fc%5Cd'],
    ['/100%25', '/100%25', '/100%25'],
    ['/%252f', '/%252f', '/%252f'],
    ['/a;b=1/c', '/a;b=1/c', '/a;b=1/c'],
    ['/%E2%82%AC', '/%E2%82%AC', '/€'],
    ['/\xe2\x82\xac', '/\xe2\x82\xac', '/€'],
    ['/\xe2%82\xac', '/\xe2%82\xac', '/€'],
    ['/%E4', '/%E4', '/ä'],
    ['/%2e%2e%2fx', '/%2e%2e%2fx', '/..%2Fx'],
  ];
  for (const [target, rawPath, matchPath, query = ''] of paths) {
    it(target, () => {
      const parsed = parseRequestTarget(target, 'GET');
      assert.deepEqual([parsed.rawPath, parsed.matchPath, parsed.query], [rawPath, matchPath, query]);
      assert.equal(parsed.hasEncodedSlash, /%2f|%5c/i.test(rawPath));
    });
  }

  it('never decodes to NUL, never keeps a dot segment or an empty one, and its escapes are the three kept ones', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2f',
      '%25',
      '%5C',
      '%41',
      ';',
      'a',
      '%',
      '\\',
      '\xe4',
      '?',
      '%00',
    );
    const check = fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const target = `/${pieces.join('')}`;
      try {
        const { rawPath, matchPath, query } = parseRequestTarget(target, 'GET');
        assert.doesNotMatch(matchPath, /\0|\/\/|\/\.\.?(\/|$)|%(?!2F|5C|25)/);
        assert.doesNotMatch(rawPath, /\/\.\.?(\/|$)/);
        assert.deepEqual(parseRequestTarget(rawPath, 'GET').matchPath, matchPath);
        assert.equal(isValidOriginTarget(rawPath + query), true);
      } catch (fault) {
        if (!(fault instanceof ProtocolError)) throw fault;
        assert.equal(isValidOriginTarget(target), false);
      }
    });
    fc.assert(check, { numRuns: 2000 });
  });
});

describe('other forms of the target', () => {
  it('absolute', () => {
    const target = parseRequestTarget('HTTP://Example.com:8080/a/../b?c', 'GET');
    assert.deepEqual(target, {
      form: 'absolute',
      scheme: 'http',
      authority: 'Example.com:8080',
      rawPath: '/b',
      matchPath: '/b',
      query: '?c',
      hasEncodedSlash: false,
    });
    assert.equal(parseRequestTarget('https://a', 'GET').rawPath, '/');
    assert.deepEqual(Object.values(parseRequestTarget('https://a?b', 'OPTIONS')).slice(3, 6), ['/', '/', '?b']);
  });
  it('asterisk', () => {
    assert.equal(parseRequestTarget('*', 'OPTIONS').form, 'asterisk');
    assert.equal(parseRequestTarget('http://a', 'OPTIONS').rawPath, '*');
    assert.equal(
      codeOf(() => parseRequestTarget('*', 'GET')),
      'bad-target',
    );
    assert.equal(
      codeOf(() => parseRequestTarget('**', 'OPTIONS')),
      'bad-target',
    );
  });
});

it('isValidOriginTarget takes only what can be sent as it is', () => {
  for (const text of ['/', '/a?b', '//a', '/%2F', '/\xe4?%zz']) assert.equal(isValidOriginTarget(text), true, text);
  const refused = [
    '',
    'a',
    '*',
    'http://a/',
    '/a b',
    '/a\r\nb',
    '/\0',
    '/\x7f',
    '/a#b',
    '/a/../b',
    '/..',
    '/%',
    '/€',
    '/.',
  ];
  for (const text of refused) assert.equal(isValidOriginTarget(text), false, text);
});
