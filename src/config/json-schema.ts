import { z } from 'zod';
import { configSchema } from './config.js';
import type { MiddlewareTypes } from './known-types.js';
import { STRATEGIES } from './schema-load-balancer.js';

/** A JSON Schema (draft 2020-12), as far as this project reads it. */
export interface JsonSchema {
  $schema?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  pattern?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  if?: JsonSchema;
  then?: JsonSchema;
  [keyword: string]: unknown;
}

/** The JSON Schema of a configuration file, for editors. Every value may also be a `${NAME}` reference. */
export function configJsonSchema(middlewareTypes: MiddlewareTypes): JsonSchema {
  const schema = plainJsonSchema(middlewareTypes);
  return { ...withReferences(schema), title: 'Configuration of toyou-proxy' };
}

/** The same without references to the environment: what a value is once they are replaced. */
export function plainJsonSchema(middlewareTypes: MiddlewareTypes): JsonSchema {
  const schema = toJsonSchema(configSchema);
  const balancer = propertyOf(elementOf(propertyOf(schema, 'services')), 'load_balancer');
  propertyOf(balancer, 'strategy').enum = [...STRATEGIES];
  for (const [section, key] of [
    ['middlewares', 'name'],
    ['middleware_services', 'type'],
  ] as const) {
    const entry = elementOf(propertyOf(schema, section));
    propertyOf(entry, key).enum = [...middlewareTypes.keys()];
    entry.allOf = [...middlewareTypes].map(([type, { optionsSchema }]) => ({
      if: { properties: { [key]: { const: type } }, required: [key] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: withOptions(optionsSchema),
    }));
  }
  return schema;
}

/** Of a type that does not run with defaults alone, the options cannot all be left out. */
function withOptions(optionsSchema: z.ZodType): JsonSchema {
  const required = optionsSchema.safeParse({}).success ? {} : { required: ['config'] };
  return { properties: { config: optionsJsonSchema(optionsSchema) }, ...required };
}

/** The JSON Schema of a type's options. */
export function optionsJsonSchema(optionsSchema: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = toJsonSchema(optionsSchema);
  return schema;
}

/** A key of a map. @throws Error where the map has no such key */
export function propertyOf(schema: JsonSchema, key: string): JsonSchema {
  const property = schema.properties?.[key];
  if (property === undefined) throw new Error(`the schema has no ${key}`);
  return property;
}

/** What a list or a map of any keys holds; an empty schema for everything else. */
export function elementOf(schema: JsonSchema): JsonSchema {
  if (schema.items !== undefined) return schema.items;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: showStandard }) as JsonSchema;
}

/** The library leaves out what holds where nothing is written if the value is transformed: it stands as `standard`. */
function showStandard({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }): void {
  if (jsonSchema.standard === undefined) return;
  jsonSchema.default = jsonSchema.standard;
  delete jsonSchema.standard;
}

const REFERENCE: JsonSchema = { type: 'string', pattern: '\\$\\{[A-Z0-9_]+(:-[^}]*)?\\}' };

/** Scalars that a reference would not fit get it as an alternative. */
function withReferences(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties, anyOf, allOf, then, ...rest } = schema;
  if (isNarrowScalar(schema)) {
    const { description, default: standard, title, ...narrow } = schema;
    const outer = { title, description, default: standard };
    const kept = Object.fromEntries(Object.entries(outer).filter(([, value]) => value !== undefined));
    return { ...kept, anyOf: [narrow, REFERENCE] };
  }
  return {
    ...rest,
    ...(properties && { properties: mapValues(properties, withReferences) }),
    ...(items && { items: withReferences(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? withReferences(additionalProperties) : additionalProperties,
    }),
    ...(anyOf && { anyOf: [...anyOf.map((part) => withReferences(part))] }),
    ...(allOf && { allOf: allOf.map(withReferences) }),
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    ...(then && { then: withReferences(then) }),
  };
}

function isNarrowScalar({ type, enum: allowed, pattern, const: only }: JsonSchema): boolean {
  if (type === 'number' || type === 'integer' || type === 'boolean') return true;
  return type === 'string' && (allowed !== undefined || pattern !== undefined || only !== undefined);
}

function mapValues(record: Record<string, JsonSchema>, change: (value: JsonSchema) => JsonSchema) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
