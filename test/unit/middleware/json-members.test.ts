import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileJsonMembers, type JsonValue } from '../../../src/middleware/json-members.js';

const names = ['a"b', 'c', 'd'];
const thousandths = fc.integer({ min: -5000, max: 2 ** 33 }).map((count) => count / 1000);
const value: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  thousandths,
  fc.constantFrom(null, undefined, '', 0, -0, 1),
);
const line = fc.tuple(value, value, value);

/** As JSON.stringify writes such an object, with the comma that stands before each member. */
function expected(values: readonly JsonValue[]): string {
  const there = names.flatMap((name, index) => {
    const said = values[index];
    return said === undefined || said === null ? [] : [`,${JSON.stringify(name)}:${JSON.stringify(said)}`];
  });
  return there.join('');
}

describe('compileJsonMembers', () => {
  it('writes what JSON.stringify writes, whatever was written before, once or more often', () => {
    const members = names.map((name, index) => ({ name, read: (values: readonly JsonValue[]) => values[index] }));
    const text = compileJsonMembers(members);
    const few = fc.uniqueArray(line, { minLength: 1, maxLength: 4 });
    const lines = few.chain((some) => fc.array(fc.constantFrom(...some), { minLength: 1, maxLength: 12 }));
    fc.assert(
      fc.property(lines, (all) => {
        for (const values of all) assert.equal(text(values), expected(values));
      }),
    );
  });

  it('writes again what changed and came back', () => {
    const text = compileJsonMembers([{ name: 'a', read: (said: JsonValue) => said }]);
    const said = [null, undefined, 1, 1, 1, null, 1, 'x', 'x', undefined];
    assert.deepEqual(said.map(text), ['', '', ',"a":1', ',"a":1', ',"a":1', '', ',"a":1', ',"a":"x"', ',"a":"x"', '']);
  });

  it('escapes what JSON has to escape', () => {
    const text = compileJsonMembers([{ name: 'a', read: (said: string) => said }]);
    for (const said of ['', 'a', 'a b~', '"', '\\', '\n', '\x7f', 'é', '\u2028', '\ud800', '\ud83d\ude00']) {
      assert.equal(text(said), `,"a":${JSON.stringify(said)}`);
    }
  });
});
