import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './paths.mjs';

/** What is generated from the configuration's schema, by path. Needs the built package in dist/. */
export async function generatedDocs() {
  const [{ configurationReference, middlewaresReference }, { configJsonSchema }, { middlewareTypes }] =
    await Promise.all(['config/reference.js', 'config/json-schema.js', 'middleware/registry.js'].map(fromDist));
  return new Map([
    ['docs/configuration.md', configurationReference(middlewareTypes)],
    ['docs/middlewares.md', middlewaresReference(middlewareTypes)],
    ['docs/configuration.schema.json', `${JSON.stringify(configJsonSchema(middlewareTypes), null, 2)}\n`],
  ]);
}

function fromDist(file) {
  return import(pathToFileURL(join(root, 'dist', file)).href);
}

function read(path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Writes what is stale; with `--check` only names it.
 * @returns {Promise<number>} 1 where `--check` found something stale, else 0
 */
async function run(checkOnly) {
  const stale = [...(await generatedDocs())].filter(([path, text]) => read(path) !== text);
  for (const [path, text] of stale) {
    if (!checkOnly) writeFileSync(join(root, path), text);
    console.log(checkOnly ? `${path} is stale: run npm run build && node scripts/generate-docs.mjs` : `wrote ${path}`);
  }
  return checkOnly && stale.length > 0 ? 1 : 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await run(process.argv.includes('--check'));
}
