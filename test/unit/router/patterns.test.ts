import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparePathPatterns, compilePathPattern, pathPatternMatches } from '../../../src/pattern/path-pattern.js';
import { compareHostPatterns, compileHostPattern, hostPatternMatches } from '../../../src/router/host-pattern.js';

describe('compareHostPatterns', () => {
  it('sorts patterns in the order they are asked, stably', () => {
    const sorted = ['*', '~b', '~a', '*.com', '*.example.com', 'b.com', 'a.com']
      .map((text) => ({ text, pattern: compileHostPattern(text) }))
      .sort((a, b) => compareHostPatterns(a.pattern, b.pattern));
    assert.deepEqual(
      sorted.map(({ text }) => text),
      ['b.com', 'a.com', '*.example.com', '*.com', '~b', '~a', '*'],
    );
  });
});

describe('hostPatternMatches', () => {
  for (const pattern of ['a.example.com', '*.example.com', '~^a\\.', '*']) {
    it(pattern, () => {
      assert.equal(hostPatternMatches(compileHostPattern(pattern), 'a.example.com'), true);
      assert.equal(hostPatternMatches(compileHostPattern(pattern), 'example.com'), pattern === '*');
    });
  }
});

describe('comparePathPatterns', () => {
  it('sorts patterns in the order they are asked, stably', () => {
    const sorted = ['~b', '/*', '/a/*', '/a/*/c', '/a/b/*', '/z', '/a']
      .map((text) => ({ text, pattern: compilePathPattern(text) }))
      .sort((a, b) => comparePathPatterns(a.pattern, b.pattern));
    assert.deepEqual(
      sorted.map(({ text }) => text),
      ['/z', '/a', '/a/b/*', '/a/*', '/a/*/c', '/*', '~b'],
    );
  });
});

describe('pathPatternMatches', () => {
  for (const pattern of ['/a/b', '/a/*', '/*/b', '~b$']) {
    it(pattern, () => {
      assert.equal(pathPatternMatches(compilePathPattern(pattern), '/a/b'), true);
      assert.equal(pathPatternMatches(compilePathPattern(pattern), '/ab/bc'), false);
    });
  }
});
