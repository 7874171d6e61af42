import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POLICY_KEYS } from '../../../src/config/schema-service-policies.js';
import { configOf, errorsOf, warningsOf, withAdvanced } from './stand-ins.js';

const HOST_RULES = 'host_rules: [{ pattern: "*", target: api }]';
/** The keys begin at 2:29 beside a url, at 2:46 in a load_balancer. */
const beside = (keys: string) => `services:\n  api: { url: "http://a:1", ${keys} }\n${HOST_RULES}`;
const within = (keys: string) => beside(`load_balancer: { ${keys} }`);
const balancerOf = (text: string) => configOf(text).services.api?.load_balancer;

const EVERY_KEY = `health_check: { enabled: true, type: http, interval: 20s, timeout: 1, path: "/up?deep=1", healthy_threshold: 1, unhealthy_threshold: 5, expected_status: 204 },
    passive_health_check: { failures: 2, within: 1m, retry_after: 500ms },
    retry: { attempts: 5, timeout: 0 },
    sticky: { cookie: at, ttl: 1d, secret: 0123456789abcdef },
    on_unhealthy: drain,
    dns: { refresh: 0 }`;

describe('what a service says of its backends', () => {
  for (const [place, text] of [
    ['beside a url', beside(EVERY_KEY)],
    ['in a load_balancer without backends', within(EVERY_KEY)],
    [
      'beside a load_balancer with backends',
      beside(`load_balancer: { backends: [{ url: "http://b" }] }, ${EVERY_KEY}`),
    ],
    ['in a load_balancer with backends', within(`backends: [{ url: "http://b" }], ${EVERY_KEY}`)],
  ] as const) {
    it(`stands ${place}`, () => {
      const { strategy, backends, ...policies } = balancerOf(text) ?? assert.fail();
      assert.equal(strategy, 'round_robin');
      assert.equal(backends.length, text.includes('backends') ? 2 : 1);
      assert.deepEqual(policies, {
        health_check: {
          type: 'http',
          interval: 20_000,
          timeout: 1000,
          path: '/up?deep=1',
          healthy_threshold: 1,
          unhealthy_threshold: 5,
          expected_status: [[204, 204]],
        },
        passive_health_check: { failures: 2, within: 60_000, retry_after: 500, written: true },
        retry: { attempts: 5, timeout: 0 },
        sticky: { cookie: 'at', ttl: 86_400_000, secret: '0123456789abcdef' },
        on_unhealthy: 'drain',
        dns: { refresh: 0 },
      });
      assert.deepEqual(warningsOf(text), []);
    });
  }

  it('may stand in both places, each key in one of them', () => {
    const balancer = balancerOf(beside('retry: { attempts: 1 }, load_balancer: { dns: { refresh: 5 } }'));
    assert.deepEqual([balancer?.retry.attempts, balancer?.dns.refresh], [1, 5000]);
  });

  for (const key of POLICY_KEYS) {
    const value = key === 'on_unhealthy' ? 'keep' : '{}';
    it(`${key} in both places is an error that names both`, () => {
      const text = beside(`${key}: ${value}, load_balancer: { ${key}: ${value} }`);
      const message = `stands twice: as \`${key}\` of the service and as \`load_balancer.${key}\`; keep one of them`;
      assert.deepEqual(errorsOf(text), [`2:29 services.api.${key}: ${message}`]);
      assert.deepEqual(errorsOf(beside(`${key}: , load_balancer: { ${key}: ${value} }`)), []);
    });
  }

  it('is turned off', () => {
    const off = balancerOf(beside('health_check: { enabled: false, path: /x }, passive_health_check: { failures: 0 }'));
    assert.equal(off?.health_check, null);
    assert.equal(off?.passive_health_check.failures, 0);
  });
});

describe('the statuses of a good probe', () => {
  const written = (statuses: string) =>
    balancerOf(beside(`health_check: { expected_status: ${statuses} }`))?.health_check?.expected_status;
  it('are a number, ranges, or a list', () => {
    assert.deepEqual(written('"200"'), [[200, 200]]);
    assert.deepEqual(written('204'), [[204, 204]]);
    assert.deepEqual(written('100-599'), [[100, 599]]);
    assert.deepEqual(written('" 200 - 299 , 404"'), [
      [200, 299],
      [404, 404],
    ]);
    assert.deepEqual(written('[200, "300-399,401"]'), [
      [200, 200],
      [300, 399],
      [401, 401],
    ]);
  });

  const form = 'expected statuses from 100 to 599, such as 200, "200-399", "200-299,404" or [200, "300-399"]';
  for (const [statuses, expected] of [
    ['99', form],
    ['600', form],
    ['200.5', form],
    ['-200', form],
    ['2e2', undefined],
    ['"2xx"', form],
    ['""', form],
    ['"200,"', form],
    ['"200-"', form],
    ['"200-299-300"', form],
    ['[200, 99]', form],
    ['"299-200"', 'the range 299-200 ends before it begins'],
    ['true', `${form}, got true`],
    ['[]', 'must not be empty'],
    ['[[200]]', `${form}, got a list`],
  ] as const) {
    it(`${expected === undefined ? 'may be' : 'are not'} ${statuses}`, () => {
      const path = 'services.api.health_check.expected_status';
      const errors = expected === undefined ? [] : [`2:62 ${path}: ${expected}`];
      assert.deepEqual(errorsOf(beside(`health_check: { expected_status: ${statuses} }`)), errors);
    });
  }
});

describe('a wrong value', () => {
  const target = 'expected a path such as "/health"';
  const cases: [string, string][] = [
    ['health_check: 5', '43 health_check: expected a map, got 5'],
    ['health_check: { intervall: 5 }', '45 health_check.intervall: unknown key -> interval'],
    ['health_check: { interval: 99ms }', '55 health_check.interval: must be at least 100ms'],
    ['health_check: { timeout: 0 }', '54 health_check.timeout: must be at least 1ms'],
    ['health_check: { path: health }', `51 health_check.path: ${target} -> /health`],
    ['health_check: { path: "/a b" }', `51 health_check.path: ${target}`],
    ['health_check: { path: "/a/../b" }', `51 health_check.path: ${target}`],
    ['health_check: { path: "/a#b" }', `51 health_check.path: ${target}`],
    ['health_check: { path: "/\u00e9" }', `51 health_check.path: ${target}`],
    ['health_check: { path: "http://a/b" }', `51 health_check.path: ${target}`],
    ['health_check: { path: "" }', `51 health_check.path: ${target}`],
    ['health_check: { healthy_threshold: 0 }', '64 health_check.healthy_threshold: must be at least 1'],
    [
      'health_check: { unhealthy_threshold: 1.5 }',
      '66 health_check.unhealthy_threshold: expected a whole number, got 1.5',
    ],
    ['health_check: { type: ws }', '51 health_check.type: expected one of http, tcp, websocket; got the text "ws"'],
    ['passive_health_check: { failures: -1 }', '63 passive_health_check.failures: must be at least 0'],
    ['passive_health_check: { within: 0 }', '61 passive_health_check.within: must be at least 1ms'],
    ['passive_health_check: { retry_after: 0 }', '66 passive_health_check.retry_after: must be at least 1ms'],
    ['retry: { attempts: 0 }', '48 retry.attempts: must be at least 1'],
    ['sticky: { cookie: "a b" }', '47 sticky.cookie: expected the name of a cookie such as "toyou_backend"'],
    ['sticky: { cookie: "" }', '47 sticky.cookie: expected the name of a cookie such as "toyou_backend"'],
    ['sticky: { ttl: 999ms }', '44 sticky.ttl: must be 0 or at least 1s'],
    ['on_unhealthy: drian', '43 on_unhealthy: expected one of keep, drain, close; got the text "drian" -> drain'],
    [
      'dns: { refresh: never }',
      '45 dns.refresh: expected a duration: a number of seconds, or text such as "500ms", "10s", "5m", "1h", "1d"',
    ],
    [
      'load_balancer: { backends: [{ url: "http://a", max_tunnels: -1 }] }',
      '89 load_balancer.backends[0].max_tunnels: must be at least 0',
    ],
  ];
  for (const [keys, expected] of cases) {
    const [column, ...rest] = expected.split(' ');
    it(`of ${keys}`, () => assert.deepEqual(errorsOf(beside(keys)), [`2:${column} services.api.${rest.join(' ')}`]));
  }

  it('of prewarm: more than are kept', () => {
    const message = 'advanced.connection_pool.prewarm: must be at most `max_idle_connections`, which is';
    assert.deepEqual(errorsOf(withAdvanced('connection_pool: { prewarm: 101 }')), [`4:31 ${message} 100`]);
    assert.deepEqual(errorsOf(withAdvanced('connection_pool: { prewarm: 3, max_idle_connections: 2 }')), [
      `4:31 ${message} 2`,
    ]);
    assert.deepEqual(errorsOf(withAdvanced('connection_pool: { prewarm: 2, max_idle_connections: 2 }')), []);
  });
});

describe('a value that is hardly meant is a warning, in either place', () => {
  const noSecret = 'without a `secret` it ends with this process: cookies from before or of another mean nothing to it';
  const cases: [string, string[]][] = [
    ['health_check: { type: tcp, path: /x }', ['path: has no effect on probes of type tcp']],
    [
      'health_check: { type: tcp, expected_status: 200, path: /x }',
      ['expected_status: has no effect on probes of type tcp', 'path: has no effect on probes of type tcp'],
    ],
    [
      'health_check: { type: websocket, expected_status: 200, path: /x }',
      ['expected_status: has no effect on probes of type websocket'],
    ],
    ['health_check: { type: tcp, path: /x, enabled: false }', []],
    [
      'health_check: { interval: 500ms, timeout: 100ms }',
      ['interval: 500ms looks too low: it is more than one probe a second of each backend'],
    ],
    ['health_check: { interval: 1s, timeout: 1s }', []],
    [
      'health_check: { interval: 1s, timeout: 2s }',
      ['timeout: `timeout` is longer than `interval`: a probe that takes long puts off the next one of its backend'],
    ],
    [
      'health_check: { interval: 4s }',
      ['interval: `timeout` is longer than `interval`: a probe that takes long puts off the next one of its backend'],
    ],
    ['sticky: {}', [`: ${noSecret}`]],
    ['sticky: { secret: "" }', [`: ${noSecret}`]],
    ['sticky: { secret: 0123456789abcde }', ['secret: is short: with fewer than 16 characters it can be guessed']],
    [
      'dns: { refresh: 200ms }',
      ['refresh: 200ms looks too low: it is more than one look-up a second of each host name'],
    ],
    ['passive_health_check: {}', []],
    ['retry: { attempts: 9 }', []],
  ];
  for (const [keys, expected] of cases) {
    it(keys, () => {
      const section = keys.split(':', 1)[0];
      const brought = (above: string) =>
        expected.map((line) => `${above}.${section}${line.startsWith(':') ? '' : '.'}${line}`);
      const plain = (line: string) => line.replace(/^\S+ /, '');
      assert.deepEqual(warningsOf(beside(keys)).map(plain), brought('services.api'));
      assert.deepEqual(warningsOf(within(keys)).map(plain), brought('services.api.load_balancer'));
    });
  }
});
