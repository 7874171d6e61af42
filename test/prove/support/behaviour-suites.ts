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

/** What one side does reaches the other side's connection at once: it matters which two kinds of channels meet there. */
const whereSidesMeet =
  /^(?:tunnel|websocket-handshake|event-streams|request-bodies|response-bodies|client-response|resets|sent-ahead|drain|failures|keep-alive|informational)/;

/**
 * Files of the behaviour suite as they were built: those that lie right in its folder.
 * @param which `plain`: without TLS; `tls`: all that can go over it; `mixed`: where both sides matter together
 */
export function behaviourSuites(which: 'plain' | 'tls' | 'mixed'): string[] {
  const names = readdirSync(folder).filter((name) => {
    if (!name.endsWith('.test.js') || byHeadsAlone.has(name)) return false;
    if (which !== 'plain' && notOverTls.has(name)) return false;
    return which !== 'mixed' || whereSidesMeet.test(name);
  });
  assert.ok(names.length > 15, `${names.length} suites`);
  return names.map((name) => join(folder, name));
}
