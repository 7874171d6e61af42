import { z } from 'zod';
import { configSchema } from './config.js';
import type { ConfigPath } from './problem.js';
import { schemaAt, shapeOf } from './schema-walk.js';

/** What the number of a Config counts. */
export type ValueUnit = 'ms' | 'bytes';

const UNITS: Readonly<Record<string, ValueUnit>> = { duration: 'ms', 'duration or range': 'ms', size: 'bytes' };

/** The unit of the value at a path; null where it counts nothing, or only itself. */
export function unitAt(path: ConfigPath): ValueUnit | null {
  const holder = schemaAt(configSchema, path.slice(0, -1));
  let schema: z.core.$ZodType | undefined = holder && shapeOf(holder)?.[String(path.at(-1))];
  while (schema !== undefined) {
    const unit = UNITS[z.globalRegistry.get(schema)?.title ?? ''];
    if (unit !== undefined) return unit;
    const { def } = (schema as z.core.$ZodTypes)._zod;
    schema = 'innerType' in def ? def.innerType : undefined;
  }
  return null;
}
