import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUILT_IN_TYPES } from '../../../src/config/known-types.js';
import { errorsOf, SMALL, standInTypes, withAdvanced } from './stand-ins.js';

const service = (keys: string) =>
  `services:\n  api: { url: "http://a:1", ${keys} }\nhost_rules: [{ pattern: "*", target: api }]`;

describe('what is not built yet is an error at its place', () => {
  for (const key of ['plugins']) {
    it(`${key} of advanced`, () => {
      assert.deepEqual(errorsOf(withAdvanced(`${key}: 1`)), [`4:3 advanced.${key}: not supported yet`]);
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
