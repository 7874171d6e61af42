import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { configJsonSchema } from '../../../src/config/json-schema.js';
import { configurationReference } from '../../../src/config/reference.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';

/** From build/test/unit/config to the page. */
const read = (page: string) => readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');
const advice = 'stale: run npm run build && node scripts/generate-docs.mjs';

it('docs/configuration.md says what the schema says', () => {
  assert.equal(read('configuration.md'), configurationReference(middlewareTypes), advice);
});

it('docs/configuration.schema.json is the schema', () => {
  assert.deepEqual(JSON.parse(read('configuration.schema.json')), configJsonSchema(middlewareTypes), advice);
});
