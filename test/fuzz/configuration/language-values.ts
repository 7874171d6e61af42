import fc from 'fast-check';
import type { JsonSchema } from '../../../src/config/json-schema.js';

/** What stands at a key, or in the list or map at it, where the schema says no more than "text". */
const texts: Readonly<Record<string, readonly unknown[]>> = {
  url: ['http://127.0.0.1:8080', 'ws://backend.example', 'http://[::1]:1/base/', 'unix:/run/a.sock', 'unix:///a:/b'],
  path: ['/health', '/', '/a?b=c'],
  statuses: [204, '200-299,404', [200, '300-399']],
  secret: ['0123456789abcdef', 'short', ''],
  cookie: ['toyou_backend', 'a.b'],
  'host pattern': ['*', 'a.example', '*.a.example', 'A.example.', '~^a\\d+$', '[::1]'],
  'path pattern': ['/', '/*', '/a/*', '/a/*/b', '~^/v\\d+/', '/{x}'],
  regex: ['~(a)', '~^/x(.*)'],
  duration: [0.5, 5, '5s', '100ms', '1.5h', '1d'],
  'duration or range': [3, '5s', '1s-10s', '100ms - 1s'],
  'media type': ['text/html', 'text/*', 'application/*+json', '*/*'],
  size: [65_536, '64KiB', '0.1MB', '100000 B'],
  target: ['api', 'web'],
  middlewares: ['request_id', 'headers', 'logging'],
  methods: ['GET', 'POST', 'M-SEARCH'],
  strip_prefix: ['/a', '/'],
  proxy_host: ['backend', 'a.example:80'],
  to: ['/', '/b/$1'],
  bind: ['::', '127.0.0.1', '0.0.0.0'],
  trusted_proxies: ['10.0.0.0/8', '::1', '192.0.2.1'],
  deny_hidden_files: ['.git', 'a'],
  name: ['one', 'two', 'three'],
  header: ['X-A', 'x_request'],
  remove: ['X-A', 'Server'],
  fields: ['status', 'request_header:Accept'],
  skip_paths: ['/health', '/static/*', '/img-*'],
  redact: ['token', 'X-Key'],
  set: ['a', '{client_ip}', ''],
  add: ['b', 'é'],
};
const anyText = ['a', 'no', '1', ' ', '~', '"', "it's", '#', 'a: b', '- a', '0x1', '{', '\u00e4\n', 'null'];

/** Keys that a whole configuration needs, by the key of their map, though the schema cannot say so. */
const needed: Readonly<Record<string, readonly string[]>> = { '': ['services', 'host_rules'], service: ['url'] };

/** Values of the language, drawn from its own schema: valid as far as that can say. */
export function languageValues(schema: JsonSchema, key = ''): fc.Arbitrary<unknown> {
  const { type, enum: allowed, const: only, anyOf, properties, items, additionalProperties, minItems = 0 } = schema;
  const known = texts[String(schema.title)] ?? texts[key];
  if (only !== undefined) return fc.constant(only);
  if (allowed !== undefined) return fc.constantFrom(...allowed);
  if (schema.title !== undefined && known !== undefined) return fc.constantFrom(...known);
  // The last of several is the reference to the environment, which is text: see the known differences.
  if (anyOf !== undefined) {
    const parts = anyOf.filter((part) => !String(part.pattern).includes('{[A-Z'));
    return fc.oneof(...parts.map((part) => languageValues(part, key)));
  }
  if (properties !== undefined) return mapOf(schema, properties, needed[key] ?? []);
  if (items !== undefined) {
    const least = Math.max(Number(minItems), key === 'host_rules' ? 1 : 0);
    return fc.uniqueArray(languageValues(items, key), { minLength: least, maxLength: least + 1, selector: identity });
  }
  if (type === 'object') {
    if (key === 'services' && typeof additionalProperties === 'object') {
      const service = languageValues(additionalProperties, 'service');
      return fc.record({ api: service, web: service, 'x y': service }, { requiredKeys: ['api', 'web'] });
    }
    return fc.dictionary(fc.constantFrom('X-A', 'x_b', 'Server'), fc.constantFrom(...(texts[key] ?? ['a'])), {
      maxKeys: 2,
    });
  }
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer' || type === 'number') return numbers(schema);
  return fc.constantFrom(...(known ?? anyText));
}

/** A map; a middleware's options are those of its type. */
function mapOf(
  schema: JsonSchema,
  properties: Record<string, JsonSchema>,
  always: readonly string[],
): fc.Arbitrary<unknown> {
  const required = [...(schema.required ?? []), ...always];
  // A `config_dir` would have folders of this machine read.
  const arbitraries = Object.entries(properties)
    .filter(([key]) => key !== 'config_dir' && key !== 'config')
    .map(([key, inner]) => {
      const inside = languageValues(inner, key);
      return [key, required.includes(key) ? inside : sometimes(inside)] as const;
    });
  const plain = fc.record(Object.fromEntries(arbitraries)).map(withoutUndefined);
  const { allOf } = schema;
  if (allOf === undefined) return plain;
  const withOptions = allOf.map(({ if: condition, then: consequence }) => {
    const fixed = Object.entries(condition?.properties ?? {}).map(([key, inner]) => [key, inner.const] as const);
    const options = consequence?.properties?.config ?? {};
    return fc
      .tuple(plain, sometimes(languageValues(options, 'config')))
      .map(([map, config]) => withoutUndefined({ ...map, ...Object.fromEntries(fixed), config }));
  });
  return fc.oneof(...withOptions);
}

function sometimes(inside: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: inside });
}

function withoutUndefined(map: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));
}

/** By what an entry of a list may not stand twice. */
function identity(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return String(entry);
  const { pattern, name, type } = entry as Record<string, unknown>;
  return String(pattern ?? name ?? type ?? JSON.stringify(entry)).toLowerCase();
}

function numbers({ type, minimum, exclusiveMinimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  const least = Number(minimum ?? exclusiveMinimum ?? 0);
  const most = Math.min(Number(maximum ?? 70_000), 9_007_199_254_740_991);
  if (type === 'number') return fc.constantFrom(0.5, most);
  return fc.oneof(fc.constantFrom(least, most), fc.integer({ min: least, max: Math.min(most, 2 ** 31 - 1) }));
}
