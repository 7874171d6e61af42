import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { listFiles, readText } from './tree.js';

/** Words that say nothing of what a thing is. */
const banned: ReadonlySet<string> = new Set([
  'manager',
  'helper',
  'helpers',
  'util',
  'utils',
  'common',
  'misc',
  'data',
  'info',
]);

const sources = [...listFiles('src', '.ts'), ...listFiles('bench', '.ts')];
const files = [...sources, ...listFiles('test', '.ts'), ...listFiles('scripts', '.mjs')];

test('no file is named by a word that says nothing', () => {
  assert.deepEqual(
    files.filter((path) => wordsOf(basename(path)).some((word) => banned.has(word))),
    [],
  );
});

test('no folder is either', () => {
  assert.deepEqual(
    files.filter((path) =>
      path
        .split('/')
        .slice(0, -1)
        .some((folder) => banned.has(folder)),
    ),
    [],
  );
});

test('no exported symbol is either', () => {
  const declaration =
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type) ([\w$]+)/gm;
  const wrong = sources.flatMap((path) =>
    [...readText(path).matchAll(declaration)]
      .map(([, name = '']) => name)
      .filter((name) => wordsOf(name).some((word) => banned.has(word)))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('nothing is left for later in a remark', () => {
  const mark = new RegExp(`\\b(?:${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')})\\b`);
  const texts = [
    ...files,
    ...listFiles('docs', '.md'),
    ...listFiles('examples', '.yaml'),
    'README.md',
    'CONTRIBUTING.md',
  ];
  assert.deepEqual(
    texts.filter((path) => mark.test(readText(path))),
    [],
  );
});

/** `readHTTPHead` and `read-http-head.ts` → read, http, head. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}
