import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAskedRequest } from '../../../src/cli/asked-request.js';
import { explanationText } from '../../../src/cli/explanation-text.js';
import { advancedValues } from '../../../src/cli/policy-values.js';
import type { Origin } from '../../../src/config/origins.js';
import { configOf } from '../../support/config-of.js';
import { readText } from '../house/tree.js';
import { explanationOf } from './explain.js';

const YAML = `services:
  chat: { url: "ws://\${CHAT_HOST}:8081", proxy_host: backend }
  api:
    url: "http://10.0.0.3"
    load_balancer:
      backends:
        - { url: "http://10.0.0.1:8080", weight: 0 }
        - { url: "http://10.0.0.2:8080", active: false }
host_rules:
  - pattern: "ws.example.com"
    port: 8081
    target: api
    middlewares: [logging]
    route_rules:
      - pattern: "/ws/*"
        target: chat
        middlewares: [ids, request_id]
        methods: [GET]
        strip_prefix: /ws
        timeout: { read_timeout: "\${READ:-5s}" }
      - { pattern: "~^/ws", target: api }
  - { pattern: "*.example.com", target: api, port: 8081 }
middlewares:
  - { name: headers, enabled: false, is_global: true }
  - { name: logging }
middleware_services:
  - { name: ids, type: request_id }
route_rules:
  - { pattern: "/top/*", target: api }
advanced:
  security: { trusted_proxies: ["10.0.0.0/8"] }
  timeout: { write_timeout: 7 }
`;
const env = { CHAT_HOST: 'chat.internal' };

/** `config.yaml:5` */
function place(origin: Origin): string {
  if (origin.from === 'file') return [`${origin.file}:${origin.line}`, ...origin.variables].join(' ');
  return 'name' in origin ? `${origin.from} ${origin.name}` : origin.from;
}

describe('an explanation', () => {
  const { verdict, ...ws } = explanationOf(YAML, { url: 'ws://ws.example.com:8081/ws/room?x=1', env });

  it('has the listener, and what named its port', () => {
    assert.deepEqual(
      { ...ws.listener, origin: place(ws.listener.origin) },
      {
        port: 8081,
        bind: '::',
        scheme: 'http',
        origin: 'config.yaml:11',
      },
    );
    const top = explanationOf(YAML, { url: 'http://q:9000/top/x', env: { ...env, TOYOU_PORT: '9000' } });
    assert.equal(place(top.listener.origin), 'environment TOYOU_PORT');
    const flag = explanationOf(YAML, { url: 'http://q:9001/', env: { ...env, TOYOU_PORT: '9000' }, port: '9001' });
    assert.equal(place(flag.listener.origin), 'flag --port');
    assert.equal(place(explanationOf(YAML, { url: 'http://q:8080/', env }).listener.origin), 'default');
  });

  it('has the rules that count, and those that do not', () => {
    const { rule: host, others: hosts } = ws.host ?? {};
    assert.deepEqual([host?.pattern, host?.how, host?.path], ['ws.example.com', 'exact', 'host_rules[0]']);
    assert.deepEqual(
      hosts?.map(({ path, why }) => [path, why]),
      [['host_rules[1]', 'less-specific']],
    );
    const { rule, others, name, methods } = ws.route ?? {};
    assert.deepEqual([name, rule?.how, rule?.path], ['ws.example.com/ws/*', 'prefix', 'host_rules[0].route_rules[0]']);
    assert.deepEqual(
      others?.map(({ path, why }) => [path, why]),
      [['host_rules[0].route_rules[1]', 'less-specific']],
    );
    assert.deepEqual([methods?.value, methods?.allowed], [['GET'], true]);
    assert.deepEqual(
      [rule, others?.[0], methods].map((one) => one && place(one.origin)),
      ['config.yaml:15', 'config.yaml:21', 'config.yaml:18'],
    );
  });

  it('has the middlewares in order, with what named each and where', () => {
    assert.deepEqual(
      ws.middlewares.map((one) => [one.name, one.type, one.named_by, one.enabled, place(one.origin)]),
      [
        ['headers', null, 'global', false, 'config.yaml:24'],
        ['logging', 'logging', 'host', true, 'config.yaml:13'],
        ['ids', 'request_id', 'route', true, 'config.yaml:17'],
        ['request_id', 'request_id', 'route', true, 'config.yaml:17'],
      ],
    );
  });

  it('has the service, its backends, and the variables that were put in', () => {
    const { service } = ws;
    assert.deepEqual(
      [service?.name, service?.strategy.value, service?.proxy_host.value],
      ['chat', 'round_robin', 'backend'],
    );
    assert.equal(service && place(service.named_at), 'config.yaml:16');
    const [backend] = service?.backends ?? [];
    assert.deepEqual(
      [backend?.url, backend && place(backend.origin)],
      ['ws://chat.internal:8081', 'config.yaml:2 CHAT_HOST'],
    );
    const api = explanationOf(YAML, { url: 'http://x.example.com:8081/', env }).service;
    assert.deepEqual(
      api?.backends.map(({ url, active, weight, available, origin }) => [
        url,
        active,
        weight,
        available,
        place(origin),
      ]),
      [
        ['http://10.0.0.1:8080', true, 0, false, 'config.yaml:7'],
        ['http://10.0.0.2:8080', false, 1, false, 'config.yaml:8'],
        ['http://10.0.0.3', true, 1, true, 'config.yaml:4'],
      ],
    );
  });

  it('has the target as it goes on, and what changed it', () => {
    assert.equal(ws.target?.value, '/room?x=1');
    assert.deepEqual(
      ws.target?.changed_by.map(({ key, origin }) => [key, place(origin)]),
      [['strip_prefix', 'config.yaml:19']],
    );
    const plain = explanationOf(YAML, { url: 'http://q:8080/top/x?y', env });
    assert.deepEqual(plain.target, { value: '/top/x?y', changed_by: [] });
  });

  it('has every value with its path, unit and origin', () => {
    const values = new Map(ws.policy.map(({ name, ...rest }) => [name, rest]));
    const shown = (name: string) => {
      const { value, unit, path, origin } = values.get(name) ?? assert.fail(name);
      return [value, unit, path, place(origin)];
    };
    const route = 'host_rules[0].route_rules[0]';
    assert.deepEqual(shown('read_timeout'), [5000, 'ms', `${route}.timeout.read_timeout`, 'config.yaml:20']);
    assert.deepEqual(shown('write_timeout'), [7000, 'ms', 'advanced.timeout.write_timeout', 'config.yaml:32']);
    assert.deepEqual(shown('dial_timeout'), [10_000, 'ms', 'advanced.timeout.dial_timeout', 'default']);
    assert.deepEqual(shown('half_close'), ['close', null, `${route}.half_close`, 'default']);
    assert.deepEqual(shown('sse_retry'), [null, 'ms', `${route}.sse_retry`, 'default']);
    assert.deepEqual(shown('retry.attempts'), [2, null, 'services.chat.retry.attempts', 'default']);
    assert.deepEqual(shown('websocket.handshake_timeout'), [10_000, 'ms', null, 'default']);
    assert.deepEqual(shown('security.trusted_proxies'), [
      ['10.0.0.0/8'],
      null,
      'advanced.security.trusted_proxies',
      'config.yaml:31',
    ]);
    assert.deepEqual(shown('security.max_header_size'), [
      32_768,
      'bytes',
      'advanced.security.max_header_size',
      'default',
    ]);
    assert.deepEqual(shown('max_connections'), [null, null, 'advanced.max_connections', 'default']);
    const env2 = { ...env, READ: '9s', TOYOU_LOG_LEVEL: 'warn' };
    const other = explanationOf(YAML, { url: 'http://ws.example.com:8081/ws', env: env2 }).policy;
    const origin = (name: string) => place(other.find((one) => one.name === name)?.origin ?? { from: 'default' });
    assert.deepEqual(
      [origin('read_timeout'), origin('log.level')],
      ['config.yaml:20 READ', 'environment TOYOU_LOG_LEVEL'],
    );
    assert.equal(new Set(ws.policy.map(({ name }) => name)).size, ws.policy.length);
  });

  it('says that the request goes on, or what it is refused with', () => {
    assert.deepEqual(verdict, { outcome: 'forwarded', status: null, code: null, reason: null });
    const refusals: [string, string, number, string][] = [
      ['POST', 'http://ws.example.com:8081/ws/', 405, 'route-method'],
      ['GET', 'http://q:8081/', 404, 'no-route'],
      ['GET', 'http://q:8081/..', 400, 'path-above-root'],
      ['POST', 'ws://ws.example.com:8081/other', 400, 'upgrade-not-get'],
      ['GET', 'http://-_-:x/', 400, 'bad-host'],
    ];
    for (const [method, url, status, code] of refusals) {
      const asked = url.includes(':x') ? { method, url: 'http://q:8081/', fields: ['Host: a b'] } : { method, url };
      const refused = explanationOf(YAML, { ...asked, env });
      assert.deepEqual([refused.verdict.status, refused.verdict.code], [status, code], url);
      assert.equal(refused.target, null);
    }
    const unread = explanationOf(YAML, { url: 'http://q:8081/..', env });
    assert.deepEqual(
      [unread.request, unread.host, unread.route, unread.service, unread.middlewares],
      [{ method: null, host: null, path: null, kind: 'http' }, null, null, null, []],
    );
  });

  it('of a host without rules has the top-level ones', () => {
    const { host, route } = explanationOf(YAML, { url: 'http://q:8080/top/x', env });
    assert.deepEqual([host?.rule, route?.rule?.path, route?.name], [null, 'route_rules[0]', '/top/*']);
    const target = explanationOf(YAML, { url: 'http://ws.example.com:8081/', env });
    assert.deepEqual([target.route?.rule, target.route?.name], [null, 'ws.example.com']);
  });

  it('is asked of the only listener where the URL names no port, and says so', () => {
    const yaml = 'services: { a: { url: "http://a" } }\nhost_rules: [{ pattern: "*", target: a, port: 9000 }]';
    const asked = explanationOf(yaml, { url: 'http://q/' });
    assert.equal(asked.listener.port, 9000);
    assert.match(asked.notes[0] ?? '', /^nothing listens on port 80, .* port 9000$/);
    assert.equal(explanationOf(yaml, { url: 'https://q:9000/' }).notes.length, 1);
    assert.throws(() => explanationOf(yaml, { url: 'http://q:80/' }), /nothing listens on port 80: name one of 9000/);
    assert.throws(() => explanationOf(YAML, { url: 'http://q/', env }), /name one of 8081, 8080 in the URL/);
  });

  it('has the keys that docs/cli.md lists', () => {
    const [, section = ''] = readText('docs/cli.md').split('\n## explain\n');
    const rows = section.split('\n## ')[0] ?? '';
    const documented = [...rows.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
    assert.deepEqual(documented, Object.keys(explanationOf(YAML, { url: 'http://q:8080/', env })));
  });

  it('masks what is secret', () => {
    const { advanced } = configOf(YAML.replace(/\$\{CHAT_HOST\}/, 'chat'));
    const admin = { admin: { token: 'hidden', listen: '127.0.0.1:9090' } };
    const values = advancedValues({ ...advanced, ...admin }, new Map());
    assert.equal(values.find(({ name }) => name === 'admin.token')?.value, '[redacted]');
    assert.equal(values.find(({ name }) => name === 'admin.listen')?.value, '127.0.0.1:9090');
  });

  it('for a reader has a line for each, and where it stands', () => {
    const text = explanationText(explanationOf(YAML, { url: 'http://ws.example.com:8081/ws/a', env }), 'GET …', false);
    for (const line of [
      /^GET …$/m,
      /^listener {4}port 8081 on ::, http +config\.yaml:11$/m,
      /^host {8}ws\.example\.com:8081: exact "ws\.example\.com" +config\.yaml:10$/m,
      /^ {14}not "\*\.example\.com" \(wildcard\): it is less specific +config\.yaml:22$/m,
      /^route {7}\/ws\/a: prefix "\/ws\/\*" +config\.yaml:15$/m,
      /^methods {5}GET +config\.yaml:18$/m,
      /^middlewares headers, global, taken out by enabled: false +config\.yaml:24$/m,
      /^ {12}ids \(request_id\), named by the route rule +config\.yaml:17$/m,
      /^backends {4}ws:\/\/chat\.internal:8081, weight 1 +config\.yaml:2, environment CHAT_HOST$/m,
      /^Host {8}the backend's +config\.yaml:2$/m,
      /^target {6}\/a +strip_prefix, config\.yaml:19$/m,
      /^policy {6}read_timeout +5s +config\.yaml:20$/m,
      /^ {12}sse_idle_timeout +1h +default$/m,
      /^ {12}security\.max_header_size +32KiB +default$/m,
      /^verdict {5}goes to the one backend of chat, unless a middleware answers$/m,
    ]) {
      assert.match(text, line);
    }
    const refused = explanationOf(YAML, { method: 'PUT', url: 'http://ws.example.com:8081/ws/a', env });
    assert.match(explanationText(refused, '', false), /^verdict {5}405 route-method: /m);
    assert.match(explanationText(refused, '', false), /^methods {5}GET: PUT is none of them /m);
  });
});

describe('the request that is asked about', () => {
  const head = (method: string, url: string, ...fields: string[]) =>
    readAskedRequest(method, url, fields).head.toString();

  it('is put together as it was written', () => {
    assert.equal(head('GET', 'http://A.b:80/%2e/../x?y'), 'GET /%2e/../x?y HTTP/1.1\r\nHost: A.b:80\r\n\r\n');
    assert.equal(head('get', 'http://a'), 'get / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(head('GET', 'http://a?x'), 'GET /?x HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(head('GET', 'http://a/', 'host: b', 'X: 1'), 'GET / HTTP/1.1\r\nhost: b\r\nX: 1\r\n\r\n');
  });

  it('is a handshake for ws and wss, with the fields that are given instead of its own', () => {
    const text = head('GET', 'wss://a/', 'Sec-WebSocket-Version: 8');
    assert.match(text, /\r\nUpgrade: websocket\r\n/);
    assert.deepEqual(text.match(/Version: .*/g), ['Version: 8\r'.trim()]);
    const { scheme, port } = readAskedRequest('GET', 'wss://a:444/', []);
    assert.deepEqual([scheme, port], ['https', 444]);
    assert.equal(readAskedRequest('GET', 'ws://a', []).scheme, 'http');
  });

  for (const [url, fields, message] of [
    ['example.com/x', [], /did you mean http:\/\/example\.com\/x\?/],
    ['/x', [], /a URL such as/],
    ['ftp://a/', [], /a URL such as/],
    ['http://a/#x', [], /no fragment is ever sent/],
    ['http://user@a/', [], /no user is ever sent/],
    ['http://a/\r\nX: y', [], /a control character/],
    ['http://a/', ['X: y\r\nZ: 1'], /a control character/],
    ['http://a/', ['X'], /-H takes a field such as/],
  ] as const) {
    it(`cannot be ${JSON.stringify(url)} ${fields.join('')}`.trim(), () => {
      assert.throws(() => readAskedRequest('GET', url, fields), message);
    });
  }
});
