import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readText, root } from './tree.js';

interface Lock {
  readonly packages: Record<string, { version?: string; integrity?: string; optional?: boolean }>;
}
interface Target {
  readonly outDir: string;
  readonly sources: Record<string, string>;
}

/** Scripts are plain JavaScript outside of what is compiled: what is tested of them is typed here. */
const scripts = async <Exports>(name: string): Promise<Exports> =>
  (await import(pathToFileURL(join(root, 'scripts', name)).href)) as Exports;

const { installationDifference } = await scripts<{
  installationDifference(wanted: Lock | undefined, found: Lock | undefined, exists: (path: string) => boolean): unknown;
}>('install.mjs');
const { fingerprint, staleOutputs } = await scripts<{
  fingerprint(paths: readonly string[], read: (path: string) => string): string;
  staleOutputs(sources: readonly string[], outputs: ReadonlySet<string>, target: Target): unknown;
}>('outputs.mjs');
const { missingPrograms, neededPrograms } = await scripts<{
  missingPrograms(exists: (program: string) => boolean): string | undefined;
  readonly neededPrograms: readonly { readonly program: string; readonly package: string }[];
}>('programs.mjs');
const { exitStatus } = await scripts<{ exitStatus(code: number | null, signal: string | null): number }>('child.mjs');
const { testRun } = await scripts<{
  testRun(files: readonly string[], options: { serial: boolean; timeoutMs: number }): string[];
}>('test-run.mjs');

const lockOf = (version: string): Lock => ({
  packages: { '': {}, 'node_modules/a': { version, integrity: `sha512-${version}` } },
});
const always = () => true;

test('an installation fits where every package has the version and integrity of the lock', () => {
  assert.equal(installationDifference(lockOf('1.0.0'), lockOf('1.0.0'), always), undefined);
  const more = { packages: { ...lockOf('1.0.0').packages, 'node_modules/b': { version: '2.0.0' } } };
  assert.equal(installationDifference(lockOf('1.0.0'), more, always), undefined);
});

test('an installation does not fit where one is missing, other, or gone from the disk', () => {
  assert.equal(installationDifference(lockOf('1.0.0'), undefined, always), 'node_modules is missing');
  assert.equal(installationDifference(lockOf('1.0.1'), lockOf('1.0.0'), always), 'node_modules/a is not 1.0.1');
  assert.equal(installationDifference(lockOf('1.0.0'), { packages: {} }, always), 'node_modules/a is missing');
  const gone = installationDifference(lockOf('1.0.0'), lockOf('1.0.0'), () => false);
  assert.equal(gone, 'node_modules/a is missing');
});

test('packages for another platform may be missing', () => {
  const wanted: Lock = { packages: { 'node_modules/a-darwin': { version: '1.0.0', optional: true } } };
  assert.equal(
    installationDifference(wanted, { packages: {} }, () => false),
    undefined,
  );
});

test('the fingerprint of the sources changes with a name or a content, and with nothing else', () => {
  const print = fingerprint(['a', 'b'], (path) => `text of ${path}`);
  assert.equal(
    fingerprint(['a', 'b'], (path) => `text of ${path}`),
    print,
  );
  assert.notEqual(
    fingerprint(['a', 'c'], (path) => `text of ${path === 'c' ? 'b' : path}`),
    print,
  );
  assert.notEqual(
    fingerprint(['a', 'b'], () => 'other'),
    print,
  );
  assert.notEqual(
    fingerprint(['ab'], () => 'c'),
    fingerprint(['a'], () => 'bc'),
  );
});

test('outputs without a source are found, and sources without an output', () => {
  const target = { outDir: 'build', sources: { src: 'src', test: 'test' } };
  const outputs = new Set(['build/src/a.js', 'build/src/a.js.map', 'build/test/gone.test.js', 'build/notes.txt']);
  assert.deepEqual(staleOutputs(['src/a.ts', 'test/b.test.ts'], outputs, target), {
    missing: ['build/test/b.test.js'],
    left: ['build/test/gone.test.js'],
  });
});

test('sources that are built without their folder are found there', () => {
  const outputs = new Set(['dist/cli/main.js', 'dist/cli/main.d.ts', 'dist/old.d.ts']);
  assert.deepEqual(staleOutputs(['src/cli/main.ts'], outputs, { outDir: 'dist', sources: { src: '' } }), {
    missing: [],
    left: ['dist/old.d.ts'],
  });
});

test('missing programs are named with one line that brings them', () => {
  assert.equal(missingPrograms(always), undefined);
  assert.equal(
    missingPrograms((program) => program !== 'nginx' && program !== 'curl'),
    'missing: nginx, curl\n  apt-get install --no-install-recommends nginx-light curl',
  );
});

test('.ci/setup brings what npm run prove needs', () => {
  const setup = [...readText('.ci/setup').matchAll(/^need (\S+) (\S+)$/gm)];
  assert.deepEqual(
    setup.map(([, program, name]) => ({ program, package: name })),
    neededPrograms,
  );
});

test('the exit status of a child that a signal ended is that of a shell', () => {
  assert.equal(exitStatus(3, null), 3);
  assert.equal(exitStatus(null, 'SIGKILL'), 137);
});

test('test files are named one by one, for Node 20 takes no patterns', () => {
  const args = testRun(['build/a.test.js'], { serial: true, timeoutMs: 5 });
  assert.equal(args.at(-1), 'build/a.test.js');
  assert.ok(args.includes('--test-concurrency=1'));
});
