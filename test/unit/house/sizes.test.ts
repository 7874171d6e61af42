import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionLengths } from './function-lengths.js';
import { linesOf, listFiles, readText } from './tree.js';

const MAX_LINES = 300;
/** At most two, each with its reason beside it. */
const exceptions: ReadonlySet<string> = new Set([
  // The states of a client's connection: each is short, and they are told only together.
  'src/connection/client-connection.ts',
]);
const MAX_LINES_OF_EXCEPTION = 400;
const MAX_FUNCTION_LINES = 60;

const sources = [...listFiles('src', '.ts'), ...listFiles('scripts', '.mjs'), ...listFiles('bench', '.ts')];

test(`files have at most ${MAX_LINES} lines`, () => {
  const long = sources
    .map((path) => ({ path, lines: linesOf(readText(path)).length }))
    .filter(({ path, lines }) => lines > (exceptions.has(path) ? MAX_LINES_OF_EXCEPTION : MAX_LINES));
  assert.deepEqual(long, []);
  assert.ok(exceptions.size <= 2);
});

test(`functions have less than ${MAX_FUNCTION_LINES} lines`, () => {
  const long = sources.flatMap((path) =>
    functionLengths(readText(path))
      .filter(({ lines }) => lines >= MAX_FUNCTION_LINES)
      .map(({ line, lines }) => `${path}:${line} has ${lines}`),
  );
  assert.deepEqual(long, []);
});

test('the measure sees functions, methods and arrows, and no loops', () => {
  const text = [
    'export function a(): void {',
    '  for (const b of c) {',
    '    d(b);',
    '  }',
    '}',
    'class E {',
    '  async #f(',
    '    g: string,',
    '  ): Promise<void> {',
    '    h(() => {',
    '      i();',
    '    });',
    '  }',
    '}',
  ].join('\n');
  assert.deepEqual(functionLengths(text), [
    { line: 1, lines: 5 },
    { line: 9, lines: 5 },
    { line: 10, lines: 3 },
  ]);
});
