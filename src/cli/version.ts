import { readFileSync } from 'node:fs';

/** This package's version, from the nearest package.json above: the sources are also built for tests, a folder deeper. */
export function readVersion(): string {
  for (let folder = new URL('..', import.meta.url); folder.pathname !== '/'; folder = new URL('..', folder)) {
    const manifest = readManifest(new URL('package.json', folder));
    if (manifest !== undefined) return manifest;
  }
  return 'unknown';
}

function readManifest(file: URL): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof manifest !== 'object' || manifest === null) return undefined;
    return 'version' in manifest && typeof manifest.version === 'string' ? manifest.version : undefined;
  } catch {
    return undefined;
  }
}
