/**
 * Compiles paths that are not worth a line: `/health` exactly, `/static/*` that and everything below, `/img-*` whatever
 * begins so.
 * @returns says whether one of them matches a path
 */
export function compilePathGlobs(globs: readonly string[]): (path: string) => boolean {
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const glob of globs) {
    if (!glob.endsWith('*')) {
      exact.add(glob);
      continue;
    }
    prefixes.push(glob.slice(0, -1));
    if (glob.endsWith('/*')) exact.add(glob.slice(0, -2));
  }
  if (globs.length === 0) return () => false;
  return (path) => exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix));
}
