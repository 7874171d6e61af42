import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RouteTrace } from '../../../src/router/route-trace.js';
import { Router, type RouterRules } from '../../../src/router/router.js';

type Places = [host: number | null, path: number | null];

/** Rules whose targets say where they stand. */
function numbered(
  hosts: readonly { pattern: string; port?: number; paths?: readonly (string | [string, string])[] }[],
  topLevel: readonly string[] = [],
): RouterRules<Places> {
  return {
    hostRules: hosts.map(({ pattern, port = null, paths = [] }, host) => ({
      pattern,
      port,
      target: [host, null],
      routes: paths.map((path, index) => {
        const [text, method] = typeof path === 'string' ? [path] : path;
        return { pattern: text, methods: method === undefined ? null : new Set([method]), target: [host, index] };
      }),
    })),
    topLevel: topLevel.map((pattern, index) => ({ pattern, target: [null, index] })),
  };
}

const passedOver = (others: RouteTrace['otherHosts']) => others.map(({ index, how, why }) => `${index} ${how} ${why}`);

describe('the trace of a request', () => {
  const hosts = ['*', '~example', '*.com', '*.example.com', 'a.example.com', '~^a', 'other.org'];

  it('says how the host matches, and why the other rules for it do not count', () => {
    for (const [host, how, index, others] of [
      [
        'A.example.com.:80',
        'exact',
        4,
        [
          '0 any less-specific',
          '1 regex less-specific',
          '2 wildcard less-specific',
          '3 wildcard less-specific',
          '5 regex less-specific',
        ],
      ],
      ['b.example.com', 'wildcard', 3, ['0 any less-specific', '1 regex less-specific', '2 wildcard less-specific']],
      ['a.example.net', 'regex', 1, ['0 any less-specific', '5 regex later']],
      ['q', 'any', 0, []],
    ] as const) {
      const trace = new Router(numbered(hosts.map((pattern) => ({ pattern })))).trace(80, host, '/', 'GET');
      assert.deepEqual(trace.host, { index, how, pattern: hosts[index] });
      assert.deepEqual(passedOver(trace.otherHosts), others);
      assert.deepEqual([trace.path, trace.otherPaths], [null, []]);
    }
  });

  it('says how the path matches, and why the other rules for it do not count', () => {
    const paths = ['/a/*', '/a/*/c', '/a/b/*', '/a/b/c', '~c$', '~^/a', '/x'];
    const router = new Router(numbered([{ pattern: '*', paths }]));
    for (const [path, how, index, others] of [
      [
        '/a/b/c',
        'exact',
        3,
        [
          '0 prefix less-specific',
          '1 segments less-specific',
          '2 prefix less-specific',
          '4 regex less-specific',
          '5 regex less-specific',
        ],
      ],
      ['/a/b/d', 'prefix', 2, ['0 prefix less-specific', '5 regex less-specific']],
      ['/a/d/c', 'prefix', 0, ['1 segments later', '4 regex less-specific', '5 regex less-specific']],
      ['/q/c', 'regex', 4, []],
      ['/aa/c', 'regex', 4, ['5 regex later']],
    ] as const) {
      const trace = router.trace(80, 'h', path, 'GET');
      assert.deepEqual(trace.path, { index, how, pattern: paths[index] }, path);
      assert.deepEqual(passedOver(trace.otherPaths), others, path);
    }
  });

  it('tells rules of one pattern apart by method', () => {
    const router = new Router(
      numbered([
        {
          pattern: '*',
          paths: [
            ['/a', 'GET'],
            ['/a', 'PUT'],
          ],
        },
      ]),
    );
    for (const [method, index, other] of [
      ['GET', 0, '1 exact method'],
      ['PUT', 1, '0 exact method'],
      ['POST', 0, '1 exact method'],
    ] as const) {
      const trace = router.trace(80, 'h', '/a', method);
      assert.equal(trace.path?.index, index);
      assert.deepEqual(passedOver(trace.otherPaths), [other]);
    }
  });

  it('leaves out rules of other ports, and has the top-level rules where no host rule matches', () => {
    const router = new Router(
      numbered(
        [
          { pattern: 'h', port: 80 },
          { pattern: '*', port: 81 },
        ],
        ['/a', '/*'],
      ),
    );
    const other = router.trace(80, 'q', '/a', 'GET');
    assert.deepEqual([other.host, other.otherHosts, other.path?.index], [null, [], 0]);
    assert.deepEqual(passedOver(other.otherPaths), ['1 prefix less-specific']);
    assert.deepEqual(router.trace(80, 'h', '/a', 'GET').otherHosts, []);
    assert.equal(router.trace(81, 'h', '/a', 'GET').host?.index, 1);
  });

  it('names the rules that the router takes, whatever they are', () => {
    const host = fc.constantFrom('a.b', '*.b', '*', '~a', '~b$', 'b', '*.a.b');
    const path = fc.constantFrom('/', '/a', '/a/*', '/a/*/c', '/*', '~a', '~c$', '/a/b/*', '/a/b/c');
    const rules = fc.record({
      hosts: fc.array(fc.record({ pattern: host, paths: fc.uniqueArray(path, { maxLength: 5 }) }), { maxLength: 5 }),
      topLevel: fc.uniqueArray(path, { maxLength: 4 }),
    });
    const hostAsked = fc.constantFrom('a.b', 'b', 'x.a.b', 'c');
    const pathAsked = fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/a/x/c', '/c');
    fc.assert(
      fc.property(rules, hostAsked, pathAsked, ({ hosts: list, topLevel }, authority, matchPath) => {
        const router = new Router(numbered(list, topLevel));
        const taken = router.match(80, authority, matchPath, 'GET');
        const { host: hostRule, path: pathRule } = router.trace(80, authority, matchPath, 'GET');
        const traced =
          hostRule === null && pathRule === null ? null : [hostRule?.index ?? null, pathRule?.index ?? null];
        assert.deepEqual(traced, taken);
      }),
    );
  });
});
