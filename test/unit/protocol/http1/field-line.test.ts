import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastingLine, lastingLines } from '../../../../src/protocol/http1/field-line.js';
import { parseHeaderLines } from '../../../../src/protocol/http1/header-lines.js';
import { HeaderList } from '../../../../src/protocol/http1/header-list.js';

/** As they come, among them some that do not go out so: spaces too many or too few, and none before an empty value. */
const LINES = [
  'Host: a',
  'X-A:b',
  'x-a:  c',
  'X-B: d ',
  'X-C: e\t',
  'X-D: ',
  'X-E:',
  'X-F:\tf',
  'Host: a',
  'X-G: g  h',
];

function read(lines: readonly string[]): HeaderList {
  const text = `GET / HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
  const bytes = Buffer.from(text, 'latin1');
  return parseHeaderLines(bytes, text, 0, text.indexOf('\n') + 1, bytes.length, 100);
}

function putTogether(list: HeaderList): string {
  return [...list].map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

describe('the lines of a list that was read', () => {
  it('are written as if each were put together', () => {
    assert.equal(read(LINES).format(), putTogether(read(LINES)));
    assert.ok(read(LINES).format().includes('X-A: b\r\nx-a: c\r\nX-B: d\r\nX-C: e\r\nX-D: \r\nX-E: \r\nX-F: f\r\n'));
  });

  it('so too where any of them are left out', () => {
    const all = read(LINES);
    for (let chosen = 0; chosen < 2 ** LINES.length; chosen++) {
      const list = new HeaderList();
      for (let index = 0; index < all.size; index++) if (chosen & (1 << index)) list.appendLine(all.lineAt(index));
      assert.equal(list.format(), putTogether(list));
    }
  });

  it('so too where they stand in another order, twice, or among those of other heads', () => {
    const lists = [read(LINES), read(LINES), read(LINES.toReversed())];
    const list = new HeaderList();
    for (let step = 0; step < 300; step++) {
      const from = lists[(step * 7) % lists.length] as HeaderList;
      list.appendLine(from.lineAt((step * step) % from.size));
      list.appendLine(from.lineAt((step * step + (step % 3)) % from.size));
    }
    assert.equal(list.format(), putTogether(list));
  });

  it('so too after they were changed, and the list they came from is as it was', () => {
    const all = read(LINES);
    const before = all.format();
    const list = all.clone();
    list.set('X-A', 'new');
    list.delete('x-d');
    list.append('X-H', 'i');
    list.set('host', 'b');
    assert.equal(list.format(), putTogether(list));
    assert.ok(list.format().startsWith('host: b\r\nX-A: new\r\nX-B: d\r\nX-C: e\r\nX-E: \r\n'));
    assert.equal(all.format(), before);
  });
});

it('a lasting line is written like any other, between them too', () => {
  const list = new HeaderList([['X-A', 'a']]);
  const lasting = lastingLine('Via', '1.1 here');
  list.appendLine(lasting);
  list.appendLine(lasting);
  list.append('X-B', 'b');
  assert.equal(list.format(), 'X-A: a\r\nVia: 1.1 here\r\nVia: 1.1 here\r\nX-B: b\r\n');
  assert.equal(list.get('via'), '1.1 here');
});

it('lines that last together are written like any others, all of them or some, in any order', () => {
  const lines = lastingLines([
    ['A', '1'],
    ['B', ''],
    ['C', '3'],
  ]);
  const texts = ['A: 1\r\n', 'B: \r\n', 'C: 3\r\n'];
  for (const order of [[0, 1, 2], [0, 2], [2, 1], [1, 1], [1, 2, 0], [0]]) {
    const list = new HeaderList();
    for (const index of order) list.appendLine(lines[index] ?? lastingLine('none', ''));
    assert.equal(list.format(), order.map((index) => texts[index]).join(''));
  }
});
