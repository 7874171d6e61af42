import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './paths.mjs';

const FOLDER = 'build-test-groups';
const FILES_A_PROCESS = 12;
/** What looks at its whole process. */
const ALONE = new Set(['build/test/unit/channel/direct-write.test.js']);

/**
 * Has several test files share a process each: to start one, and load what most of them need, takes longer than a file
 * of unit tests. Neighbours stay together, for they load the same.
 * @param {readonly string[]} files relative to root
 * @returns {string[]} what to run instead of them, relative to root
 */
export function groupTests(files) {
  rmSync(join(root, FOLDER), { recursive: true, force: true });
  mkdirSync(join(root, FOLDER), { recursive: true });
  const groups = files.filter((file) => ALONE.has(file));
  const social = files.filter((file) => !ALONE.has(file));
  for (let from = 0; from < social.length; from += FILES_A_PROCESS) {
    const imports = social
      .slice(from, from + FILES_A_PROCESS)
      .map((file) => `import ${JSON.stringify(pathToFileURL(join(root, file)).href)};`);
    const name = `${FOLDER}/${String(groups.length).padStart(3, '0')}.test.mjs`;
    const mark = JSON.stringify(pathToFileURL(markOf(name)).href);
    const says = `import { writeFileSync } from 'node:fs';\nwriteFileSync(new URL(${mark}), '');`;
    writeFileSync(join(root, name), `${imports.join('\n')}\n${says}\n`);
    groups.push(name);
  }
  return groups;
}

/**
 * Node passes over files that it is not used to find tests in, and says nothing.
 * @param {readonly string[]} groups as they were returned
 * @returns {string[]} those that were not run
 */
export function groupsNotRun(groups) {
  return groups.filter((name) => name.startsWith(FOLDER) && !existsSync(markOf(name)));
}

function markOf(name) {
  return join(root, `${name}.ran`);
}
