import type { z } from 'zod';
import type { ConfigPath } from './problem.js';
import { isRecord } from './raw-value.js';

/** The schema of what stands at a path; undefined where the path leads out of it, or into a union. */
export function schemaAt(root: z.core.$ZodType, path: ConfigPath): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = root;
  for (const part of path) {
    schema = schema === undefined ? undefined : childOf(bare(schema), part);
  }
  return schema === undefined ? undefined : bare(schema);
}

/** The keys of a map with a closed list of keys; undefined for everything else. */
export function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const { def } = (bare(schema) as z.core.$ZodTypes)._zod;
  return def.type === 'object' ? def.shape : undefined;
}

/**
 * A copy of a value without the keys that stand there with nothing behind them: `host_rules:` alone is as if it were
 * not written. Only keys that the schema knows are taken out, so that an unknown one is still found.
 */
export function omitEmpty(value: unknown, schema: z.core.$ZodType | undefined): unknown {
  if (schema === undefined) return value;
  const inner = bare(schema);
  if (Array.isArray(value)) return value.map((item, index) => omitEmpty(item, childOf(inner, index)));
  if (!isRecord(value)) return value;
  const shape = shapeOf(inner);
  const entries = Object.entries(value).filter(([key, item]) => item !== null || shape?.[key] === undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, omitEmpty(item, childOf(inner, key))]));
}

/** The schema within defaults, optionals and transforms: of what is written, not of what it comes to. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
    case 'nonoptional':
      return bare(def.innerType);
    case 'pipe':
      return bare((def.in as z.core.$ZodTypes)._zod.def.type === 'transform' ? def.out : def.in);
    case 'lazy':
      return bare(def.getter());
    default:
      return schema;
  }
}

function childOf(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'object') return Object.hasOwn(def.shape, part) ? def.shape[part] : undefined;
  if (def.type === 'record') return def.valueType;
  return def.type === 'array' ? def.element : undefined;
}
