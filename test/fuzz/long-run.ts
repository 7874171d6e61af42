import { parseArgs } from 'node:util';
import { allSubjects } from './all-subjects.js';
import { findingText } from './subject.js';

/** So many cases are drawn from one seed. */
const RUNS_PER_SEED = 1000;

// One process of `npm run fuzz`: takes its subjects in turn, a fresh seed each time, until its time is over.
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    path: { type: 'string' },
    only: { type: 'string', multiple: true },
  },
});
const subjects = allSubjects.filter(({ name }) => values.only === undefined || values.only.includes(name));
const untilMs = performance.now() + Number(values.minutes) * 60_000;
const totals = new Map(subjects.map(({ name }) => [name, 0]));
let seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const firstSeed = seed;
let found = false;
for (let turn = 0; !found && performance.now() < untilMs; turn++) {
  const subject = subjects[turn % subjects.length];
  if (subject === undefined) break;
  const timeLimitMs = Math.max(1, untilMs - performance.now());
  const replay = values.path === undefined ? {} : { path: values.path };
  const { runs, finding } = await subject.run({ seed, runs: RUNS_PER_SEED, timeLimitMs, ...replay });
  totals.set(subject.name, (totals.get(subject.name) ?? 0) + runs);
  if (finding !== null) {
    found = true;
    console.error(findingText(subject.name, finding));
  }
  if (values.path !== undefined) break;
  if (turn % subjects.length === subjects.length - 1) seed++;
}
for (const [name, runs] of totals) console.log(`${name}: ${runs} runs, seeds ${firstSeed} to ${seed}`);
// What the judges still wait for would keep the process alive.
process.exit(found ? 1 : 0);
