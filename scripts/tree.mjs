import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} root
 * @param {string} folder below root, with `/`
 * @param {string} ending of the names
 * @returns {string[]} paths of the files in it and below it, relative to root, with `/`, in alphabetical order
 */
export function listFiles(root, folder, ending) {
  const files = [];
  const visit = (path) => {
    let entries;
    try {
      entries = readdirSync(join(root, path), { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of entries) {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory()) visit(below);
      else if (entry.name.endsWith(ending)) files.push(below);
    }
  };
  visit(folder);
  return files.sort();
}
