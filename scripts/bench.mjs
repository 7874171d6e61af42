import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, targets } from './build.mjs';
import { runChild } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './paths.mjs';

/**
 * `npm run bench`: ratios against peers in one run. Arguments are passed on.
 * @param {readonly string[]} args
 */
export async function bench(args) {
  const ready = (await ensureInstalled()) || (await ensureBuilt(targets.dist)) || (await ensureBuilt(targets.build));
  if (ready !== 0) return ready;
  if (!existsSync(join(root, 'build/bench/run.js'))) {
    console.error('bench/run.ts is missing: there is nothing to measure');
    return 1;
  }
  return runChild(process.execPath, ['build/bench/run.js', ...args]);
}
