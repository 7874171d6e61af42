import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explanationText } from '../../../src/cli/explanation-text.js';
import type { Origin } from '../../../src/config/origins.js';
import { explanationOf } from './explain.js';

/** Keys beside the url, keys in the balancer, and neither. */
const YAML = `services:
  beside:
    load_balancer: { backends: [{ url: "http://10.0.0.1/base" }, { url: "unix:/run/app.sock", max_tunnels: 5 }] }
    retry: { attempts: 4 }
    passive_health_check: { failures: 3, within: 1m }
    health_check:
      interval: 2s
      type: http
      expected_status: "204, 300-399"
    sticky:
      secret: "a-secret-of-16-characters"
      ttl: 1h
    on_unhealthy: drain
    dns: { refresh: "\${REFRESH:-5s}" }
  inside:
    load_balancer:
      backends: [{ url: "http://10.0.0.1" }]
      retry: { timeout: 3s }
      passive_health_check: { within: 20s }
      health_check: { enabled: true, type: tcp }
      on_unhealthy: close
      sticky: { cookie: mine }
  nothing: { url: "http://10.0.0.1" }
  several: { load_balancer: { backends: [{ url: "http://10.0.0.1" }, { url: "http://10.0.0.2" }] } }
  off:
    url: "http://10.0.0.1"
    health_check: { enabled: false }
    passive_health_check: { failures: 0 }
host_rules:
  - pattern: "*"
    route_rules:
      - { pattern: "/beside/*", target: beside, strip_prefix: /beside }
      - { pattern: "/inside/*", target: inside }
      - { pattern: "/nothing/*", target: nothing }
      - { pattern: "/several/*", target: several }
      - { pattern: "/off/*", target: off }
`;

const SECTION = /^(?:retry|passive_health_check|health_check|sticky|on_unhealthy|dns)(?:\.|$)/;

function place(origin: Origin): string {
  if (origin.from === 'file') return [origin.line, ...origin.variables].join(' ');
  return 'name' in origin ? `${origin.from} ${origin.name}` : origin.from;
}

const asked = (service: string, env = {}) => explanationOf(YAML, { url: `http://q:8080/${service}/x?y`, env });

/** Each value of how the service treats its backends: what it is, below which key it stands, and on which line. */
function valuesOf(service: string, env = {}) {
  const own = asked(service, env).policy.filter(({ name }) => SECTION.test(name));
  return own.map(({ name, value, path, origin }) => {
    const [, holder] =
      new RegExp(`^services\\.${service}\\.(load_balancer\\.)?${name}$`).exec(`${path}`) ?? assert.fail(`${path}`);
    return [name, value, holder ?? '', place(origin)];
  });
}

describe('an explanation of a service', () => {
  it('has what stands beside its url', () => {
    assert.deepEqual(valuesOf('beside', { REFRESH: '7s' }), [
      ['retry.attempts', 4, '', '4'],
      ['retry.timeout', 10_000, '', 'default'],
      ['passive_health_check.failures', 3, '', '5'],
      ['passive_health_check.within', 60_000, '', '5'],
      ['passive_health_check.retry_after', 10_000, '', 'default'],
      ['health_check.enabled', true, '', '6'],
      ['health_check.type', 'http', '', '8'],
      ['health_check.interval', 2000, '', '7'],
      ['health_check.timeout', 5000, '', 'default'],
      ['health_check.path', '/health', '', 'default'],
      ['health_check.expected_status', ['204', '300-399'], '', '9'],
      ['health_check.healthy_threshold', 2, '', 'default'],
      ['health_check.unhealthy_threshold', 3, '', 'default'],
      ['sticky.cookie', 'toyou_backend', '', 'default'],
      ['sticky.ttl', 3_600_000, '', '12'],
      ['sticky.secret', '[redacted]', '', '11'],
      ['on_unhealthy', 'drain', '', '13'],
      ['dns.refresh', 7000, '', '14 REFRESH'],
    ]);
  });

  it('has what stands in its balancer', () => {
    assert.deepEqual(valuesOf('inside'), [
      ['retry.attempts', 2, 'load_balancer.', 'default'],
      ['retry.timeout', 3000, 'load_balancer.', '18'],
      ['passive_health_check.failures', 5, 'load_balancer.', 'default'],
      ['passive_health_check.within', 20_000, 'load_balancer.', '19'],
      ['passive_health_check.retry_after', 10_000, 'load_balancer.', 'default'],
      ['health_check.enabled', true, 'load_balancer.', '20'],
      ['health_check.type', 'tcp', 'load_balancer.', '20'],
      ['health_check.interval', 10_000, 'load_balancer.', 'default'],
      ['health_check.timeout', 5000, 'load_balancer.', 'default'],
      ['health_check.healthy_threshold', 2, 'load_balancer.', 'default'],
      ['health_check.unhealthy_threshold', 3, 'load_balancer.', 'default'],
      ['sticky.cookie', 'mine', 'load_balancer.', '22'],
      ['sticky.ttl', 0, 'load_balancer.', 'default'],
      ['sticky.secret', null, 'load_balancer.', 'default'],
      ['on_unhealthy', 'close', 'load_balancer.', '21'],
      ['dns.refresh', 30_000, '', 'default'],
    ]);
  });

  it('has what holds where nothing is written: a backend that stands alone is not taken out', () => {
    const nothing = [
      ['retry.attempts', 2, '', 'default'],
      ['retry.timeout', 10_000, '', 'default'],
      ['passive_health_check.failures', 0, '', 'default'],
      ['health_check.enabled', false, '', 'default'],
      ['sticky', null, '', 'default'],
      ['on_unhealthy', 'keep', '', 'default'],
      ['dns.refresh', 30_000, '', 'default'],
    ];
    assert.deepEqual(valuesOf('nothing'), nothing);
    const passive = valuesOf('several').filter(([name]) => String(name).startsWith('passive'));
    assert.deepEqual(passive, [
      ['passive_health_check.failures', 5, '', 'default'],
      ['passive_health_check.within', 30_000, '', 'default'],
      ['passive_health_check.retry_after', 10_000, '', 'default'],
    ]);
  });

  it('has one line for what is turned off, and where', () => {
    const off = valuesOf('off').filter(([name]) => /check/.test(String(name)));
    assert.deepEqual(off, [
      ['passive_health_check.failures', 0, '', '28'],
      ['health_check.enabled', false, '', '27'],
    ]);
  });

  it('has of each backend how many WebSockets it may have, and what it gets', () => {
    const { service, target, policy } = asked('beside');
    assert.equal(target?.value, '/x?y');
    assert.deepEqual(
      service?.backends.map(({ url, max_tunnels, target: own }) => [url, max_tunnels, own]),
      [
        ['http://10.0.0.1/base', 0, '/base/x?y'],
        ['unix:/run/app.sock', 5, '/x?y'],
      ],
    );
    const prewarm = policy.find(({ name }) => name === 'connection_pool.prewarm');
    assert.equal(prewarm?.path, 'advanced.connection_pool.prewarm');
  });

  it('says no secret, to a reader or a program', () => {
    const explanation = asked('beside');
    const told = explanationText(explanation, '', false) + JSON.stringify(explanation);
    assert.ok(told.includes('[redacted]') && !told.includes('a-secret-of-16'));
  });

  it('for a reader has a line for each, and where it stands', () => {
    const text = explanationText(asked('beside'), '', false);
    for (const line of [
      /^backends {4}http:\/\/10\.0\.0\.1\/base, weight 1, gets \/base\/x\?y +config\.yaml:3$/m,
      /^ {12}unix:\/run\/app\.sock, weight 1, at most 5 WebSockets +config\.yaml:3$/m,
      /^target {6}\/x\?y +strip_prefix, config\.yaml:32$/m,
      /^ {12}retry\.attempts +4 +config\.yaml:4$/m,
      /^ {12}passive_health_check\.within +60s +config\.yaml:5$/m,
      /^ {12}health_check\.enabled +true +config\.yaml:6$/m,
      /^ {12}health_check\.expected_status +204, 300-399 +config\.yaml:9$/m,
      /^ {12}on_unhealthy +drain +config\.yaml:13$/m,
      /^ {12}dns\.refresh +5s +config\.yaml:14$/m,
    ]) {
      assert.match(text, line);
    }
    assert.match(explanationText(asked('nothing'), '', false), /^ {12}sticky +– +default$/m);
  });
});
