import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileAllowedOrigins, originPatternFault } from '../../../src/protocol/http1/allowed-origins.js';
import { parseAuthority, parseOrigin } from '../../../src/protocol/http1/origin.js';

describe('an Origin', () => {
  const read: [text: string, parts: [string, string, number | null] | null][] = [
    ['https://app.example.com', ['https', 'app.example.com', 443]],
    ['HTTPS://App.Example.Com:8443', ['https', 'app.example.com', 8443]],
    ['http://localhost', ['http', 'localhost', 80]],
    ['http://127.0.0.1:3000', ['http', '127.0.0.1', 3000]],
    ['http://[::1]:3000', ['http', '[::1]', 3000]],
    ['https://[2001:DB8::1]', ['https', '[2001:db8::1]', 443]],
    ['capacitor://localhost', ['capacitor', 'localhost', null]],
    ['chrome-extension://abcdefgh', ['chrome-extension', 'abcdefgh', null]],
    ['file://', ['file', '', null]],
    ['null', null],
    ['', null],
    ['https://', null],
    ['app.example.com', null],
    ['https://app.example.com/', null],
    ['https://app.example.com?x', null],
    ['https://me@app.example.com', null],
    ['https://a.example https://b.example', null],
    ['https://a.example, https://b.example', null],
    ['https://a.example:99999', null],
    ['https://a.example:', null],
    ['https://[::1', null],
    ['//a.example', null],
  ];
  for (const [text, parts] of read) {
    it(`${JSON.stringify(text)} is ${parts === null ? 'none' : parts.join(' ')}`, () => {
      const origin = parseOrigin(text);
      assert.deepEqual(origin && [origin.scheme, origin.host, origin.port], parts);
    });
  }

  it('names a host as Host does', () => {
    assert.deepEqual(parseAuthority('A.example:8080'), { host: 'a.example', port: 8080 });
    assert.deepEqual(parseAuthority('[::1]'), { host: '[::1]', port: null });
    assert.deepEqual(parseAuthority('[::1]:80'), { host: '[::1]', port: 80 });
    assert.equal(parseAuthority(''), null);
  });
});

describe('a list of origins', () => {
  const cases: [patterns: string[], allowed: string[], refused: string[]][] = [
    [
      ['https://app.example.com'],
      ['https://app.example.com', 'https://app.example.com:443', 'HTTPS://APP.example.com'],
      [
        'http://app.example.com',
        'https://app.example.com:8443',
        'https://app.example.com.',
        'https://app.example.com.evil.example',
        'https://evil.example/app.example.com',
        'https://xapp.example.com',
        'https://app.example.com/',
        'https://app.example.com@evil.example',
        'null',
        '',
      ],
    ],
    [['http://localhost:3000'], ['http://localhost:3000'], ['http://localhost', 'http://localhost:30000']],
    [['http://[::1]:80'], ['http://[::1]'], ['http://[::2]']],
    [
      ['https://*.example.com'],
      ['https://a.example.com', 'https://a.b.c.example.com', 'https://A.EXAMPLE.com:443'],
      [
        'https://example.com',
        'http://a.example.com',
        'https://a.example.com:8443',
        'https://aexample.com',
        'https://a.example.com.evil.example',
        'https://.example.com',
        'https://a..example.com',
        'https://a.example.org',
      ],
    ],
    [['https://*.example.com:8443'], ['https://a.example.com:8443'], ['https://a.example.com']],
    [['*'], ['https://a.example', 'http://localhost:1', 'file://'], ['null']],
    [['null'], ['null'], ['https://a.example', 'NULL']],
    [['*', 'null'], ['null', 'https://a.example'], []],
    [
      ['capacitor://localhost', 'https://a.example'],
      ['capacitor://localhost', 'https://a.example'],
      ['ionic://localhost'],
    ],
    [[], [], ['https://a.example', 'null']],
  ];
  for (const [patterns, allowed, refused] of cases) {
    it(`${JSON.stringify(patterns)}`, () => {
      const allows = compileAllowedOrigins(patterns);
      assert.deepEqual([...allowed, ...refused].filter(allows), allowed);
      assert.deepEqual(
        patterns.filter((pattern) => originPatternFault(pattern) !== null),
        [],
      );
    });
  }

  const faults: [pattern: string, suggestion: string | undefined][] = [
    ['app.example.com', 'https://app.example.com'],
    ['*.example.com', 'https://*.example.com'],
    ['https://app.example.com/', 'https://app.example.com'],
    ['https://app.example.com/chat', 'https://app.example.com'],
    ['wss://app.example.com', 'https://app.example.com'],
    ['ws://localhost:3000/', 'http://localhost:3000'],
    ['https://*', undefined],
    ['https://a*.example.com', undefined],
    ['https://*.*.example.com', undefined],
    ['http://localhost:*', undefined],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['', undefined],
    ['https://', undefined],
  ];
  for (const [pattern, suggestion] of faults) {
    it(`does not take ${JSON.stringify(pattern)}`, () => {
      const fault = originPatternFault(pattern);
      assert.ok(fault !== null);
      assert.equal(fault.suggestion, suggestion);
    });
  }
});
