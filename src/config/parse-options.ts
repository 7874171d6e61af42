import type { z } from 'zod';
import { definedMiddlewares, rulesOf } from './check-references.js';
import type { Config, MiddlewareServiceConfig } from './config.js';
import { describeIssues } from './describe-issue.js';
import type { MiddlewareTypes } from './known-types.js';
import type { ConfigPath, Finding } from './problem.js';
import { fieldOf, isRecord, itemsOf } from './raw-value.js';
import { omitEmpty } from './schema-walk.js';

/** The options of every middleware, parsed by the schemas of their types. */
export interface ParsedOptions {
  readonly findings: readonly Finding[];
  /** The configuration with the parsed options in it, and with an instance for each type that a rule names as such. */
  complete(config: Config): Config;
}

/** Parses the options of all entries, and the defaults of built-in types that rules name without an entry. */
export function parseOptions(value: unknown, types: MiddlewareTypes): ParsedOptions {
  const findings: Finding[] = [];
  const parsed = new Map<string, unknown>();
  for (const [section, typeKey] of SECTIONS) {
    for (const [index, entry] of itemsOf(fieldOf(value, section)).entries()) {
      const schema = types.get(String(fieldOf(entry, typeKey)))?.optionsSchema;
      const written = fieldOf(entry, 'config') ?? {};
      if (schema === undefined || !isRecord(written)) continue;
      const path: ConfigPath = [section, index, 'config'];
      parsed.set(`${section} ${index}`, parseOne(schema, written, path, findings));
    }
  }
  const implied = impliedInstances(value, types, findings);
  return {
    findings,
    complete: (config) => ({
      ...config,
      middlewares: config.middlewares.map((entry, index) => ({ ...entry, config: parsed.get(`middlewares ${index}`) })),
      middleware_services: [
        ...config.middleware_services.map((entry, index) => ({
          ...entry,
          config: parsed.get(`middleware_services ${index}`),
        })),
        ...implied,
      ],
    }),
  };
}

const SECTIONS = [
  ['middlewares', 'name'],
  ['middleware_services', 'type'],
] as const;

function parseOne(schema: z.ZodType, written: unknown, path: ConfigPath, findings: Finding[]): unknown {
  const options = omitEmpty(written, schema);
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  findings.push(...describeIssues(result.error.issues, schema, options, path));
  return undefined;
}

/** A rule may name a type that has no entry: it runs with its defaults. */
function impliedInstances(value: unknown, types: MiddlewareTypes, findings: Finding[]): MiddlewareServiceConfig[] {
  const defined = definedMiddlewares(value);
  const instances = new Map<string, MiddlewareServiceConfig>();
  for (const { path, rule } of rulesOf(value)) {
    for (const [index, type] of itemsOf(fieldOf(rule, 'middlewares')).entries()) {
      if (typeof type !== 'string' || defined.has(type) || instances.has(type)) continue;
      const result = types.get(type)?.optionsSchema.safeParse({});
      if (result?.success === false) {
        const message = `"${type}" does not run with defaults alone: it needs an entry under \`middlewares\``;
        findings.push({ path: [...path, 'middlewares', index], at: 'value', message });
      } else if (result !== undefined) {
        const config: unknown = result.data;
        instances.set(type, { name: type, type, enabled: true, is_global: false, description: undefined, config });
      }
    }
  }
  return [...instances.values()];
}
