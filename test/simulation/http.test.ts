import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf } from '../support/config-of.js';
import { runHttpScenario } from '../support/simulation/http-scenario.js';

const SCENARIOS = Number(process.env.TOYOU_SCENARIOS ?? 2000);
const FIRST_SEED = Number(process.env.TOYOU_SEED ?? 1);

const config = configOf(`
services:
  app:
    load_balancer:
      backends:
        - { url: "http://192.0.2.10:80" }
        - { url: "http://192.0.2.11:80" }
host_rules:
  - { pattern: "*", port: 80, target: app, middlewares: [request_id, headers] }
middlewares:
  - { name: request_id }
  - { name: headers, config: { request: { set: { x-seen: "1" } }, response: { set: { x-seen: "2" } } } }
advanced:
  buffer_size: { read_buffer: 4096, write_buffer: 4096 }
  connection_pool: { max_active_connections: 2 }
`);

/** Other backends, limits and middlewares; a service less, a service more. */
const others = [
  configOf(`
services:
  app: { url: "http://192.0.2.11:80" }
host_rules:
  - { pattern: "*", port: 80, target: app, middlewares: [request_id] }
middlewares:
  - { name: request_id }
advanced:
  buffer_size: { read_buffer: 4096, write_buffer: 1024 }
  connection_pool: { max_active_connections: 1, max_idle_connections: 1 }
`),
  configOf(`
services:
  other:
    load_balancer:
      backends:
        - { url: "http://192.0.2.12:80" }
        - { url: "http://192.0.2.10:80" }
host_rules:
  - { pattern: "*", port: 80, route_rules: [{ pattern: "/*", target: other, middlewares: [headers] }] }
middlewares:
  - { name: headers, config: { request: { set: { x-seen: "2" } } } }
advanced:
  buffer_size: { read_buffer: 4096, write_buffer: 4096 }
  connection_pool: { max_active_connections: 5 }
`),
];

/** As many as cost a second. */
const WITH_RELOADS = Math.min(SCENARIOS, 200);

test(`HTTP and upgrades: ${WITH_RELOADS} scenarios with reloads in between`, async () => {
  let answered = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + WITH_RELOADS; seed++) {
    const report = await runHttpScenario(seed, config, others);
    answered += report.answered;
    assert.deepEqual(report.faults, [], `replay with TOYOU_SEED=${seed} TOYOU_SCENARIOS=1`);
  }
  assert.ok(answered > WITH_RELOADS, `${answered} answers in ${WITH_RELOADS} scenarios`);
});

test(`HTTP and upgrades: ${SCENARIOS} scenarios of splits, delays, congestion and resets`, async () => {
  let answered = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCENARIOS; seed++) {
    const report = await runHttpScenario(seed, config);
    answered += report.answered;
    assert.deepEqual(report.faults, [], `replay with TOYOU_SEED=${seed} TOYOU_SCENARIOS=1`);
  }
  // A simulation in which nothing goes through proves nothing.
  assert.ok(answered > SCENARIOS, `${answered} answers in ${SCENARIOS} scenarios`);
});
