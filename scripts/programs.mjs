import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What `npm run prove` needs: the program, and the Debian package it comes in. `.ci/setup` names the same. */
export const neededPrograms = [
  { program: 'nginx', package: 'nginx-light' },
  { program: 'curl', package: 'curl' },
  { program: 'chromium', package: 'chromium' },
  { program: 'openssl', package: 'openssl' },
  { program: 'python3', package: 'python3' },
  { program: 'strace', package: 'strace' },
  { program: 'haproxy', package: 'haproxy' },
];

/**
 * @param {(program: string) => boolean} exists
 * @returns {string | undefined} what is missing and the one line that brings it
 */
export function missingPrograms(exists) {
  const missing = neededPrograms.filter(({ program }) => !exists(program));
  if (missing.length === 0) return undefined;
  const names = missing.map(({ program }) => program).join(', ');
  const packages = missing.map((entry) => entry.package).join(' ');
  return `missing: ${names}\n  apt-get install --no-install-recommends ${packages}`;
}

/** @param {string} program looked for as a shell would, and where Debian keeps daemons */
export function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
