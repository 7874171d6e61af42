import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorTable } from '../../../src/exchange/proxy-error.js';
import { requestDifferences } from '../../fuzz/http/request-differences.js';
import { responseDifferences } from '../../fuzz/http/response-differences.js';
import { isFile, linesOf, readText } from './tree.js';

const pages = ['docs/conformance.md', 'SECURITY.md'];

/** Spelled as codes are, and none of ours. */
const WORDS_OF_THE_WIRE = ['100-continue'];

/** What a code span says of the tests: a path, and words that stand in it. */
interface Reference {
  readonly path: string;
  readonly words: string;
}

/** The last column of rows that say which test holds them. */
const HELD_BY = 'held by';

for (const page of pages) {
  test(`every test that ${page} names exists, and has the words it quotes`, () => {
    const references = referencesIn(readText(page));
    assert.ok(references.length > 10);
    assert.deepEqual(
      references.filter(({ path }) => !isFile(path)),
      [],
    );
    assert.deepEqual(
      references.filter(({ path, words }) => !strings(path).some((text) => text.includes(words))),
      [],
    );
  });

  test(`every row of ${page} that a test is to hold names one, or says that there is none`, () => {
    const rows = heldRows(readText(page));
    assert.ok(rows.length > 10);
    assert.deepEqual(
      rows.filter((row) => {
        const cell = cellsOf(row).at(-1) ?? '';
        return cell !== 'not tested' && !/^`test\/[^`]+ › [^`]+`(?:, `test\/[^`]+ › [^`]+`)*$/.test(cell);
      }),
      [],
    );
  });

  test(`every code that ${page} names is one, with the status it has`, () => {
    const text = readText(page);
    const known = new Set([...Object.keys(errorTable), ...frameFaults(), ...WORDS_OF_THE_WIRE]);
    assert.deepEqual(
      codesIn(text).filter((code) => !known.has(code)),
      [],
    );
    const statuses = new Map<string, number>(Object.entries(errorTable).map(([code, { status }]) => [code, status]));
    const wrong = [...text.matchAll(/\b(\d{3}) `([a-z0-9]+(?:-[a-z0-9]+)+)`/g)].filter(
      ([, status, code = '']) => statuses.has(code) && statuses.get(code) !== Number(status),
    );
    assert.deepEqual(
      wrong.map(([whole]) => whole),
      [],
    );
  });
}

test('docs/conformance.md has a row for every fault of the protocol, and a test named there has its code', () => {
  const faults = [...protocolFaults(), ...frameFaults()];
  assert.ok(faults.length > 50);
  const rows = heldRows(readText('docs/conformance.md'));
  const uncovered = faults.filter((code) => {
    return !rows.some(
      (row) =>
        codesIn(row).includes(code) && referencesIn(row).some(({ path }) => withoutComments(path).includes(code)),
    );
  });
  assert.deepEqual(uncovered, []);
});

test('docs/conformance.md lists every known difference from llhttp', () => {
  const rows = linesOf(readText('docs/conformance.md')).filter((line) => /^\| (?:llhttp|Node)\b/.test(line));
  const missing = [...requestDifferences, ...responseDifferences].filter(
    ({ what }) => !rows.some((row) => cellsOf(row)[1]?.includes(what)),
  );
  assert.deepEqual(
    missing.map(({ what }) => what),
    [],
  );
});

function referencesIn(text: string): Reference[] {
  return [...text.matchAll(/`(test\/[^`]+)`/g)].flatMap(([, span = '']) => {
    const [path = '', words = ''] = span.split(' › ');
    return path.endsWith('/') ? [] : [{ path, words }];
  });
}

/** Code spans in kebab-case. */
function codesIn(text: string): string[] {
  return [...text.matchAll(/`([a-z0-9]+(?:-[a-z0-9]+)+)`/g)].map(([, code = '']) => code);
}

/** The rows of tables whose last column says what holds them. */
function heldRows(text: string): string[] {
  const rows: string[] = [];
  let held = false;
  let before = '';
  for (const line of linesOf(text)) {
    if (!line.startsWith('|')) held = false;
    else if (/^[|\s-]+$/.test(line) && cellsOf(before).at(-1) === HELD_BY) held = true;
    else if (held) rows.push(line);
    before = line;
  }
  return rows;
}

function cellsOf(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** What stands in quotes: names of tests, and rows of the tables that tests are made of. */
function strings(path: string): string[] {
  const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return [...withoutComments(path).matchAll(quoted)].map(([text]) => text);
}

/** Words in a comment hold nothing. */
function withoutComments(path: string): string {
  return linesOf(readText(path))
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
    .join('\n');
}

function protocolFaults(): string[] {
  return [...readText('src/protocol/protocol-error.ts').matchAll(/^ {2}\| '([a-z0-9-]+)'/gm)].map(
    ([, code = '']) => code,
  );
}

function frameFaults(): string[] {
  return [...readText('src/protocol/websocket/frame-scanner.ts').matchAll(/^ {2}'(frame-[a-z-]+)':/gm)].map(
    ([, code = '']) => code,
  );
}
