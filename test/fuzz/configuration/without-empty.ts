import type { JsonSchema } from '../../../src/config/json-schema.js';
import { judge } from '../../unit/config/json-schema-judge.js';

const ANYTHING: JsonSchema = {};

/**
 * A value without the keys of the language that have nothing behind them: `host_rules:` alone is as if it were not
 * written. The schema cannot say so without taking `null` everywhere.
 */
export function withoutEmpty(schema: JsonSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutEmpty(schema.items ?? ANYTHING, item));
  if (typeof value !== 'object' || value === null) return value;
  const conditional = (schema.allOf ?? []).filter(
    (part) => part.if !== undefined && judge(part.if, value).length === 0,
  );
  const shapes = [schema, ...conditional.map((part) => part.then ?? ANYTHING)];
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const inner = shapes.map(({ properties }): JsonSchema | undefined => properties?.[key]).findLast(Boolean);
    if (inner !== undefined && item === null) return [];
    const other = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : ANYTHING;
    return [[key, withoutEmpty(inner ?? other, item)]];
  });
  return Object.fromEntries(entries);
}
