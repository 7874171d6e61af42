import { ensureBuilt, targets } from './build.mjs';
import { runChild } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './paths.mjs';
import { missingPrograms, onPath } from './programs.mjs';
import { testRun } from './test-run.mjs';
import { listFiles } from './tree.mjs';

/**
 * `npm run prove`: real peers, load and timing, one file after the other. Arguments are parts of names of test files.
 * @param {readonly string[]} names
 */
export async function prove(names) {
  const missing = missingPrograms(onPath);
  if (missing !== undefined) {
    console.error(missing);
    return 1;
  }
  const ready = (await ensureInstalled()) || (await ensureBuilt(targets.dist)) || (await ensureBuilt(targets.build));
  if (ready !== 0) return ready;
  const built = listFiles(root, 'build/test/prove', '.test.js');
  const files = names.length === 0 ? built : built.filter((file) => names.some((name) => file.includes(name)));
  if (files.length === 0) {
    console.error(built.length === 0 ? 'test/prove holds no tests' : `no test file is named ${names}`);
    return 1;
  }
  return runChild(process.execPath, testRun(files, { serial: true, timeoutMs: 1_200_000 }));
}
