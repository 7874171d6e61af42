import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PatternError } from '../../../src/pattern/pattern-error.js';
import { compileRewrite } from '../../../src/router/path-rewrite.js';

const apply = (rule: Parameters<typeof compileRewrite>[0], target: string): string => {
  return (compileRewrite(rule) ?? ((same: string) => same))(target);
};

describe('strip_prefix', () => {
  const cases: [prefix: string, target: string, expected: string][] = [
    ['/ws', '/ws/room?x', '/room?x'],
    ['/ws', '/ws', '/'],
    ['/ws', '/ws/', '/'],
    ['/ws', '/ws?x=/ws', '/?x=/ws'],
    ['/ws', '/wsx', '/wsx'],
    ['/ws', '/a/ws', '/a/ws'],
    ['/ws', '/ws/%2F%41', '/%2F%41'],
    ['/ws/', '/ws/room', '/room'],
    ['/', '/ws', '/ws'],
    ['/ws', '*', '*'],
  ];
  for (const [prefix, target, expected] of cases) {
    it(`${prefix}: ${target} becomes ${expected}`, () =>
      assert.equal(apply({ stripPrefix: prefix }, target), expected));
  }
});

describe('rewrite', () => {
  const cases: [from: string, to: string, target: string, expected: string][] = [
    ['~^/ws/(.*)$', '/socket/$1', '/ws/a/b', '/socket/a/b'],
    ['~^/ws/(.*)$', '/socket/$1', '/ws/a?q=1', '/socket/a?q=1'],
    ['~^/ws/(.*)$', '/socket/$1', '/x/a?q=/ws/1', '/x/a?q=/ws/1'],
    ['~^/(\\w+)/(\\w+)$', '/$2?first=$1', '/a/b?old', '/b?first=a'],
    ['~^/ws/', '/s/', '/ws/ws/', '/s/ws/'],
    ['~^/a(b)?', '/x$1', '/ac', '/xc'],
    ['~^/(a)', '/$$1\\$1$12', '/a', '/$1$1a2'],
    ['~^/a$', '/[$0]', '/a', '/[/a]'],
    ['~^/%41/(.*)$', '/$1', '/%41/%2F', '/%2F'],
  ];
  for (const [from, to, target, expected] of cases) {
    it(`${from} to ${to}: ${target} becomes ${expected}`, () => {
      assert.equal(apply({ rewrite: { from, to } }, target), expected);
    });
  }

  it('goes behind strip_prefix', () => {
    const rule = { stripPrefix: '/api', rewrite: { from: '~^/v1/(.*)$', to: '/one/$1' } };
    assert.equal(apply(rule, '/api/v1/x?y'), '/one/x?y');
  });
});

describe('compileRewrite', () => {
  it('is null where nothing is to be changed', () => {
    assert.equal(compileRewrite({}), null);
    assert.equal(compileRewrite({ stripPrefix: '/' }), null);
  });

  it('refuses what it cannot use', () => {
    assert.throws(() => compileRewrite({ stripPrefix: 'ws' }), PatternError);
    assert.throws(() => compileRewrite({ rewrite: { from: '/ws', to: '/' } }), PatternError);
    assert.throws(() => compileRewrite({ rewrite: { from: '~(', to: '/' } }), PatternError);
    assert.throws(() => compileRewrite({ rewrite: { from: '~^/(a)', to: '/$2' } }), PatternError);
  });
});
