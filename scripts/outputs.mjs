import { createHash } from 'node:crypto';

/**
 * One hash over names and contents, so that a checkout with new times but old contents is not built again.
 * @param {readonly string[]} paths
 * @param {(path: string) => Uint8Array | string} read
 * @returns {string}
 */
export function fingerprint(paths, read) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = read(path);
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * Compares outputs with sources.
 * @param {readonly string[]} sources paths of `.ts` files
 * @param {ReadonlySet<string>} outputs
 * @param {{ outDir: string, sources: Record<string, string> }} target source folder → folder below `outDir`
 * @returns {{ missing: string[], left: string[] }} outputs that are not there, and those whose source is gone
 */
export function staleOutputs(sources, outputs, target) {
  const stems = new Set(sources.map((source) => outputStem(source, target)));
  const missing = [...stems].map((stem) => `${stem}.js`).filter((path) => !outputs.has(path));
  const left = [...outputs].filter((path) => {
    const match = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(path);
    return match?.[1] !== undefined && !stems.has(match[1]);
  });
  return { missing, left };
}

function outputStem(source, target) {
  const slash = source.indexOf('/');
  const below = target.sources[source.slice(0, slash)];
  const folder = below === '' ? target.outDir : `${target.outDir}/${below}`;
  return `${folder}${source.slice(slash).replace(/\.ts$/, '')}`;
}
