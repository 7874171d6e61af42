import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suggest } from '../../../src/config/suggest.js';
import { errorsOf, SMALL } from './stand-ins.js';

const API = 'services: { api: { url: "http://a:1" } }\n';

describe('names that lead nowhere', () => {
  it('are errors wherever a rule stands', () => {
    assert.deepEqual(
      errorsOf(`services: { chat: { url: "http://a" } }
host_rules:
  - pattern: "*"
    target: caht
    middlewares: [loging]
    route_rules: [{ pattern: /x, target: x, middlewares: [y] }]
route_rules: [{ pattern: /y, target: chat2, middlewares: [request-id] }]`),
      [
        '4:13 host_rules[0].target: there is no service "caht" -> chat',
        '5:19 host_rules[0].middlewares[0]: there is no middleware "loging" -> logging',
        '6:42 host_rules[0].route_rules[0].target: there is no service "x"; there is chat',
        '6:59 host_rules[0].route_rules[0].middlewares[0]: there is no middleware "y"; there is request_id, logging, headers',
        '7:38 route_rules[0].target: there is no service "chat2" -> chat',
        '7:59 route_rules[0].middlewares[0]: there is no middleware "request-id" -> request_id',
      ],
    );
  });

  it('are errors as types', () => {
    assert.deepEqual(
      errorsOf(`${SMALL}middlewares: [{ name: heders }]\nmiddleware_services: [{ name: a, type: b }, { name: c }]`),
      [
        '3:23 middlewares[0].name: there is no middleware type "heders" -> headers',
        '4:40 middleware_services[0].type: there is no middleware type "b"; there is request_id, logging, headers',
        '4:45 middleware_services[1].type: is required',
      ],
    );
  });

  it('lead somewhere as an entry, an instance, or a type', () => {
    assert.deepEqual(
      errorsOf(`${API}middlewares: [{ name: headers }]
middleware_services: [{ name: mine, type: headers }]
host_rules: [{ pattern: "*", target: api, middlewares: [headers, mine, logging] }]`),
      [],
    );
  });

  it('of types that do not run with defaults alone need an entry', async () => {
    const { z } = await import('zod');
    const middlewareTypes = new Map([['headers', { optionsSchema: z.strictObject({ to: z.string() }) }]]);
    assert.deepEqual(
      errorsOf(`${API}host_rules: [{ pattern: "*", target: api, middlewares: [headers] }]`, { middlewareTypes }),
      [
        '2:57 host_rules[0].middlewares[0]: "headers" does not run with defaults alone: it needs an entry under `middlewares`',
      ],
    );
  });
});

describe('what stands twice', () => {
  it('is an error for names of middlewares and instances', () => {
    assert.deepEqual(
      errorsOf(`${SMALL}middlewares:
  - { name: headers }
  - { name: logging }
  - { name: headers }
middleware_services:
  - { name: logging, type: headers }
  - { name: mine, type: headers }
  - { name: mine, type: logging }`),
      [
        '6:13 middlewares[2].name: the same name stands at config.yaml:4',
        '8:13 middleware_services[0].name: the same name stands at config.yaml:5',
        '10:13 middleware_services[2].name: the same name stands at config.yaml:9',
      ],
    );
  });

  it('is an error for host rules of the same port, without case and final dot', () => {
    assert.deepEqual(
      errorsOf(`${API}advanced: { port: 80 }
host_rules:
  - { pattern: a.example, target: api }
  - { pattern: A.Example., target: api, port: 80 }
  - { pattern: a.example, target: api, port: 81 }
  - { pattern: "~A", target: api }
  - { pattern: "~a", target: api }
  - { pattern: "*", target: api }
  - { pattern: "*", target: api, port: 80 }`),
      [
        '5:16 host_rules[1].pattern: a rule with the same pattern and port stands at config.yaml:4',
        '10:16 host_rules[6].pattern: a rule with the same pattern and port stands at config.yaml:9',
      ],
    );
  });

  it('is an error for route rules of the same list and methods', () => {
    const rules = `
      - { pattern: /a, target: api, methods: [GET, PUT] }
      - { pattern: /a, target: api }
      - { pattern: /a, target: api, methods: [PUT, GET] }
      - { pattern: /A, target: api }`;
    assert.deepEqual(
      errorsOf(`${API}host_rules:
  - pattern: "*"
    target: api
    route_rules:${rules}
route_rules:${rules}`),
      [
        '8:20 host_rules[0].route_rules[2].pattern: a rule with the same pattern and methods stands at config.yaml:6',
        '13:20 route_rules[2].pattern: a rule with the same pattern and methods stands at config.yaml:11',
      ],
    );
  });
});

describe('a suggestion', () => {
  const keys = ['port', 'pattern', 'target', 'middlewares', 'route_rules', 'read_timeout', 'write_timeout', 'url'];

  it('is what a slip of the finger meant', () => {
    const meant: [string, string][] = [
      ['prot', 'port'],
      ['Port', 'port'],
      ['ports', 'port'],
      ['patern', 'pattern'],
      ['tagret', 'target'],
      ['middleware', 'middlewares'],
      ['routeRules', 'route_rules'],
      ['route-rules', 'route_rules'],
      ['readTimeout', 'read_timeout'],
      ['read_timout', 'read_timeout'],
      ['ulr', 'url'],
    ];
    for (const [written, expected] of meant) assert.equal(suggest(written, keys), expected, written);
  });

  it('is left out where nothing is near', () => {
    for (const written of ['host', 'x', '', 'backend', 'rules', 'uri2', 'timer']) {
      assert.equal(suggest(written, keys), undefined, written);
    }
  });
});
