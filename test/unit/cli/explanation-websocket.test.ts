import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explanationText } from '../../../src/cli/explanation-text.js';
import type { Origin } from '../../../src/config/origins.js';
import { explanationOf } from './explain.js';

const YAML = `services:
  chat:
    url: "ws://127.0.0.1:8081"
    ping_interval: 20
    read_timeout: 50
host_rules:
  - pattern: "*"
    target: chat
    route_rules:
      - pattern: "/own/*"
        target: chat
        middlewares: [own]
      - pattern: "/named/*"
        target: chat
        middlewares: [websocket]
middleware_services:
  - name: all
    type: websocket
    is_global: true
    config:
      write_wait: 9
      drain_code: 4000
      enable_rate_limit: true
      max_messages_per_minute: 600
  - name: own
    type: websocket
    config:
      ping_interval: 15
      drain_code: 4001
      allowed_origins: ["https://app.example.com"]
`;

const PLAIN = YAML.slice(0, YAML.indexOf('    route_rules')).concat('advanced: {}\n');

function place(origin: Origin): string {
  if (origin.from === 'file') return `line ${origin.line}`;
  return 'name' in origin ? origin.name : origin.from;
}

/** Values with what decided them, by their names. */
function valuesOf(yaml: string, path: string, env: NodeJS.ProcessEnv = {}) {
  const { policy } = explanationOf(yaml, { url: `ws://a:8080${path}`, env });
  assert.equal(new Set(policy.map(({ name }) => name)).size, policy.length);
  return (name: string) => {
    const found = policy.find((one) => one.name === name) ?? assert.fail(name);
    return [found.value, place(found.origin)];
  };
}

describe('an explanation of a handshake', () => {
  it('says of every value which middleware, service or default decided it', () => {
    const own = valuesOf(YAML, '/own/x');
    assert.deepEqual(own('websocket.ping_interval'), [15_000, 'line 28']);
    assert.deepEqual(own('websocket.read_timeout'), [50_000, 'line 5']);
    assert.deepEqual(own('websocket.pong_timeout'), [35_000, 'default']);
    assert.deepEqual(own('websocket.write_timeout'), [9000, 'line 21']);
    assert.deepEqual(own('websocket.drain_code'), [4001, 'line 29']);
    assert.deepEqual(own('websocket.bad_gateway_code'), [1011, 'default']);
    assert.deepEqual(own('websocket.enable_rate_limit'), [true, 'line 23']);
    assert.deepEqual(own('websocket.max_messages_per_minute'), [600, 'line 24']);
    assert.deepEqual(own('websocket.burst'), [60, 'default']);
    assert.deepEqual(own('own.allowed_origins'), [['https://app.example.com'], 'line 30']);
    assert.deepEqual(own('own.enable_origin_check'), [true, 'default']);
    assert.deepEqual(own('all.enable_origin_check'), [false, 'default']);
    assert.deepEqual(valuesOf(YAML, '/')('websocket.ping_interval'), [20_000, 'line 4']);
    assert.deepEqual(valuesOf(YAML, '/')('websocket.drain_code'), [4000, 'line 22']);
  });

  it('says which variable did, with a middleware and without', () => {
    const env = {
      WEBSOCKET_PING_INTERVAL: '12',
      WEBSOCKET_WRITE_TIMEOUT: '11',
      WEBSOCKET_ALLOWED_ORIGINS: 'https://b.example',
      WEBSOCKET_MAX_CONNECTIONS: '70',
    };
    for (const [path, instance] of [
      ['/own/x', 'own'],
      ['/named/x', 'websocket'],
    ] as const) {
      const values = valuesOf(YAML, path, env);
      assert.deepEqual(values('websocket.ping_interval'), [12_000, 'WEBSOCKET_PING_INTERVAL'], path);
      assert.deepEqual(values('websocket.write_timeout'), [11_000, 'WEBSOCKET_WRITE_TIMEOUT'], path);
      assert.deepEqual(
        values(`${instance}.allowed_origins`),
        [['https://b.example'], 'WEBSOCKET_ALLOWED_ORIGINS'],
        path,
      );
      assert.deepEqual(values('max_tunnels'), [70, 'WEBSOCKET_MAX_CONNECTIONS'], path);
    }
    const plain = valuesOf(PLAIN, '/', env);
    assert.deepEqual(plain('websocket.ping_interval'), [12_000, 'WEBSOCKET_PING_INTERVAL']);
    assert.deepEqual(plain('websocket.read_timeout'), [50_000, 'line 5']);
    assert.deepEqual(plain('websocket (environment).allowed_origins'), [
      ['https://b.example'],
      'WEBSOCKET_ALLOWED_ORIGINS',
    ]);
    const { middlewares } = explanationOf(PLAIN, { url: 'ws://a:8080/', env });
    assert.deepEqual(
      middlewares.map(({ name, named_by, origin }) => [name, named_by, place(origin)]),
      [['websocket (environment)', 'environment', 'WEBSOCKET_PING_INTERVAL']],
    );
  });

  it('refuses an Origin that a running proxy would, and shows what it is held to all the same', () => {
    const fields = ['Origin: https://evil.example'];
    const explained = explanationOf(YAML, { url: 'ws://a:8080/own/x', fields });
    assert.deepEqual(explained.verdict, {
      outcome: 'refused',
      status: 403,
      code: 'origin-refused',
      reason: 'Origin "https://evil.example" is not in allowed_origins',
    });
    assert.equal(explained.policy.find(({ name }) => name === 'websocket.drain_code')?.value, 4001);
    const allowed = explanationOf(YAML, { url: 'ws://a:8080/own/x', fields: ['Origin: https://app.example.com'] });
    assert.equal(allowed.verdict.outcome, 'forwarded');
    assert.match(
      explanationText(allowed, '', false),
      /\nverdict +goes to the one backend of chat, unless a middleware answers or a limit of tunnels is reached$/,
    );
  });

  it('says nothing of tunnels where there would be none', () => {
    const { policy } = explanationOf(YAML, { url: 'http://a:8080/own/x' });
    assert.deepEqual(
      policy.filter(({ name }) => name.startsWith('websocket.')),
      [],
    );
    const refused = explanationOf(YAML, { url: 'ws://a:8080/own/x', fields: ['Sec-WebSocket-Version: 8'] });
    assert.equal(
      refused.policy.some(({ name }) => name === 'websocket.ping_interval'),
      false,
    );
  });
});
