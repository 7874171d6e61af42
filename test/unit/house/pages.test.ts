import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { isThere, linesOf, listFiles, readText } from './tree.js';

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...listFiles('docs', '.md'),
  ...listFiles('examples', '.md'),
];

test('every path that ARCHITECTURE.md names exists', () => {
  const named = [
    ...readText('ARCHITECTURE.md').matchAll(/`((?:src|test|docs|scripts|bench|examples|\.ci)\/[^`\s]*)`/g),
  ];
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.flatMap(([, path = '']) => (isThere(path) ? [] : [path])),
    [],
  );
});

test('ARCHITECTURE.md names every folder of the sources', () => {
  const text = readText('ARCHITECTURE.md');
  const folders = new Set(listFiles('src', '.ts').map((path) => path.split('/').slice(0, -1).join('/')));
  assert.deepEqual(
    [...folders].filter((folder) => !text.includes(`\`${folder}/\``)),
    [],
  );
});

test('ARCHITECTURE.md has at most 150 lines and CONTRIBUTING.md at most 100', () => {
  assert.ok(linesOf(readText('ARCHITECTURE.md')).length <= 150);
  assert.ok(linesOf(readText('CONTRIBUTING.md')).length <= 100);
});

test('links between pages lead somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...readText(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link.split('#', 1)[0] ?? '')
      .filter((link) => link !== '' && !/^[a-z]+:/.test(link))
      .filter((link) => !isThere(posix.join(posix.dirname(page), link)))
      .map((link) => `${page}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

test('docs/README.md lists every page of docs', () => {
  const index = readText('docs/README.md');
  const unlisted = listFiles('docs', '.md').filter(
    (page) => page !== 'docs/README.md' && !index.includes(`](${page.slice('docs/'.length)})`),
  );
  assert.deepEqual(unlisted, []);
});
