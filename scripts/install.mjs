import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { root } from './paths.mjs';

/**
 * Runs `npm ci` where node_modules is not what package-lock.json says. Silent where it is.
 * @returns {Promise<number>} 0, or the status of npm
 */
export async function ensureInstalled() {
  const wanted = readLock(join(root, 'package-lock.json'));
  const found = readLock(join(root, 'node_modules/.package-lock.json'));
  const difference = installationDifference(wanted, found, (path) => existsSync(join(root, path)));
  if (difference === undefined) return 0;
  console.error(`installing (${difference}) …`);
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const status = npm === undefined ? await runChild('npm', args) : await runChild(process.execPath, [npm, ...args]);
  if (status !== 0) console.error('npm ci failed: see above');
  return status;
}

/**
 * Compares the lock file with the one that npm leaves in node_modules, package by package: version and integrity.
 * Packages for another platform may be missing, and others may be there besides.
 * @param {{ packages?: Record<string, any> } | undefined} wanted
 * @param {{ packages?: Record<string, any> } | undefined} found
 * @param {(path: string) => boolean} exists
 * @returns {string | undefined} the first difference
 */
export function installationDifference(wanted, found, exists) {
  if (found?.packages === undefined) return 'node_modules is missing';
  for (const [path, entry] of Object.entries(wanted?.packages ?? {})) {
    if (path === '' || entry.link === true) continue;
    const installed = found.packages[path];
    if (installed === undefined || !exists(path)) {
      if (entry.optional === true || entry.devOptional === true) continue;
      return `${path} is missing`;
    }
    if (installed.version !== entry.version || installed.integrity !== entry.integrity) {
      return `${path} is not ${entry.version}`;
    }
  }
  return undefined;
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
