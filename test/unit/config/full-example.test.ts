import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { configJsonSchema, elementOf, type JsonSchema, propertyOf } from '../../../src/config/json-schema.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { readText } from '../house/tree.js';

const schema = configJsonSchema(middlewareTypes);
const example: Record<string, unknown> = parse(readText('examples/full.yaml'));

/** Every key that a schema has, as `services.<name>.url`, `host_rules[].tls.cert`. */
function keysOf(holder: JsonSchema, path = ''): string[] {
  return Object.entries(holder.properties ?? {}).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const [inner, suffix] = value.properties === undefined ? [elementOf(value), suffixOf(value)] : [value, ''];
    return [at, ...keysOf(inner, at + suffix)];
  });
}

function suffixOf({ items }: JsonSchema): string {
  return items === undefined ? '.<name>' : '[]';
}

/** Every key that is written, in the same form. */
function keysIn(value: unknown, holder: JsonSchema, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysIn(item, elementOf(holder), `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const property = holder.properties?.[key];
    if (property === undefined) return keysIn(inner, elementOf(holder), `${path}.<name>`);
    const at = path === '' ? key : `${path}.${key}`;
    return [at, ...keysIn(inner, property, at)];
  });
}

/** The options of every entry of a type, wherever it stands. */
function entriesOf(type: string): unknown[] {
  const { middlewares, middleware_services: services } = example as Record<string, Record<string, unknown>[]>;
  const entries = [...(middlewares ?? []), ...(services ?? [])];
  return entries.filter((entry) => (entry.type ?? entry.name) === type).map(({ config }) => config);
}

/** What is in a map that may stand in two places is wanted in one of them. */
function oncePlaced(key: string): string {
  return key
    .replace(/^(services\.<name>\.)load_balancer\.(\w+\.)/, '$1$2')
    .replace(/^host_rules\[\]\.(route_rules\[\]\.)/, '$1');
}

function missing(keys: readonly string[], written: readonly string[]): string[] {
  const there = new Set(written.map(oncePlaced));
  return keys.filter((key) => !there.has(oncePlaced(key)));
}

describe('examples/full.yaml', () => {
  it('has every key of the configuration', () => {
    const keys = keysOf(schema);
    assert.ok(keys.length > 120, String(keys.length));
    assert.deepEqual(missing(keys, keysIn(example, schema)), []);
  });

  const types = elementOf(propertyOf(schema, 'middleware_services')).allOf ?? [];
  for (const { if: condition, then: entry } of types) {
    const type = String(propertyOf(condition ?? {}, 'type').const);
    const options = propertyOf(entry ?? {}, 'config');
    it(`has every option of ${type}`, () => {
      const written = entriesOf(type).flatMap((config) => keysIn(config, options));
      assert.deepEqual(missing(keysOf(options), written), []);
    });
  }

  it('has every type', () => {
    assert.equal(types.length, middlewareTypes.size);
    assert.deepEqual(
      [...middlewareTypes.keys()].filter((type) => entriesOf(type).length === 0),
      [],
    );
  });

  it('would be found out: a key that is taken out is missed', () => {
    const { config_dir: _, ...rest } = example;
    assert.deepEqual(missing(keysOf(schema), keysIn(rest, schema)), ['config_dir']);
    const [people] = entriesOf('auth');
    const auth = propertyOf(
      types.find((one) => propertyOf(one.if ?? {}, 'type').const === 'auth')?.then ?? {},
      'config',
    );
    assert.ok(missing(keysOf(auth), keysIn(people, auth)).includes('users[].password'));
  });
});
