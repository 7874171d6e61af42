import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OFF_ROSTER, Roster } from '../../../src/exchange/roster.js';

class Member {
  place = OFF_ROSTER;
}

const roster = () => new Roster<'place', Member>('place');

test('it holds what a set would hold, whatever is added and taken out', () => {
  const members = Array.from({ length: 8 }, () => new Member());
  const step = fc.record({ adds: fc.boolean(), at: fc.nat(7) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const present = roster();
      const expected = new Set<Member>();
      for (const { adds, at } of steps) {
        const member = members[at] as Member;
        present[adds ? 'add' : 'delete'](member);
        expected[adds ? 'add' : 'delete'](member);
        assert.equal(present.has(member), expected.has(member));
      }
      assert.equal(present.size, expected.size);
      assert.deepEqual(new Set(present), expected);
      present.clear();
      assert.deepEqual([present.size, ...members.map(({ place }) => place)], [0, ...members.map(() => OFF_ROSTER)]);
    }),
    { seed: 1 },
  );
});

test('whoever goes while it is walked hides nobody, and whoever comes is not seen', () => {
  const present = roster();
  const [first, second, third, late] = [new Member(), new Member(), new Member(), new Member()];
  for (const member of [first, second, third]) present.add(member);
  const seen = new Set<Member>();
  for (const member of present) {
    seen.add(member);
    present.delete(member);
    if (member === third) present.add(late);
  }
  assert.deepEqual(seen, new Set([first, second, third]));
  assert.deepEqual([...present], [late]);
});
