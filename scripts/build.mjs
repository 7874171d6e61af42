import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runChild } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { fingerprint, staleOutputs } from './outputs.mjs';
import { root } from './paths.mjs';
import { listFiles } from './tree.mjs';

/** What can be built: the package, and the tests and benches with the sources they import. */
export const targets = {
  dist: { project: 'tsconfig.json', outDir: 'dist', sources: { src: '' } },
  build: { project: 'tsconfig.test.json', outDir: 'build', sources: { src: 'src', test: 'test', bench: 'bench' } },
};

/**
 * Compiles what changed since the last build, and removes what deleted sources left behind. Silent where nothing did.
 * @param {{ project: string, outDir: string, sources: Record<string, string> }} target
 * @returns {Promise<number>} 0, or the status of the compiler
 */
export async function ensureBuilt(target) {
  const inputs = ['package-lock.json', 'tsconfig.json', target.project];
  const sources = [];
  for (const folder of Object.keys(target.sources)) sources.push(...listFiles(root, folder, '.ts'));
  const print = fingerprint([...inputs, ...sources], (path) => readFileSync(join(root, path)));
  const outputs = new Set(listFiles(root, target.outDir, ''));
  const stamp = join(root, 'node_modules/.cache/toyou-proxy', `${target.outDir}.built`);
  const stale = staleOutputs(sources, outputs, target);
  if (readStamp(stamp) === print && stale.missing.length === 0 && stale.left.length === 0) return 0;

  for (const path of stale.left) rmSync(join(root, path));
  rmSync(stamp, { force: true });
  const status = await runChild(process.execPath, ['node_modules/typescript/bin/tsc', '-p', target.project]);
  if (status !== 0) return status;
  if (target === targets.dist) chmodSync(join(root, 'dist/cli/main.js'), 0o755);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, print);
  return 0;
}

function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = (await ensureInstalled()) || (await ensureBuilt(targets.dist));
}
