import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { ensureBuilt, targets } from './build.mjs';
import { runChild } from './child.mjs';
import { ensureInstalled } from './install.mjs';

const DEFAULT_MINUTES = 5;
/** Seeds of processes lie so far apart that none meets another's. */
const SEED_STRIDE = 100_000_000;

/**
 * `npm run fuzz`: draws inputs for ours and for judges that are not ours until the time is over, in one process per
 * core. `--minutes N`, `--seed N`, `--only NAME` (again for more), `--path P` for one case of a seed.
 * @param {readonly string[]} args
 */
export async function fuzz(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: String(DEFAULT_MINUTES) },
      seed: { type: 'string' },
      path: { type: 'string' },
      only: { type: 'string', multiple: true },
    },
  });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed ?? Math.floor(Math.random() * SEED_STRIDE));
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    console.error('usage: npm run fuzz -- [--minutes N] [--seed N] [--only NAME]... [--path P]');
    return 2;
  }
  const ready = (await ensureInstalled()) || (await ensureBuilt(targets.build));
  if (ready !== 0) return ready;
  const chosen = (values.only ?? []).flatMap((name) => ['--only', name]);
  const replay = values.path === undefined ? [] : ['--path', values.path];
  // A case is seen again by one process.
  const processes = values.path === undefined ? availableParallelism() : 1;
  const found = new AbortController();
  const statuses = await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      const own = ['--minutes', String(minutes), '--seed', String(seed + index * SEED_STRIDE)];
      const program = ['build/test/fuzz/long-run.js', ...own, ...chosen, ...replay];
      const status = await runChild(process.execPath, program, { stop: found.signal });
      if (status !== 0) found.abort();
      return status;
    }),
  );
  // Whoever was stopped for the finding of another has the status of a signal.
  return statuses.find((status) => status > 0 && status < 128) ?? Math.max(...statuses);
}
