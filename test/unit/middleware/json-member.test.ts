import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileJsonMember, quoted } from '../../../src/middleware/json-member.js';

describe('compileJsonMember', () => {
  it('writes what JSON.stringify writes, for the first time, the second and the third', () => {
    const member = compileJsonMember('a"b');
    const thousandths = fc.integer({ min: -5000, max: 2 ** 33 }).map((count) => count / 1000);
    const values = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.integer(), thousandths, fc.boolean());
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 3 }), (value, times) => {
        for (let time = 0; time < times; time++) assert.equal(member(value), `,"a\\"b":${JSON.stringify(value)}`);
      }),
    );
  });

  it('writes nothing where there is no value', () => {
    const member = compileJsonMember('a');
    for (const value of [null, undefined, 1, null, null, undefined]) {
      assert.equal(member(value), value === 1 ? ',"a":1' : '');
    }
  });

  it('an object is written as it is each time, and leaves nothing behind', () => {
    const member = compileJsonMember('a');
    const list = [1];
    assert.equal(member(list), ',"a":[1]');
    list.push(2);
    assert.equal(member(list), ',"a":[1,2]');
    assert.equal(member(null), '');
    assert.equal(member('x'), ',"a":"x"');
    assert.throws(() => member(1n), TypeError);
    assert.throws(() => member(1n), TypeError);
  });
});

describe('quoted', () => {
  it('escapes what JSON has to escape', () => {
    for (const text of ['', 'a', 'a b~', '"', '\\', '\n', '\x7f', 'é', '\u2028', '\ud800', '\ud83d\ude00']) {
      assert.equal(quoted(text), JSON.stringify(text));
    }
  });
});
