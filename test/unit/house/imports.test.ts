import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCircle, importsOf, partOf, readImports } from './import-graph.js';
import { isThere, listFiles, readText } from './tree.js';

/** Who may import whom: the lines `a -> b, c` of ARCHITECTURE.md. */
const arrows = new Map(
  [...readText('ARCHITECTURE.md').matchAll(/^(\w+) +-> (.+)$/gm)].map(([, from = '', to = '']) => [
    from,
    to.split(', '),
  ]),
);
const forAll = arrows.get('everything') ?? [];

const imports = readImports();
const ours = imports.filter(({ to }) => to.startsWith('src/'));

test('imports follow the arrows of ARCHITECTURE.md', () => {
  const wrong = ours
    .filter(({ from, to }) => {
      const [a, b] = [partOf(from), partOf(to)];
      const general = forAll.includes(a) ? [] : forAll;
      return a !== b && ![...general, ...(arrows.get(a) ?? [])].includes(b);
    })
    .map(({ from, to }) => `${from} -> ${to}`);
  assert.deepEqual(wrong, []);
});

test('no imports between folders run in a circle, types too', () => {
  const parts = ours
    .map(({ from, to }) => ({ from: partOf(from), to: partOf(to) }))
    .filter(({ from, to }) => from !== to);
  assert.equal(findCircle(parts)?.join(' -> '), undefined);
});

test('no imports between files run in a circle; contracts may name each other as types', () => {
  assert.equal(findCircle(ours.filter(({ typeOnly }) => !typeOnly))?.join(' -> '), undefined);
});

test('every import of ours leads to a file', () => {
  assert.deepEqual(
    ours.filter(({ to }) => !isThere(to)),
    [],
  );
});

test('ws is for the command line only: the path of the proxy has its own frames', () => {
  const users = imports.filter(({ to }) => to === 'ws').map(({ from }) => partOf(from));
  assert.deepEqual([...new Set(users)], ['cli']);
});

test('the protocol folder is pure: no package, no sockets, no clock', () => {
  const foreign = imports.filter(({ from, to }) => partOf(from) === 'protocol' && !to.startsWith('src/protocol/'));
  const allowed = new Set(['node:buffer', 'node:crypto']);
  assert.deepEqual(
    foreign.filter(({ to }) => !allowed.has(to)),
    [],
  );
});

test('there is no barrel but src/index.ts', () => {
  const barrels = listFiles('src', '.ts').filter((path) => {
    if (path === 'src/index.ts') return false;
    return path.endsWith('/index.ts') || /^export \*/m.test(readText(path));
  });
  assert.deepEqual(barrels, []);
});

test('every package that is imported is a dependency', () => {
  const { dependencies } = JSON.parse(readText('package.json')) as { dependencies: Record<string, string> };
  const packages = new Set(
    imports.map(({ to }) => to).filter((to) => !to.startsWith('src/') && !to.startsWith('node:')),
  );
  assert.deepEqual(
    [...packages].filter((name) => !Object.hasOwn(dependencies, name)),
    [],
  );
});

test('the reader of imports sees every form', () => {
  const text = [
    "import a from './a.js';",
    "import type { B } from './b.js';",
    "import {\n  c,\n  type D,\n} from './c.js';",
    "export { e } from './e.js';",
    "export * from './f.js';",
    "import './g.js';",
    "const h = await import('./h.js');",
    "// import './no.js';",
    "/* import './no.js'; */",
    "export type I = 'none' | 'some';",
  ].join('\n');
  const found = importsOf(text);
  const specifiers = ['./a.js', './b.js', './c.js', './e.js', './f.js', './g.js', './h.js'];
  assert.deepEqual(found.map(({ specifier }) => specifier).sort(), specifiers);
  assert.deepEqual(
    found.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier),
    ['./b.js'],
  );
});

test('the seeker of circles finds one', () => {
  const circle = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'c', to: 'b' },
  ];
  assert.deepEqual(findCircle(circle), ['b', 'c', 'b']);
  assert.equal(findCircle(circle.slice(0, 2)), undefined);
});
