import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTunnelScenario } from '../support/simulation/tunnel-scenario.js';

const SCENARIOS = Number(process.env.TOYOU_SCENARIOS ?? 5000);
const FIRST_SEED = Number(process.env.TOYOU_SEED ?? 1);

test(`tunnels: ${SCENARIOS} scenarios of splits, congestion, resets, timeouts and Closes at any point`, async () => {
  let messages = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCENARIOS; seed++) {
    const report = await runTunnelScenario(seed);
    messages += report.messages;
    assert.deepEqual(report.faults, [], `replay with TOYOU_SEED=${seed} TOYOU_SCENARIOS=1`);
  }
  // A simulation in which nothing goes through proves nothing.
  assert.ok(messages > SCENARIOS, `${messages} messages in ${SCENARIOS} scenarios`);
});
