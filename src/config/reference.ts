import { elementOf, type JsonSchema, optionsJsonSchema, plainJsonSchema } from './json-schema.js';
import type { MiddlewareTypes } from './known-types.js';
import { middlewaresPreface } from './reference-middlewares-preface.js';
import { referencePreface } from './reference-preface.js';
import { POLICY_KEYS } from './schema-service-policies.js';

/** The reference page of the configuration language, in Markdown. The same schema checks configurations. */
export function configurationReference(middlewareTypes: MiddlewareTypes): string {
  const schema = plainJsonSchema(middlewareTypes);
  return pageOf([referencePreface, '## Keys', describeMap(schema, '', '###')]);
}

/** The reference page of the middlewares: a section a type, in the order given. */
export function middlewaresReference(middlewareTypes: MiddlewareTypes): string {
  const sections = [...middlewareTypes].map(([type, { optionsSchema }]) => {
    const options = optionsJsonSchema(optionsSchema);
    return pageOf([`## ${code(type)}`, options.description ?? '', describeMap(options, '', '###')]);
  });
  return pageOf([middlewaresPreface, ...sections]);
}

function pageOf(parts: readonly string[]): string {
  const written = parts.map((part) => part.trim()).filter((part) => part !== '');
  return `${written.join('\n\n')}\n`;
}

/** A table of a map's keys, and below it, each under a heading, the maps within it. */
function describeMap(schema: JsonSchema, path: string, heading: string): string {
  const keys = Object.entries(schema.properties ?? {});
  if (keys.length === 0) return path === '' ? 'It has no options.' : '';
  const required = new Set(schema.required ?? []);
  const rows = keys.map(([key, value]) => {
    const standard = required.has(key) ? 'required' : showDefault(value);
    return `| ${code(key)} | ${typeOf(value)} | ${standard} | ${cell(value.description ?? '')} |`;
  });
  const table = ['| key | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const below = keys.flatMap(([key, value]) => {
    const [inner, suffix] = innerMap(value);
    const innerPath = `${path}${path === '' ? '' : '.'}${key}${suffix}`;
    if (inner?.properties === undefined || REPEATED.has(innerPath)) return [];
    const about = path === '' && value.description !== undefined ? `${value.description}\n\n` : '';
    return [`${heading} ${code(innerPath)}\n\n${about}${describeMap(inner, innerPath, heading)}`];
  });
  return [table, ...below].join('\n\n');
}

/** Described elsewhere: top-level rules are the same, and so are a service's own keys. */
const REPEATED: ReadonlySet<string> = new Set([
  'host_rules[].route_rules[]',
  ...POLICY_KEYS.map((key) => `services.<name>.load_balancer.${key}`),
]);

/** The map that a key holds: itself, in a list, or under names that are free to choose. */
function innerMap(schema: JsonSchema): [JsonSchema | undefined, string] {
  if (schema.properties !== undefined) return [schema, ''];
  if (schema.items !== undefined) return [schema.items, '[]'];
  return [elementOf(schema), '.<name>'];
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(', ');
  if (schema.title !== undefined) return schema.title;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ type })).join(' or ');
  switch (schema.type) {
    case 'object':
      return 'map';
    case 'array':
      return schema.items === undefined || schema.items.properties !== undefined
        ? 'list of maps'
        : `list of ${typeOf(schema.items)}`;
    case 'string':
      return 'text';
    case 'integer':
      return `whole number${rangeOf(schema)}`;
    default:
      return schema.type ?? 'any';
  }
}

/** The bounds of a number, where it has any that say something. */
function rangeOf({ minimum, maximum }: JsonSchema): string {
  const bounded = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER;
  if (typeof minimum !== 'number' || minimum === Number.MIN_SAFE_INTEGER) return bounded ? ` up to ${maximum}` : '';
  return bounded ? `, ${minimum} to ${maximum}` : `, ${minimum} or more`;
}

function showDefault({ default: standard }: JsonSchema): string {
  if (standard === undefined) return '–';
  const empty = typeof standard === 'object' && standard !== null && !Array.isArray(standard);
  return empty ? '–' : code(typeof standard === 'string' ? standard : JSON.stringify(standard));
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
