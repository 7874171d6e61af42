import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { notThroughLinks } from '../support/faults/not-through-links.js';
import { runBehaviours } from './support/behaviour-run.js';
import { byHeadsAlone } from './support/behaviour-suites.js';
import { chosenSeed } from './support/random.js';
import { root } from './support/repository.js';

/** The behaviour suite as it was built, with fault proxies before the proxy and before every backend. */
const files = readdirSync(join(root, 'build/test/behaviour'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js') && !name.startsWith('cli/') && !byHeadsAlone.has(name))
  .filter((name) => name !== 'interruptions.test.js') // which has links of its own
  .map((name) => `build/test/behaviour/${name}`);

for (const form of ['one-byte', 'pieces']) {
  test(`every behaviour is the same where all bytes come in the form ${form}`, { timeout: 480_000 }, async (t) => {
    const variables = { TOYOU_LINKS: form, TOYOU_SEED: String(chosenSeed(`links, ${form}`)) };
    const { output, passed } = await runBehaviours(t, { files, atOnce: 4, withinMs: 470_000, variables });
    const left = [...output.matchAll(/not through links: (.*)$/gm)].map(([, name]) => name);
    assert.deepEqual(left.sort(), Object.keys(notThroughLinks).sort(), 'those that are left out exist, and no others');
    assert.ok(passed > 500, `${passed} tests ran`);
    console.log(`links, ${form}: ${passed} tests passed`);
  });
}
