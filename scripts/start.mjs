import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, targets } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './paths.mjs';

/**
 * `npm start`: the demo, in this very process, so that signals reach it and nothing is left behind.
 * @param {readonly string[]} args
 */
export async function start(args) {
  const status = (await ensureInstalled()) || (await ensureBuilt(targets.dist));
  if (status !== 0) return status;
  const main = join(root, 'dist/cli/main.js');
  process.argv = [process.execPath, main, 'demo', ...args];
  await import(pathToFileURL(main).href);
  return undefined;
}
