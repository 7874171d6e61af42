import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUILT_IN_TYPES } from '../../../src/config/known-types.js';
import { errorsOf, SMALL, standInTypes, withAdvanced } from './stand-ins.js';

describe('what is not built yet is an error at its place', () => {
  for (const key of ['plugins']) {
    it(`${key} of advanced`, () => {
      assert.deepEqual(errorsOf(withAdvanced(`${key}: 1`)), [`4:3 advanced.${key}: not supported yet`]);
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
