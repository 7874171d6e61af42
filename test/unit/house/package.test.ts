import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText } from './tree.js';

interface LockEntry {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
}

const MAX_RUNTIME_PACKAGES = 30;

const lock = JSON.parse(readText('package-lock.json')) as { packages: Record<string, LockEntry> };
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
const runtime = packages.filter(([, entry]) => entry.dev !== true && entry.devOptional !== true);

test(`at most ${MAX_RUNTIME_PACKAGES} packages at run time`, () => {
  assert.ok(runtime.length > 0 && runtime.length <= MAX_RUNTIME_PACKAGES, `${runtime.length}`);
});

test('no package at run time has an install script', () => {
  assert.deepEqual(
    runtime.filter(([, entry]) => entry.hasInstallScript === true).map(([path]) => path),
    [],
  );
});

test('the lock names no addresses: packages come from the registry that npm is told to use', () => {
  assert.deepEqual(
    packages.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path),
    [],
  );
});

test('package.json has no install scripts of its own', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
  assert.deepEqual(
    hooks.filter((hook) => Object.hasOwn(scripts, hook)),
    [],
  );
});

test('what npm start, test, prove and bench do stands in scripts/', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  for (const name of ['start', 'test', 'prove', 'bench']) assert.equal(scripts[name], `node scripts/run.mjs ${name}`);
});
