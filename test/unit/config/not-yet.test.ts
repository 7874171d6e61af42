import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsOf, withAdvanced } from './stand-ins.js';

describe('what is not built yet is an error at its place', () => {
  for (const key of ['plugins']) {
    it(`${key} of advanced`, () => {
      assert.deepEqual(errorsOf(withAdvanced(`${key}: 1`)), [`4:3 advanced.${key}: not supported yet`]);
    });
  }
});
