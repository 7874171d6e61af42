import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout: the nearest folder above with a package.json. */
export const root = nearestPackage(dirname(fileURLToPath(import.meta.url)));

/** The command line, as `npm run build` made it. */
export const mainFile = join(root, 'dist/cli/main.js');

function nearestPackage(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error('no package.json above the tests');
  return nearestPackage(above);
}
