import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './repository.js';

const folder = join(root, 'build/test/behaviour');

/** Those that bring links or TLS of their own, and those that ask nothing of a connection. */
const notOverTls = new Set([
  'interruptions.test.js',
  'proxy-protocol.test.js',
  'explain.test.js',
  'reload-memory.test.js',
]);

/** Files of the behaviour suite as they were built: all that lie right in its folder. */
export function behaviourSuites(overTls: boolean): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.js') && !(overTls && notOverTls.has(name)));
  assert.ok(names.length > 30, `${names.length} suites`);
  return names.map((name) => join(folder, name));
}
