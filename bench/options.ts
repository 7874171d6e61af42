import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from './repository-root.js';
import { rows } from './rows.js';
import type { Plan } from './sample.js';

export interface Options {
  readonly plan: Plan;
  readonly rowIds: readonly string[];
  readonly json: boolean;
  /** Whether proxy, load and backend share one core. */
  readonly oneCore: boolean;
  /** Whether a missed target sets the exit status. */
  readonly fail: boolean;
  readonly help: boolean;
  /** The compiled main file of the toyou-proxy that is measured. */
  readonly entry: string;
}

const DEFAULT_ENTRY = join(repositoryRoot, 'dist', 'cli', 'main.js');
const FULL: Plan = {
  rounds: 5,
  warmUpCount: 100_000,
  warmUpMs: 5000,
  sampleMs: 700,
  idleTunnels: 6000,
  settleMs: 1000,
};
const QUICK: Plan = { rounds: 2, warmUpCount: 12_000, warmUpMs: 2500, sampleMs: 150, idleTunnels: 500, settleMs: 200 };

export const usage = `npm run bench -- [options]
  --rounds N     rounds per row (${FULL.rounds}; quick: ${QUICK.rounds})
  --only NAME    only rows whose name begins so; may be given more than once
                 (${rows.map((row) => row.id).join(', ')})
  --quick        short samples: under a minute, noisier, and not as warm
  --json         print JSON instead of the table
  --no-fail      exit with 0 even if a target is missed
  --one-core     proxy, load and backend share a core: every wake-up of the proxy finds a
                 queue of work, and other programs disturb less; caches are shared, too
  --entry FILE   measure another build's main file instead of dist/cli/main.js
  --help`;

/** Throws an Error that says what is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'no-fail': { type: 'boolean', default: false },
      'one-core': { type: 'boolean', default: false },
      entry: { type: 'string', default: DEFAULT_ENTRY },
      help: { type: 'boolean', default: false },
    },
  });
  const base = values.quick ? QUICK : FULL;
  return {
    plan: values.rounds === undefined ? base : { ...base, rounds: parseRounds(values.rounds) },
    rowIds: pickRows(values.only),
    json: values.json,
    oneCore: values['one-core'],
    fail: !values['no-fail'],
    help: values.help,
    entry: resolve(values.entry),
  };
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${text}: not a whole number of 1 or more`);
  return rounds;
}

function pickRows(names: readonly string[]): string[] {
  const known = rows.map((row) => row.id);
  for (const name of names) {
    if (!known.some((id) => id.startsWith(name))) throw new Error(`--only ${name}: no such row (${known.join(', ')})`);
  }
  return known.filter((id) => names.length === 0 || names.some((name) => picks(name, id, known)));
}

/** A row's whole name means that row alone, although another's may begin with it. */
function picks(name: string, id: string, known: readonly string[]): boolean {
  return known.includes(name) ? id === name : id.startsWith(name);
}
