import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUILT_IN_TYPES } from '../../../src/config/known-types.js';
import { errorsOf, SMALL, standInTypes, withAdvanced } from './stand-ins.js';

const service = (keys: string) =>
  `services:\n  api: { url: "http://a:1", ${keys} }\nhost_rules: [{ pattern: "*", target: api }]`;

describe('what is not built yet is an error at its place', () => {
  for (const key of ['health_check', 'passive_health_check', 'retry', 'sticky', 'on_unhealthy', 'dns']) {
    it(`${key} of a service`, () => {
      assert.deepEqual(errorsOf(service(`${key}: 5`)), [`2:29 services.api.${key}: not supported yet`]);
    });
  }

  for (const key of ['health_check', 'passive_health_check', 'retry', 'sticky', 'on_unhealthy', 'dns']) {
    it(`${key} of a load_balancer`, () => {
      assert.deepEqual(errorsOf(service(`load_balancer: { ${key}: {} }`)), [
        `2:46 services.api.load_balancer.${key}: not supported yet`,
      ]);
    });
  }

  for (const key of ['plugins']) {
    it(`${key} of advanced`, () => {
      assert.deepEqual(errorsOf(withAdvanced(`${key}: 1`)), [`4:3 advanced.${key}: not supported yet`]);
    });
  }

  it('max_tunnels of a backend, prewarm', () => {
    assert.deepEqual(errorsOf(service('load_balancer: { backends: [{ url: "http://a", max_tunnels: 0 }] }')), [
      '2:76 services.api.load_balancer.backends[0].max_tunnels: not supported yet',
    ]);
    assert.deepEqual(errorsOf(withAdvanced('connection_pool: { prewarm: 0 }')), [
      '4:22 advanced.connection_pool.prewarm: not supported yet',
    ]);
  });

  for (const url of ['unix:/run/app.sock', 'http://a/base', 'ws://a:1/base/']) {
    it(`the url ${url}`, () => {
      const [error, ...more] = errorsOf(
        `services: { api: { url: "${url}" } }\nhost_rules: [{ pattern: "*", target: api }]`,
      );
      assert.match(error ?? '', /^1:25 services\.api\.url: .* is not supported yet( ->|$)/);
      assert.deepEqual(more, []);
    });
  }

  for (const strategy of ['weighted_round_robin', 'ip_hash', 'least_connections', 'random', 'power_of_two']) {
    it(`the strategy ${strategy}`, () => {
      assert.deepEqual(errorsOf(service(`load_balancer: { strategy: ${strategy} }`)), [
        `2:56 services.api.load_balancer.strategy: the strategy "${strategy}" is not supported yet`,
      ]);
    });
  }

  for (const type of BUILT_IN_TYPES.filter((name) => !standInTypes.has(name))) {
    it(`the middleware ${type}`, () => {
      const text = `${SMALL}middlewares: [{ name: ${type}, config: { whatever: 1 } }]
middleware_services: [{ name: mine, type: ${type} }]
route_rules: [{ pattern: /, target: api, middlewares: [mine, ${type}] }]`;
      assert.deepEqual(errorsOf(text), [
        `3:23 middlewares[0].name: the middleware type "${type}" is not supported yet`,
        `4:43 middleware_services[0].type: the middleware type "${type}" is not supported yet`,
      ]);
    });
  }
});
