import type { z } from 'zod';
import type { MiddlewareTypes } from './known-types.js';
import type { ConfigPath } from './problem.js';
import { fieldOf, isRecord, itemsOf } from './raw-value.js';
import { isSecret } from './schema-secret.js';
import { schemaAt } from './schema-walk.js';
import type { WrittenSecret } from './secret-files.js';

/** Every text in the options of middlewares that their type's schema calls a secret. */
export function optionSecrets(value: unknown, types: MiddlewareTypes): WrittenSecret[] {
  const of = (section: string, typeKey: string) =>
    itemsOf(fieldOf(value, section)).flatMap((entry, index) => {
      const schema = types.get(String(fieldOf(entry, typeKey)))?.optionsSchema;
      return schema === undefined ? [] : secretsIn(fieldOf(entry, 'config'), schema, [], [section, index, 'config']);
    });
  return [...of('middlewares', 'name'), ...of('middleware_services', 'type')];
}

/** @param inside the path within the options, which stand at `above` */
function secretsIn(value: unknown, schema: z.ZodType, inside: ConfigPath, above: ConfigPath): WrittenSecret[] {
  if (typeof value === 'string') {
    return isSecret(schemaAt(schema, inside)) ? [{ path: [...above, ...inside], written: value }] : [];
  }
  const items = Array.isArray(value) ? [...value.entries()] : isRecord(value) ? Object.entries(value) : [];
  return items.flatMap(([key, item]) => secretsIn(item, schema, [...inside, key], above));
}
