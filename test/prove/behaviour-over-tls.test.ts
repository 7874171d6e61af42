import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBehaviours } from './support/behaviour-run.js';
import { behaviourSuites } from './support/behaviour-suites.js';

// With TLS on both sides all of it is played; on one side, where the sides meet.
for (const [variant, meaning] of [
  ['in', 'clients in TLS, backends in plain'],
  ['out', 'clients in plain, backends in TLS'],
  ['both', 'TLS on both sides'],
] as const) {
  test(`every behaviour, with ${meaning}`, { timeout: 400_000 }, async (t) => {
    const variables = { TOYOU_TLS: variant };
    const { passed } = await runBehaviours(t, {
      files: behaviourSuites(variant === 'both' ? 'tls' : 'mixed'),
      atOnce: 2,
      withinMs: 390_000,
      variables,
    });
    assert.ok(passed > 300, `${passed} tests ran`);
  });
}
