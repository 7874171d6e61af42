import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBehaviours } from './support/behaviour-run.js';
import { behaviourSuites } from './support/behaviour-suites.js';

for (const [variant, meaning] of [
  ['in', 'clients in TLS, backends in plain'],
  ['out', 'clients in plain, backends in TLS'],
  ['both', 'TLS on both sides'],
] as const) {
  test(`every behaviour, with ${meaning}`, { timeout: 400_000 }, async (t) => {
    const variables = { TOYOU_TLS: variant };
    const { passed } = await runBehaviours(t, {
      files: behaviourSuites(true),
      atOnce: 2,
      withinMs: 390_000,
      variables,
    });
    assert.ok(passed > 400, `${passed} tests ran`);
  });
}
