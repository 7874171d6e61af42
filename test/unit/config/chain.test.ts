import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listenerPorts } from '../../../src/config/listener-ports.js';
import { chainFor, globalMiddlewares, namedChain } from '../../../src/config/middleware-chain.js';
import { configOf, SMALL } from './stand-ins.js';

const API = 'services: { api: { url: "http://a:1" } }\n';
const names = (instances: readonly { name: string }[]) => instances.map(({ name }) => name);

/** The chain of the first host rule and its first route rule. */
function chain(text: string): string[] {
  const config = configOf(text);
  const [host] = config.host_rules;
  return names(chainFor(config, host, host?.route_rules[0]));
}

describe('global middlewares', () => {
  it('are the entries that no rule names, or that say so, and the instances that say so', () => {
    const config = configOf(`${API}middlewares:
  - { name: headers }
  - { name: logging }
  - { name: request_id, is_global: false }
middleware_services:
  - { name: a, type: headers, is_global: true }
  - { name: b, type: headers }
host_rules:
  - { pattern: "*", route_rules: [{ pattern: /, target: api, middlewares: [logging] }] }`);
    assert.deepEqual(names(globalMiddlewares(config)), ['headers', 'a']);
    assert.deepEqual(names(chainFor(config, undefined, undefined)), ['headers', 'a']);
  });

  it('are so with is_global even where a rule names them, and run once', () => {
    const text = `${API}middlewares: [{ name: logging, is_global: true }]
host_rules:
  - { pattern: "*", middlewares: [headers, logging], route_rules: [{ pattern: /, target: api, middlewares: [logging] }] }`;
    assert.deepEqual(chain(text), ['logging', 'headers']);
  });
});

describe('the chain of a rule', () => {
  it("is global, the host's, the route's, each instance once", () => {
    const text = `${API}middlewares: [{ name: headers }]
middleware_services:
  - { name: one, type: headers }
  - { name: two, type: headers }
  - { name: all, type: logging, is_global: true }
host_rules:
  - pattern: "*"
    middlewares: [two, one]
    route_rules: [{ pattern: /, target: api, middlewares: [one, request_id, two, request_id] }]`;
    assert.deepEqual(chain(text), ['headers', 'all', 'two', 'one', 'request_id']);
  });

  it('has name, type and parsed options; a type without entry runs with its defaults', () => {
    const config = configOf(`${API}middleware_services: [{ name: mine, type: request_id, config: { header: X-Mine } }]
route_rules: [{ pattern: /, target: api, middlewares: [mine, request_id, logging] }]`);
    assert.deepEqual(chainFor(config, undefined, config.route_rules[0]), [
      { name: 'mine', type: 'request_id', options: { header: 'X-Mine' } },
      { name: 'request_id', type: 'request_id', options: { header: 'X-Request-Id' } },
      { name: 'logging', type: 'logging', options: { log_level: 'info', sample: 1 } },
    ]);
  });

  it('leaves out what is not enabled, also where a rule names it', () => {
    const text = `${API}middlewares: [{ name: logging, enabled: false }, { name: headers, enabled: false, is_global: true }]
middleware_services: [{ name: mine, type: headers, enabled: false, is_global: true }]
host_rules:
  - { pattern: "*", middlewares: [logging, mine, request_id], route_rules: [{ pattern: /, target: api }] }`;
    assert.deepEqual(chain(text), ['request_id']);
    assert.deepEqual(globalMiddlewares(configOf(text)), []);
  });
});

describe('listener ports', () => {
  const ports = (text: string) => listenerPorts(configOf(API + text));

  it('are those that rules name, each once', () => {
    assert.deepEqual(
      ports('host_rules: [{ pattern: a, port: 81 }, { pattern: b, port: 82 }, { pattern: c, port: 81 }]'),
      [81, 82],
    );
  });

  it('hold the port of advanced where it is written', () => {
    assert.deepEqual(ports('advanced: { port: 90 }\nhost_rules: [{ pattern: a, port: 81 }]'), [81, 90]);
  });

  it('hold the port of advanced where a rule without port or a top-level rule needs it', () => {
    assert.deepEqual(listenerPorts(configOf(SMALL)), [8080]);
    assert.deepEqual(
      ports('host_rules: [{ pattern: a, port: 81 }]\nroute_rules: [{ pattern: /, target: api }]'),
      [81, 8080],
    );
    assert.deepEqual(ports('host_rules: [{ pattern: a, port: 81 }, { pattern: b }]'), [81, 8080]);
  });
});

it('tells what named each, and which are taken out', () => {
  const config = configOf(`${SMALL}
middlewares: [{ name: logging }, { name: headers, enabled: false }, { name: request_id, is_global: true }]
middleware_services: [{ name: mine, type: headers, enabled: false }, { name: ours, type: headers }]
`);
  const chain = namedChain(config, { middlewares: ['ours', 'mine'] }, { middlewares: ['logging', 'ours'] });
  assert.deepEqual(
    chain.map(({ name, namedBy, instance }) => [name, namedBy, instance?.type]),
    [
      ['logging', 'global', 'logging'],
      ['headers', 'global', undefined],
      ['request_id', 'global', 'request_id'],
      ['ours', 'host', 'headers'],
      ['mine', 'host', undefined],
    ],
  );
});
