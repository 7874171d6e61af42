import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runBehaviours } from './support/behaviour-run.js';
import { root } from './support/repository.js';

const folder = join(root, 'build/test/behaviour');

/** Not those that bring links or TLS of their own, nor those that ask nothing of a connection. */
const apart = new Set(['interruptions.test.js', 'proxy-protocol.test.js', 'explain.test.js', 'reload-memory.test.js']);

function suites(): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.js') && !apart.has(name));
  return names.map((name) => join(folder, name));
}

for (const [variant, meaning] of [
  ['in', 'clients in TLS, backends in plain'],
  ['out', 'clients in plain, backends in TLS'],
  ['both', 'TLS on both sides'],
] as const) {
  test(`every behaviour, with ${meaning}`, { timeout: 400_000 }, async (t) => {
    const files = suites();
    assert.ok(files.length > 30, `${files.length} suites`);
    const variables = { TOYOU_TLS: variant };
    const { passed } = await runBehaviours(t, { files, atOnce: 2, withinMs: 390_000, variables });
    assert.ok(passed > 400, `${passed} tests ran`);
  });
}
