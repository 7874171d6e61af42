import { ensureBuilt, targets } from './build.mjs';
import { runChild } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './paths.mjs';
import { groupsNotRun, groupTests } from './test-groups.mjs';
import { testRun } from './test-run.mjs';
import { listFiles } from './tree.mjs';

const tiers = ['unit', 'behaviour', 'simulation', 'fuzz'];

/** In this order; each is a program of node_modules. */
const checks = [
  { name: 'lint', args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'] },
  { name: 'unused code', args: ['node_modules/knip/bin/knip.js', '--config', 'scripts/knip.json'] },
  { name: 'package', args: ['node_modules/publint/src/cli.js', '--strict'] },
];

/**
 * `npm test`: lint, types, unused code, package, then all tests that need nothing but Node. `--only-built` runs the tests
 * as they were built, with the Node that runs this. Other arguments are parts of names of test files.
 * @param {readonly string[]} args
 */
export async function test(args) {
  const names = args.filter((arg) => !arg.startsWith('--'));
  if (!args.includes('--only-built')) {
    const status = await prepare(names.length === 0);
    if (status !== 0) return status;
  }
  const built = tiers.flatMap((tier) => listFiles(root, `build/test/${tier}`, '.test.js'));
  const files = names.length === 0 ? built : built.filter((file) => names.some((name) => file.includes(name)));
  if (files.length === 0) {
    console.error(built.length === 0 ? 'there are no built tests: run npm test' : `no test file is named ${names}`);
    return 1;
  }
  const unit = files.filter((file) => file.startsWith('build/test/unit/'));
  const others = files.filter((file) => !unit.includes(file));
  const groups = groupTests(unit);
  const run = testRun([...groups, ...others], { serial: false, timeoutMs: 180_000 });
  const status = await runChild(process.execPath, run);
  const left = groupsNotRun(groups);
  if (left.length > 0) console.error(`not run: ${left.join(', ')}`);
  return left.length > 0 ? 1 : status;
}

async function prepare(whole) {
  const ready = (await ensureInstalled()) || (await ensureBuilt(targets.dist)) || (await ensureBuilt(targets.build));
  if (ready !== 0 || !whole) return ready;
  for (const { name, args } of checks) {
    const status = await runChild(process.execPath, args, { output: 'on failure' });
    if (status !== 0) {
      console.error(`failed: ${name}`);
      return status;
    }
  }
  return 0;
}
