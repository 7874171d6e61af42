import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PatternError } from '../../../src/pattern/pattern-error.js';
import { type HostRule, Router, type RouterRules } from '../../../src/router/router.js';
import { referenceMatch } from './reference-match.js';

const hostRule = (pattern: string, target: string | null = pattern, port: number | null = null): HostRule<string> => {
  return { pattern, port, target, routes: [] };
};
const withPaths = (...patterns: string[]): Router<string> => {
  const routes = patterns.map((pattern) => ({ pattern, target: pattern }));
  return new Router({ hostRules: [{ pattern: '*', port: null, target: 'host', routes }], topLevel: [] });
};
const withHosts = (...hostRules: HostRule<string>[]): Router<string> => new Router({ hostRules, topLevel: [] });

describe('Router: hosts', () => {
  it('takes exact before wildcard before regex before *', () => {
    const all = ['*', '~^ws\\.example\\.com$', '*.example.com', 'ws.example.com'];
    for (const [index, expected] of ['ws.example.com', '*.example.com', '~^ws\\.example\\.com$', '*'].entries()) {
      const router = withHosts(...all.slice(0, all.length - index).map((pattern) => hostRule(pattern)));
      assert.equal(router.match(80, 'ws.example.com', '/', 'GET'), expected);
    }
  });

  it('takes the longest suffix first, at any depth, and not the bare domain', () => {
    const router = withHosts(hostRule('*.com'), hostRule('*.example.com'), hostRule('*.b.example.com'));
    assert.equal(router.match(80, 'x.y.b.example.com', '/', 'GET'), '*.b.example.com');
    assert.equal(router.match(80, 'b.example.com', '/', 'GET'), '*.example.com');
    assert.equal(router.match(80, 'example.com', '/', 'GET'), '*.com');
    assert.equal(router.match(80, 'com', '/', 'GET'), null);
    assert.equal(withHosts(hostRule('*.example.com')).match(80, '.example.com', '/', 'GET'), null);
    assert.equal(withHosts(hostRule('*.example.com')).match(80, 'badexample.com', '/', 'GET'), null);
  });

  it('compares without case, port and trailing dot', () => {
    const router = withHosts(hostRule('WS.Example.com.', 'x'), hostRule('~^API\\d+$', 'api'), hostRule('*.Org', 'org'));
    for (const host of [
      'ws.example.com',
      'WS.EXAMPLE.COM',
      'ws.example.com:8080',
      'Ws.example.com.:80',
      'ws.example.com.',
    ]) {
      assert.equal(router.match(80, host, '/', 'GET'), 'x', host);
    }
    assert.equal(router.match(80, 'Api7:1', '/', 'GET'), 'api');
    assert.equal(router.match(80, 'a.ORG.:1', '/', 'GET'), 'org');
  });

  it('knows IPv6 literals, in any spelling', () => {
    const router = withHosts(hostRule('[::1]', 'loopback'), hostRule('[2001:DB8::0:1]', 'doc'));
    assert.equal(router.match(80, '[::1]:8080', '/', 'GET'), 'loopback');
    assert.equal(router.match(80, '[0:0::1]', '/', 'GET'), 'loopback');
    assert.equal(router.match(80, '[2001:db8::1]', '/', 'GET'), 'doc');
    assert.equal(router.match(80, '[::2]', '/', 'GET'), null);
    assert.equal(router.match(80, '[', '/', 'GET'), null);
  });

  it('takes the first among equals', () => {
    assert.equal(
      withHosts(hostRule('A.com', 'first'), hostRule('a.com', 'second')).match(80, 'a.com', '/', 'GET'),
      'first',
    );
    assert.equal(withHosts(hostRule('*', 'first'), hostRule('*', 'second')).match(80, 'a.com', '/', 'GET'), 'first');
    assert.equal(withHosts(hostRule('~a', 'first'), hostRule('~^a', 'second')).match(80, 'a.com', '/', 'GET'), 'first');
    assert.equal(
      withHosts(hostRule('*.com', 'first'), hostRule('*.com', 'second')).match(80, 'a.com', '/', 'GET'),
      'first',
    );
  });

  it('keeps the rules of a port to its listener', () => {
    const router = withHosts(hostRule('a.com', 'on 80', 80), hostRule('a.com', 'on 81', 81), hostRule('b.com', 'all'));
    assert.equal(router.match(80, 'a.com:81', '/', 'GET'), 'on 80');
    assert.equal(router.match(81, 'a.com', '/', 'GET'), 'on 81');
    assert.equal(router.match(82, 'a.com', '/', 'GET'), null);
    for (const port of [80, 81, 82]) assert.equal(router.match(port, 'b.com', '/', 'GET'), 'all');
  });

  it('serves a request without Host by * alone', () => {
    assert.equal(withHosts(hostRule('a.com'), hostRule('*')).match(80, '', '/', 'GET'), '*');
  });

  it('remembers the hosts a regex decided, also those it refused', () => {
    const router = withHosts(hostRule('~^a\\d+$', 'a'), hostRule('*', 'any'));
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < 1500; at++) assert.equal(router.match(80, `a${at}`, '/', 'GET'), 'a');
      for (let at = 0; at < 1500; at++) assert.equal(router.match(80, `b${at}`, '/', 'GET'), 'any');
    }
  });
});

describe('Router: paths', () => {
  it('matches /ws/* on /ws and everything below it', () => {
    const router = withPaths('/ws/*');
    for (const path of ['/ws', '/ws/', '/ws/a', '/ws/a/b/'])
      assert.equal(router.match(80, 'h', path, 'GET'), '/ws/*', path);
    for (const path of ['/', '/wsx', '/w', '/x/ws', '/WS'])
      assert.equal(router.match(80, 'h', path, 'GET'), 'host', path);
  });

  it('matches a path without * exactly', () => {
    const router = withPaths('/ws');
    assert.equal(router.match(80, 'h', '/ws', 'GET'), '/ws');
    for (const path of ['/ws/', '/ws/a', '/w']) assert.equal(router.match(80, 'h', path, 'GET'), 'host', path);
  });

  it('lets * in the middle stand for one segment', () => {
    const router = withPaths('/a/*/b', '/c/*/d/*', '/*/e');
    for (const path of ['/a/x/b', '/c/x/d', '/c/x/d/', '/c/x/d/y/z', '/x/e']) {
      assert.notEqual(router.match(80, 'h', path, 'GET'), 'host', path);
    }
    for (const path of ['/a/b', '/a//b', '/a/x/b/', '/a/x/y/b', '/c/d', '/c/x/dd', '/x/e/', '/x/y/e']) {
      assert.equal(router.match(80, 'h', path, 'GET'), 'host', path);
    }
  });

  it('takes exact before the longest literal prefix before regex', () => {
    const router = withPaths('~^/a', '/*', '/a/*', '/a/b/*', '/a/b', '/a/*/c');
    assert.equal(router.match(80, 'h', '/a/b', 'GET'), '/a/b');
    assert.equal(router.match(80, 'h', '/a/b/c', 'GET'), '/a/b/*');
    assert.equal(router.match(80, 'h', '/a/x/c', 'GET'), '/a/*', 'the same literal prefix: the first wins');
    assert.equal(router.match(80, 'h', '/z', 'GET'), '/*');
    assert.equal(withPaths('~^/a', '/b/*').match(80, 'h', '/a', 'GET'), '~^/a');
    assert.equal(withPaths('/a/*/c', '/a/*').match(80, 'h', '/a/x/c', 'GET'), '/a/*/c');
  });

  it('falls back to a shorter prefix where the rest of a longer one does not match', () => {
    assert.equal(withPaths('/a/b/*/c', '/a/*').match(80, 'h', '/a/b/x/y', 'GET'), '/a/*');
  });

  it('searches a regex, with its case', () => {
    const router = withPaths('~^/v\\d+/', '~\\.png$');
    assert.equal(router.match(80, 'h', '/v12/x', 'GET'), '~^/v\\d+/');
    assert.equal(router.match(80, 'h', '/img/a.png', 'GET'), '~\\.png$');
    assert.equal(router.match(80, 'h', '/V1/', 'GET'), 'host');
  });
});

describe('Router: methods', () => {
  const rule = (pattern: string, target: string, ...methods: string[]) => {
    return { pattern, target, methods: methods.length === 0 ? null : new Set(methods) };
  };
  const routes = [
    rule('/a', 'read', 'GET', 'HEAD'),
    rule('/a', 'write', 'POST'),
    rule('/b', 'b', 'GET'),
    rule('/*', 'all'),
  ];
  const router = new Router({ hostRules: [{ pattern: '*', port: null, target: 'host', routes }], topLevel: [] });

  it('lets the same pattern stand again for other methods', () => {
    assert.equal(router.match(80, 'h', '/a', 'HEAD'), 'read');
    assert.equal(router.match(80, 'h', '/a', 'POST'), 'write');
    assert.equal(router.match(80, 'h', '/z', 'POST'), 'all');
  });

  it('does not go around a rule whose methods do not fit', () => {
    assert.equal(router.match(80, 'h', '/a', 'DELETE'), 'read');
    assert.equal(router.match(80, 'h', '/b', 'POST'), 'b');
  });
});

describe('Router: fallbacks', () => {
  const topLevel = [{ pattern: '/*', target: 'top' }];

  it('uses the top level only where no host rule matches', () => {
    const hostRules = [{ pattern: 'a.com', port: null, target: null, routes: [{ pattern: '/x', target: 'x' }] }];
    const router = new Router({ hostRules, topLevel });
    assert.equal(router.match(80, 'a.com', '/x', 'GET'), 'x');
    assert.equal(router.match(80, 'a.com', '/y', 'GET'), null);
    assert.equal(router.match(80, 'b.com', '/x', 'GET'), 'top');
    assert.equal(new Router({ hostRules: [], topLevel }).match(1, 'any', '/', 'GET'), 'top');
  });

  it('does not try a less specific host when the most specific has no route', () => {
    const router = withHosts(hostRule('*', 'any'), hostRule('a.com', null));
    assert.equal(router.match(80, 'a.com', '/', 'GET'), null);
  });
});

describe('Router: patterns it refuses', () => {
  for (const pattern of ['', 'a.*.com', '*a.com', 'a.com:80', '~(', '*.']) {
    it(`host ${JSON.stringify(pattern)}`, () => assert.throws(() => withHosts(hostRule(pattern)), PatternError));
  }
  for (const pattern of ['', 'ws', '*', '/ws*', '/a*b/c', '/a?x=1', '~[']) {
    it(`path ${JSON.stringify(pattern)}`, () => assert.throws(() => withPaths(pattern), PatternError));
  }
});

const host = fc.constantFrom(
  'a.com',
  'b.a.com',
  'c.b.a.com',
  'com',
  'a',
  'b.com',
  'x.y.com',
  'b.a.co',
  'api1',
  'api22.a.com',
);
const hostPattern = fc.oneof(
  host,
  host.map((name) => `*.${name}`),
  host.map((name) => `${name.toUpperCase()}.`),
  fc.constantFrom('*', '~^b\\.', '~com$', '~^api\\d+', '~A'),
);
const segment = fc.constantFrom('a', 'b', 'ab', 'c');
const path = fc
  .array(segment, { maxLength: 5 })
  .chain((parts) => fc.constantFrom(`/${parts.join('/')}`, `/${[...parts, ''].join('/')}`));
const matchPath = path.map((text) => text.replaceAll(/\/+/g, '/'));
const pathPattern = fc.oneof(
  matchPath,
  fc.array(fc.oneof(segment, fc.constant('*')), { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  fc.constantFrom('~^/a', '~b$', '~/c/', '/*'),
);
const port = fc.constantFrom(80, 81, 82);
const target = fc.integer({ min: 1, max: 1_000_000 });
const pathRules = fc.array(fc.record({ pattern: pathPattern, target }), { maxLength: 8 });
const rules: fc.Arbitrary<RouterRules<number>> = fc.record({
  hostRules: fc.array(
    fc.record({
      pattern: hostPattern,
      port: fc.option(port, { freq: 2 }),
      target: fc.option(target),
      routes: pathRules,
    }),
    { maxLength: 8 },
  ),
  topLevel: pathRules,
});
const authority = fc.tuple(host, fc.constantFrom('', '.', ':80', '.:8080')).map((parts) => parts.join(''));

describe('Router against the text', () => {
  it('says what the naive reading says, for random rules and requests', () => {
    const requests = fc.array(fc.tuple(port, authority, matchPath), { minLength: 5, maxLength: 20 });
    fc.assert(
      fc.property(rules, requests, (random, asked) => {
        const router = new Router(random);
        for (const [at, name, where] of asked) {
          assert.equal(
            router.match(at, name, where, 'GET'),
            referenceMatch(random, at, name, where),
            `${at} ${name} ${where}`,
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});
