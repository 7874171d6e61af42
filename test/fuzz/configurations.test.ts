import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { configJsonSchema } from '../../src/config/json-schema.js';
import { middlewareTypes } from '../../src/middleware/registry.js';
import { judge } from '../unit/config/json-schema-judge.js';
import { knownRules } from './configuration/known-rules.js';
import { withoutEmpty } from './configuration/without-empty.js';
import { loadAndJudge } from './subjects/configurations.js';

const schema = configJsonSchema(middlewareTypes);

for (const { what, reason, message, text } of knownRules) {
  test(`only the loader refuses: ${what} (${reason})`, () => {
    assert.deepEqual(judge(schema, parse(text)), []);
    const loaded = loadAndJudge(text);
    assert.ok(!loaded.ok);
    assert.ok(
      loaded.errors.some((error) => message.test(error.message)),
      JSON.stringify(loaded.errors),
    );
  });
}

test('only the loader takes: a key of the language with nothing behind it', () => {
  const text =
    'services: { api: { url: "http://a" } }\nroute_rules: [{ pattern: /, target: api, methods: }]\nadvanced:\n';
  assert.ok(loadAndJudge(text).ok);
  assert.deepEqual(judge(schema, parse(text)), ['/route_rules/0/methods', '/advanced']);
  assert.deepEqual(judge(schema, withoutEmpty(schema, parse(text))), []);
  const unknown = `${text}mine:\n`;
  assert.ok(!loadAndJudge(unknown).ok);
  assert.deepEqual(judge(schema, withoutEmpty(schema, parse(unknown))), ['/']);
});
