import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderList } from '../../../../src/protocol/http1/header-list.js';

type Write = (name: string, value: string) => unknown;

const writes: Readonly<Record<string, Write>> = {
  set: (name, value) => new HeaderList().set(name, value),
  'set over a line that is there': (name, value) => new HeaderList([['X-A', 'a']]).set(name, value),
  append: (name, value) => new HeaderList().append(name, value),
  constructor: (name: string, value: string) => new HeaderList([[name, value]]),
};

// The last two end a line once they are cut to a byte: U+010D to CR, U+010A to LF.
const badValues = ['a\r\nX-B: b', 'a\rb', 'a\nb', 'a\0b', 'a\x7fb', '\u0100', 'a\u010d\u010aX-B: b', '\u{1f600}'];
const badNames = ['', ' X-A', 'X-A ', 'X A', 'X-A:', 'X-A\r\nX-B', 'X-\u010a', 'X-\xe9', 'X-\0'];

for (const [how, write] of Object.entries(writes)) {
  describe(how, () => {
    it('refuses a value that would not be one line on the wire', () => {
      for (const value of badValues) {
        assert.throws(() => write('X-A', value), TypeError, JSON.stringify(value));
      }
    });

    it('refuses a name that is no token', () => {
      for (const name of badNames) assert.throws(() => write(name, 'a'), TypeError, JSON.stringify(name));
    });

    it('takes whatever a line can carry', () => {
      for (const value of ['', 'a b\tc', '\x80\xe9\xff', '~!"']) write('X-A', value);
      for (const name of ['x', "!#$%&'*+-.^_`|~09azAZ"]) write(name, 'a');
    });
  });
}

describe('a list that refused a line', () => {
  it('is as it was', () => {
    const list = new HeaderList([['X-A', 'a']]);
    assert.throws(() => list.set('X-A', '\n'), TypeError);
    assert.throws(() => list.append('X-B', '\u010a'), TypeError);
    assert.deepEqual([...list], [['X-A', 'a']]);
  });
});
