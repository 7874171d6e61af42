import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { jsonCharacters, jsonMember, jsonNumber, memberBegin } from '../../../src/middleware/json-members.js';

const texts = ['', 'a', 'a b~', '"', '\\', '\n', '\x7f', 'é', '\u2028', '\ud800', '\ud83d\ude00', '"'.repeat(150)];

describe('jsonMember', () => {
  it('writes what JSON.stringify writes, with the comma before it', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.integer());
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), value, (name, said) => {
        assert.equal(jsonMember(memberBegin(name), said), `,${JSON.stringify(name)}:${JSON.stringify(said)}`);
      }),
    );
  });

  it('writes nothing where there is no value', () => {
    assert.equal(jsonMember(memberBegin('a'), null), '');
    assert.equal(jsonMember(memberBegin('a'), undefined), '');
  });
});

describe('jsonCharacters', () => {
  it('escapes what JSON has to escape', () => {
    for (const text of texts) assert.equal(`"${jsonCharacters(text)}"`, JSON.stringify(text));
  });
});

describe('jsonNumber', () => {
  it('writes numbers as JavaScript does, those with three decimals too', () => {
    const thousandths = fc.integer({ min: -5000, max: 2 ** 33 }).map((count) => count / 1000);
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.oneof(thousandths, finite, fc.integer(), fc.constantFrom(0, -0, 1)), (value) => {
        assert.equal(jsonNumber(value), String(value));
      }),
    );
  });
});
