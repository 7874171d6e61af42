import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Program, plainEnvironment } from './support/program.js';
import { chosenSeed } from './support/random.js';
import { root } from './support/repository.js';

const SCENARIOS = 10_000;
const folder = join(root, 'build/test/simulation');

test(`the simulation finds nothing in ${SCENARIOS} scenarios of each kind that nobody has seen`, async (t) => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.js'));
  const seed = chosenSeed('simulation');
  const env = { ...plainEnvironment(), TOYOU_SEED: String(seed), TOYOU_SCENARIOS: String(SCENARIOS) };
  const args = ['--test', '--test-concurrency=2', '--test-reporter=tap', ...files.map((name) => join(folder, name))];
  const run = new Program(process.execPath, args, { env });
  t.after(() => run.kill());
  const { status } = await run.ended();
  assert.equal(status, 0, run.output.slice(-4000));
  assert.match(run.output, /# fail 0/);
});
