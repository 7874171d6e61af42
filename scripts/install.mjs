import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { root } from './paths.mjs';

/**
 * Installs what package-lock.json says, where node_modules is something else. Silent where it is not.
 * @returns {Promise<number>} 0, or the status of npm
 */
export async function ensureInstalled() {
  const before = difference();
  if (before === undefined) return 0;
  console.error(`installing (${before}) …`);
  // npm ci refuses a lock that was written where packages for other platforms could not be had. npm install keeps to
  // its versions and integrity all the same; --no-save leaves the lock as it is.
  if ((await npm('ci', [], 'never')) === 0) return 0;
  const status = await npm('install', ['--no-save'], 'on failure');
  const after = difference();
  if (status === 0 && after === undefined) return 0;
  console.error(`npm could not install what package-lock.json says: ${after ?? 'see above'}`);
  return status === 0 ? 1 : status;
}

function difference() {
  const wanted = readLock(join(root, 'package-lock.json'));
  const found = readLock(join(root, 'node_modules/.package-lock.json'));
  return installationDifference(wanted, found, (path) => existsSync(join(root, path)));
}

function npm(command, args, output) {
  const all = [command, ...args, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const script = process.env.npm_execpath;
  return script === undefined
    ? runChild('npm', all, { output })
    : runChild(process.execPath, [script, ...all], { output });
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
