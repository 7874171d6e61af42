import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTunnelScenario } from '../support/simulation/tunnel-scenario.js';

const SCENARIOS = Number(process.env.TOYOU_SCENARIOS ?? 3000);
const FIRST_SEED = Number(process.env.TOYOU_SEED ?? 1);

/** Each has to come, or the scenarios prove nothing of it. */
const endings = ['closed', 'client-gone', 'backend-gone', 'client-silent', 'backend-silent', 'tunnel-idle'] as const;
const more = ['tunnel-lifetime', 'tunnel-killed', 'drained', 'client-message-rate', 'client-message-too-big'] as const;

test(`tunnels: ${SCENARIOS} scenarios of policies, splits, congestion, sleep, resets and Closes at any point`, async () => {
  let [messages, delayed, wholeThoughDelayed] = [0, 0, 0];
  const causes = new Set<string>();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCENARIOS; seed++) {
    const report = await runTunnelScenario(seed);
    messages += report.messages;
    delayed += report.delayed;
    if (report.whole && report.delayed > 0) wholeThoughDelayed++;
    causes.add(report.end?.error?.code ?? 'closed');
    assert.deepEqual(report.faults, [], `replay with TOYOU_SEED=${seed} TOYOU_SCENARIOS=1`);
  }
  // A simulation in which nothing goes through proves nothing.
  assert.ok(messages > SCENARIOS, `${messages} messages in ${SCENARIOS} scenarios`);
  if (SCENARIOS < 2000) return;
  assert.ok(delayed > SCENARIOS / 20, `${delayed} messages had to wait`);
  assert.ok(wholeThoughDelayed > SCENARIOS / 500, `${wholeThoughDelayed} in which all had to arrive, though late`);
  assert.deepEqual(
    [...endings, ...more].filter((cause) => !causes.has(cause)),
    [],
  );
});
