import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorTable } from '../../../src/exchange/proxy-error.js';
import { readText } from './tree.js';

interface Row {
  readonly status: number;
  readonly side: string;
  readonly phase: string;
}

test('docs/errors.md lists every code with its status, side and phase', () => {
  const documented = Object.fromEntries(readRows(readText('docs/errors.md')));
  const expected = Object.fromEntries(
    Object.entries(errorTable).map(([code, { status, side, phase }]) => [code, { status, side, phase }]),
  );
  assert.deepEqual(documented, expected);
});

test('docs/errors.md lists no code twice, and says of each what it means and what to do', () => {
  const codes = readRows(readText('docs/errors.md')).map(([code]) => code);
  assert.equal(new Set(codes).size, codes.length);
  for (const cells of readCells(readText('docs/errors.md'))) {
    assert.equal(cells.length, 6, cells.join(' | '));
    assert.ok(
      cells.every((cell) => cell !== ''),
      cells.join(' | '),
    );
  }
});

function readRows(text: string): [string, Row][] {
  return readCells(text).map(([code = '', status, side = '', phase = '']) => [
    code.replaceAll('`', ''),
    { status: Number(status), side, phase },
  ]);
}

/** Rows that begin with a code. */
function readCells(text: string): string[][] {
  const rows = text.split('\n').filter((line) => /^\| `[a-z0-9-]+` \|/.test(line));
  return rows.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
