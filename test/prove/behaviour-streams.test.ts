import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBehaviours } from './support/behaviour-run.js';
import { behaviourSuites } from './support/behaviour-suites.js';

/** Where the insides of Node are other ones, everything goes through its streams: it holds there, too, in TLS where the sides meet. */
for (const [tls, meaning] of [
  [{}, 'plain'],
  [{ TOYOU_TLS: 'both' }, 'with TLS on both sides'],
] as const) {
  test(`every behaviour through the streams of Node, ${meaning}`, { timeout: 400_000 }, async (t) => {
    const variables = { TOYOU_DATA_PLANE: 'streams', ...tls };
    const files = behaviourSuites('TOYOU_TLS' in tls ? 'mixed' : 'plain');
    const { passed } = await runBehaviours(t, { files, atOnce: 2, withinMs: 390_000, variables });
    assert.ok(passed > 300, `${passed} tests ran`);
  });
}
