import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runServiceScenario, type ServiceScenarioReport } from '../support/simulation/service-scenario.js';

/** Each costs as much as many of the other kinds. */
const SCENARIOS = Math.ceil(Number(process.env.TOYOU_SCENARIOS ?? 2000) / 40);
const FIRST_SEED = Number(process.env.TOYOU_SEED ?? 1);

async function run(seed: number): Promise<ServiceScenarioReport> {
  const report = await runServiceScenario(seed);
  assert.deepEqual(report.faults, [], `replay with TOYOU_SEED=${seed} TOYOU_SCENARIOS=1`);
  return report;
}

/** By seed: what they have found. */
const finds = [
  ['a reload that takes the checks away brings backends back: that is told', 9],
  ['a reload that has failures counted no more likewise', 31],
  ['whoever waits for room is the trial of a backend whose time is over', 56],
] as const;

for (const [name, seed] of finds) {
  test(name, async () => {
    await run(seed);
  });
}

test(`services: ${SCENARIOS} scenarios of backends that fail and come back, checks, names, reloads and operators`, async () => {
  const told = new Set<string>();
  let [answered, failed, retries, waits] = [0, 0, 0, 0];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCENARIOS; seed++) {
    const report = await run(seed);
    answered += report.answered;
    failed += report.failed;
    retries += report.retries;
    waits += report.waits;
    for (const became of report.told) told.add(became);
  }
  // A simulation in which nothing goes through, or nothing fails, proves nothing.
  assert.ok(answered > 10 * SCENARIOS, `${answered} answers in ${SCENARIOS} scenarios`);
  if (SCENARIOS < 50) return;
  assert.ok(failed > SCENARIOS, `${failed} failures`);
  assert.ok(retries > SCENARIOS / 5, `${retries} requests that went to several backends`);
  assert.ok(waits > SCENARIOS / 5, `${waits} waits for room`);
  assert.deepEqual([...told].sort(), ['brought-back', 'changed', 'healthy', 'taken-out', 'unhealthy']);
});
