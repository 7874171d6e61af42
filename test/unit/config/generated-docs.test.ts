import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { configJsonSchema } from '../../../src/config/json-schema.js';
import { chainFor } from '../../../src/config/middleware-chain.js';
import { configurationReference, middlewaresReference } from '../../../src/config/reference.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { configOf, warningsOf } from './stand-ins.js';

/** From build/test/unit/config to the page. */
const read = (page: string) => readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');
const advice = 'stale: run npm run build && node scripts/generate-docs.mjs';

it('docs/configuration.md says what the schema says', () => {
  assert.equal(read('configuration.md'), configurationReference(middlewareTypes), advice);
});

it('docs/middlewares.md says what the schemas of the types say', () => {
  assert.equal(read('middlewares.md'), middlewaresReference(middlewareTypes), advice);
});

it('each type has a section there, in the order of the registry, that begins with what it is for', () => {
  const sections = read('middlewares.md').split(/^## /m).slice(-middlewareTypes.size);
  assert.deepEqual(
    sections.map((section) => section.split('\n', 1)[0]),
    [...middlewareTypes.keys()].map((type) => `\`${type}\``),
  );
  for (const section of sections)
    assert.match(section, /^.*\n\n[A-Z][^|\n]+\n\n\| key \| type \| default \| meaning \|\n/);
});

it('the configuration it begins with is one', () => {
  const [, text = ''] = /```yaml\n(.*?)```/s.exec(read('middlewares.md')) ?? [];
  const env = { JWT_SECRET: 'x'.repeat(32) };
  const config = configOf(text, { middlewareTypes, env });
  const [host] = config.host_rules;
  assert.deepEqual(
    chainFor(config, host, host?.route_rules[0]).map(({ name }) => name),
    ['logging', 'cors', 'auth', 'slowly'],
  );
  assert.deepEqual(warningsOf(text, { middlewareTypes, env }), []);
});

it('no option is described on both pages', () => {
  const rows = (page: string) => new Set(read(page).match(/^\| `\w+` \| .*$/gm));
  const both = [...rows('configuration.md')].filter((row) => rows('middlewares.md').has(row));
  assert.deepEqual(both, []);
});

it('docs/configuration.schema.json is the schema', () => {
  assert.deepEqual(JSON.parse(read('configuration.schema.json')), configJsonSchema(middlewareTypes), advice);
});
