import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cookieValues } from '../../../../src/protocol/http1/cookie.js';

test('the values of a name, in their order, over all fields', () => {
  const fields = ['a=1; b=2; a=3', 'b=4', 'a=5;a=6'];
  assert.deepEqual(cookieValues(fields, 'a', 10), ['1', '3', '5', '6']);
  assert.deepEqual(cookieValues(fields, 'b', 10), ['2', '4']);
  assert.deepEqual(cookieValues(fields, 'a', 3), ['1', '3', '5']);
  assert.deepEqual(cookieValues(fields, 'c', 10), []);
  assert.deepEqual(cookieValues([], 'a', 10), []);
});

test('a value goes to its semicolon, with every = in it; quotes around it are no part of it', () => {
  for (const [field, values] of [
    ['a=b=c==; d', ['b=c==']],
    ['a="b c"', ['b c']],
    ['a="', ['"']],
    ['a=""', ['']],
    ['a=', ['']],
    ['a = \tb\t ', ['b']],
    ['a="b;c"', ['"b']],
    ['a', []],
    ['a; a=1', ['1']],
    ['aa=1; A=1', []],
    ['b=a=1', []],
  ] as const) {
    assert.deepEqual(cookieValues([field], 'a', 10), values, field);
  }
});

test('it reads what is split and trimmed in the plain way', () => {
  const plain = (field: string): string[] =>
    field.split(';').flatMap((pair) => {
      const [, name, value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
      const trim = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '');
      if (name === undefined || trim(name) !== 'ab') return [];
      return [trim(value).replace(/^"(.*)"$/s, '$1')];
    });
  const piece = fc.constantFrom('a', 'b', 'ab', 'ab=', '=', ';', ' ', '\t', '"', 'é', 'x');
  const check = fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
    const field = pieces.join('');
    assert.deepEqual(cookieValues([field], 'ab', 100), plain(field), JSON.stringify(field));
  });
  fc.assert(check, { numRuns: 2000, seed: 27 });
});
