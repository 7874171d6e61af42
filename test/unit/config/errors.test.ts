import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProblems } from '../../../src/config/format-problems.js';
import { load, SMALL } from './stand-ins.js';

const MISTAKES = `services:
  chat: { url: "wss://localhost:8081", on_unhealthy: kep }
  api:
    load_balancer:
      strategy: round_robbin
      backends:
        - { url: "http://10.0.0.1:8080//base", wieght: 3, active: yes }
host_rules:
  - pattern: ws.example.com
    prot: 80
    target: chta
    middlewares: [websocket, loging]
    route_rules:
      - pattern: /ws*
        methods: [get]
  - pattern: WS.example.com.
    target: api
middlewares:
  - { name: headers, config: { reqest: {} } }
advanced:
  port: \${NOPE}
  timeout: { read_timeout: "60" }
`;

const GOLDEN = `config.yaml:2:54: services.chat.on_unhealthy: expected one of keep, drain, close; got the text "kep"
    chat: { url: "wss://localhost:8081", on_unhealthy: kep }
                                                       ^
  did you mean "keep"?
config.yaml:5:17: services.api.load_balancer.strategy: there is no strategy "round_robbin"
        strategy: round_robbin
                  ^
  did you mean "round_robin"?
config.yaml:7:18: services.api.load_balancer.backends[0].url: a path in a backend's url has no empty segment
          - { url: "http://10.0.0.1:8080//base", wieght: 3, active: yes }
                   ^
  did you mean "http://10.0.0.1:8080/base"?
config.yaml:7:48: services.api.load_balancer.backends[0].wieght: unknown key
          - { url: "http://10.0.0.1:8080//base", wieght: 3, active: yes }
                                                 ^
  did you mean "weight"?
config.yaml:7:67: services.api.load_balancer.backends[0].active: expected true or false, got the text "yes"
          - { url: "http://10.0.0.1:8080//base", wieght: 3, active: yes }
                                                                    ^
config.yaml:10:5: host_rules[0].prot: unknown key
      prot: 80
      ^
  did you mean "port"?
config.yaml:11:13: host_rules[0].target: there is no service "chta"
      target: chta
              ^
  did you mean "chat"?
config.yaml:12:19: host_rules[0].middlewares[0]: there is no middleware "websocket"; there is headers, request_id, logging
      middlewares: [websocket, loging]
                    ^
config.yaml:12:30: host_rules[0].middlewares[1]: there is no middleware "loging"
      middlewares: [websocket, loging]
                               ^
  did you mean "logging"?
config.yaml:14:9: host_rules[0].route_rules[0].target: is required
        - pattern: /ws*
          ^
config.yaml:14:18: host_rules[0].route_rules[0].pattern: "*" stands for a whole segment; for a part of one, write a "~" pattern
        - pattern: /ws*
                   ^
  did you mean "/ws/*"?
config.yaml:15:19: host_rules[0].route_rules[0].methods[0]: methods are written in capitals
          methods: [get]
                    ^
  did you mean "GET"?
config.yaml:16:14: host_rules[1].pattern: a rule with the same pattern and port stands at config.yaml:9
    - pattern: WS.example.com.
               ^
config.yaml:19:32: middlewares[0].config.reqest: unknown key
    - { name: headers, config: { reqest: {} } }
                                 ^
  did you mean "request"?
config.yaml:21:9: advanced.port: the environment variable NOPE is not set and has no default
    port: \${NOPE}
          ^
config.yaml:22:28: advanced.timeout.read_timeout: expected a duration: a number of seconds, or text such as "500ms", "10s", "5m", "1h", "1d"
    timeout: { read_timeout: "60" }
                             ^
  did you mean "60s"?
environment: TOYOU_PORT: expected a port from 0 to 65535 (such as 8080), got "http"
17 errors
`;

describe('errors', () => {
  it('are all reported at once, each with place, line, caret and suggestion', () => {
    const result = load(MISTAKES, { env: { TOYOU_PORT: 'http' } });
    assert.equal(result.ok, false);
    assert.equal(result.ok ? '' : formatProblems(result.errors, { color: false }), GOLDEN);
  });

  it('are coloured where that is wanted, and say the same', () => {
    const result = load(MISTAKES, { env: { TOYOU_PORT: 'http' } });
    const coloured = result.ok ? '' : formatProblems(result.errors, { color: true });
    const escapeCharacter = String.fromCharCode(27);
    assert.ok(coloured.includes(escapeCharacter));
    assert.equal(coloured.replace(new RegExp(`${escapeCharacter}\\[\\d+m`, 'g'), ''), GOLDEN);
  });

  it('are counted by what they are', () => {
    const problem = { file: 'a.yaml', line: 0, column: 0, path: '', message: 'x' };
    assert.equal(formatProblems([problem], { color: false }), 'a.yaml: x\n1 error\n');
    assert.equal(
      formatProblems([problem, problem], { color: false, kind: 'warning' }).split('\n').at(-2),
      '2 warnings',
    );
    assert.equal(formatProblems([], { color: false }), '');
  });

  it('show a window of a long line, and never move the cursor of a terminal', () => {
    const result = load(`${SMALL}advanced: { bind: "${'x'.repeat(300)}", "\\e[31mbad": 1, port: no }`);
    assert.equal(result.ok, false);
    const text = result.ok ? '' : formatProblems(result.errors, { color: false });
    assert.ok(!text.includes('\u001b'));
    for (const line of text.split('\n').filter((line) => line.startsWith('  '))) assert.ok(line.length <= 112, line);
    for (const [place, caret] of [...text.matchAll(/^ {2}(.*)\n {2}( *)\^/gm)].map(
      (m) => [m[1] ?? '', m[2] ?? ''] as const,
    )) {
      assert.ok(caret.length < place.length, place);
    }
  });
});
