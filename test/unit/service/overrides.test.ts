import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Overrides } from '../../../src/service/overrides.js';

test('what is said of one address goes before what is said of its name, value by value', () => {
  const overrides = new Overrides();
  const of = (key: string) => overrides.of({ key }, 'api');
  assert.equal(of('api at 10.0.0.1'), null);
  overrides.change('api', { active: false, weight: 5 });
  assert.deepEqual(of('api at 10.0.0.1'), { active: false, weight: 5 });
  overrides.change('api at 10.0.0.1', { active: true });
  assert.deepEqual(of('api at 10.0.0.1'), { active: true, weight: 5 });
  assert.deepEqual(of('api at 10.0.0.2'), { active: false, weight: 5 });
});

test('null gives a value back to the configuration, what is not named stays', () => {
  const overrides = new Overrides();
  const of = () => overrides.of({ key: 'api' }, 'api');
  overrides.change('api', { active: false });
  overrides.change('api', { weight: 2 });
  assert.deepEqual(of(), { active: false, weight: 2 });
  overrides.change('api', { active: null });
  assert.deepEqual(of(), { active: null, weight: 2 });
  overrides.change('api', { weight: null });
  assert.equal(of(), null);
});
