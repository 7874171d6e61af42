import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './paths.mjs';

const FILES_A_PROCESS = 12;
/** What looks at its whole process. */
const ALONE = new Set(['build/test/unit/channel/direct-write.test.js']);

/**
 * Has several test files share a process each: to start one, and load what most of them need, takes longer than a file
 * of unit tests. Neighbours stay together, for they load the same.
 * @param {readonly string[]} files relative to root
 * @returns {string[]} modules that import them, relative to root
 */
export function groupTests(files) {
  const folder = 'node_modules/.cache/toyou-proxy/test-groups';
  rmSync(join(root, folder), { recursive: true, force: true });
  mkdirSync(join(root, folder), { recursive: true });
  const groups = files.filter((file) => ALONE.has(file));
  const social = files.filter((file) => !ALONE.has(file));
  for (let from = 0; from < social.length; from += FILES_A_PROCESS) {
    const imports = social
      .slice(from, from + FILES_A_PROCESS)
      .map((file) => `import ${JSON.stringify(pathToFileURL(join(root, file)).href)};`);
    const name = `${folder}/${String(groups.length).padStart(3, '0')}.test.mjs`;
    writeFileSync(join(root, name), `${imports.join('\n')}\n`);
    groups.push(name);
  }
  return groups;
}
