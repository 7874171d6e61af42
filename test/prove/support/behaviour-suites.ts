import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './repository.js';

const folder = join(root, 'build/test/behaviour');

/** What is decided by heads alone: how their bytes come and go is the matter of all others. */
export const byHeadsAlone: ReadonlySet<string> = new Set([
  'auth.test.js',
  'auth-keys.test.js',
  'cors.test.js',
  'dynamic-route.test.js',
  'ip-filter.test.js',
  'rate-limit.test.js',
  'redirect.test.js',
  'strategies.test.js',
]);

/** Those that bring links or TLS of their own, and those that ask nothing of a connection. */
const notOverTls = new Set([
  'interruptions.test.js',
  'proxy-protocol.test.js',
  'explain.test.js',
  'reload-memory.test.js',
]);

/** Files of the behaviour suite as they were built: those that lie right in its folder. */
export function behaviourSuites(overTls: boolean): string[] {
  const names = readdirSync(folder).filter((name) => {
    return name.endsWith('.test.js') && !byHeadsAlone.has(name) && !(overTls && notOverTls.has(name));
  });
  assert.ok(names.length > 30, `${names.length} suites`);
  return names.map((name) => join(folder, name));
}
