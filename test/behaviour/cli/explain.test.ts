import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runCommand } from './command.js';

const CONFIG = `services:
  chat: { url: "ws://localhost:\${CHAT_PORT}" }
host_rules:
  - pattern: "ws.example.com"
    route_rules:
      - { pattern: "/ws/*", target: chat, strip_prefix: /ws }
`;
const cwd = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
writeFileSync(join(cwd, 'config.yaml'), CONFIG);
const env = { CHAT_PORT: '8081' };

describe('explain', { concurrency: 4 }, () => {
  test('says rule, backend, target and value, each with its place, and opens nothing', async () => {
    const url = 'http://ws.example.com:9000/ws/room?x=1';
    const { status, out, error } = await runCommand(['explain', 'GET', url, '--port', '9000'], { cwd, env });
    assert.deepEqual([status, error], [0, '']);
    for (const line of [
      `GET ${url}`,
      /^listener {4}port 9000 on ::, http +--port$/m,
      /^route {7}\/ws\/room: prefix "\/ws\/\*" +config\.yaml:6$/m,
      /^backends {4}ws:\/\/localhost:8081, weight 1 +config\.yaml:2, environment CHAT_PORT$/m,
      /^target {6}\/room\?x=1 +strip_prefix, config\.yaml:6$/m,
      /^verdict {5}goes to the one backend of chat/m,
    ]) {
      assert.match(out, typeof line === 'string' ? new RegExp(`^${line.replace(/[.?]/g, '\\$&')}\n`) : line);
    }
  });

  test('refuses a configuration that is refused', async () => {
    const unset = await runCommand(['explain', 'GET', 'http://a/'], { cwd });
    assert.equal(unset.status, 2);
    assert.match(
      unset.error,
      /^config\.yaml:2:\d+: services\.chat\.url: the environment variable CHAT_PORT is not set/,
    );
  });
});
