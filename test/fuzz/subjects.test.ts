import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allSubjects } from './all-subjects.js';
import { findingText } from './subject.js';

/** The same runs each time; another seed makes others. */
const SEED = Number(process.env.TOYOU_SEED ?? 9112);

for (const subject of allSubjects) {
  test(`${subject.name}: ours and the judge read the same, ${subject.shortRuns} runs from seed ${SEED}`, async () => {
    const { runs, finding } = await subject.run({ seed: SEED, runs: subject.shortRuns });
    assert.equal(finding, null, finding === null ? '' : findingText(subject.name, finding));
    assert.equal(runs, subject.shortRuns);
  });
}
