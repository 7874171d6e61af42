import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfigChanges, configChanges, keysForRestart } from '../../../src/config/config-changes.js';
import { configOf } from '../../support/config-of.js';

const none = { added: [], removed: [], changed: [] };
const NOTHING: ConfigChanges = {
  rules: none,
  services: none,
  backends: none,
  middlewares: none,
  ports: { opened: [], closed: [] },
  settings: [],
  reordered: false,
};

const BASE = `services:
  a: { url: "http://a:1" }
  b: { load_balancer: { backends: [{ url: "http://b:1" }, { url: "http://b:2", weight: 2 }] } }
host_rules:
  - { pattern: x.example, port: 80, target: a, route_rules: [{ pattern: /ws, target: b }, { pattern: /p, target: b, methods: [GET] }] }
route_rules:
  - { pattern: /top, target: a }
middlewares:
  - { name: request_id }
middleware_services:
  - { name: mine, type: headers, is_global: true, config: { request: { set: { x: "1" } } } }
`;

function changed(...edits: readonly (readonly [string, string])[]): ConfigChanges | null {
  const after = edits.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, to);
  }, BASE);
  return configChanges(configOf(BASE), configOf(after));
}

test('the same text, and the same in other words, is no change', () => {
  assert.equal(changed(), null);
  assert.equal(changed(['weight: 2', 'active: true, weight: 2']), null);
  assert.equal(
    changed(['  a: { url: "http://a:1" }', '  a: { load_balancer: { backends: [{ url: "http://a:1" }] } }']),
    null,
  );
});

test('rules are told by host, port and path', () => {
  assert.deepEqual(changed(['{ pattern: /ws, target: b }', '{ pattern: /ws, target: a }']), {
    ...NOTHING,
    rules: { ...none, changed: ['x.example:80/ws'] },
  });
  assert.deepEqual(changed(['pattern: /ws', 'pattern: /chat']), {
    ...NOTHING,
    rules: { ...none, added: ['x.example:80/chat'], removed: ['x.example:80/ws'] },
  });
  assert.deepEqual(changed(['methods: [GET]', 'methods: [POST]']), {
    ...NOTHING,
    rules: { ...none, changed: ['x.example:80/p'] },
  });
  assert.deepEqual(changed(['port: 80, target: a', 'port: 80']), {
    ...NOTHING,
    rules: { ...none, changed: ['x.example:80'] },
  });
});

test('another port is another rule', () => {
  assert.deepEqual(changed(['port: 80', 'port: 81']), {
    ...NOTHING,
    rules: {
      added: ['x.example:81', 'x.example:81/ws', 'x.example:81/p'],
      removed: ['x.example:80', 'x.example:80/ws', 'x.example:80/p'],
      changed: [],
    },
    ports: { opened: [81], closed: [80] },
  });
});

test('services and their backends, the same address twice too', () => {
  assert.deepEqual(changed(['{ url: "http://b:2", weight: 2 }', '{ url: "http://b:1" }, { url: "http://b:3" }']), {
    ...NOTHING,
    services: { ...none, changed: ['b'] },
    backends: { added: ['b http://b:3'], removed: ['b http://b:2'], changed: ['b http://b:1'] },
  });
  assert.deepEqual(changed(['services:\n', 'services:\n  c: { url: "http://c:1" }\n']), {
    ...NOTHING,
    services: { ...none, added: ['c'] },
    backends: { ...none, added: ['c http://c:1'] },
  });
});

test('middlewares by name', () => {
  assert.deepEqual(changed(['x: "1"', 'x: "2"'], ['{ name: request_id }', '{ name: logging }']), {
    ...NOTHING,
    middlewares: { added: ['logging'], removed: ['request_id'], changed: ['mine'] },
  });
});

test('keys of advanced by their path', () => {
  const settings = ['advanced.timeout.read_timeout', 'advanced.security.trusted_proxies', 'advanced.max_connections'];
  const advanced =
    'advanced: { timeout: { read_timeout: 5 }, security: { trusted_proxies: ["::1"] }, max_connections: 5 }';
  assert.deepEqual(new Set(changed(['services:', `${advanced}\nservices:`])?.settings), new Set(settings));
});

test('another order of rules is a change without a name', () => {
  const order = '{ pattern: /p, target: b, methods: [GET] }, { pattern: /ws, target: b }';
  const change = changed(['{ pattern: /ws, target: b }, { pattern: /p, target: b, methods: [GET] }', order]);
  assert.deepEqual(change, { ...NOTHING, reordered: true });
});

test('keys that are fixed at the start are told as long as they differ from it', () => {
  const started = configOf(BASE);
  const keys =
    'bind: "127.0.0.1", port: 81, buffer_size: { read_buffer: 64KiB, write_buffer: 1KiB }, log: { format: json }';
  assert.deepEqual(
    new Set(keysForRestart(started, configOf(`advanced: { ${keys} }\n${BASE}`))),
    new Set(['advanced.bind', 'advanced.buffer_size.read_buffer', 'advanced.log.format']),
  );
  assert.deepEqual(keysForRestart(started, started), []);
});
