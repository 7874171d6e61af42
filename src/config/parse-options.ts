import type { z } from 'zod';
import { definedMiddlewares, rulesOf } from './check-references.js';
import type { Config, MiddlewareServiceConfig } from './config.js';
import { describeIssues } from './describe-issue.js';
import { outsideProblem } from './environment.js';
import type { MiddlewareTypes } from './known-types.js';
import type { ConfigPath, ConfigProblem, Finding } from './problem.js';
import { fieldOf, isRecord, itemsOf } from './raw-value.js';
import { omitEmpty } from './schema-walk.js';
import { environmentInstance, environmentOptions, type WebsocketVariables } from './websocket-variables.js';

/** The options of every middleware, parsed by the schemas of their types. */
export interface ParsedOptions {
  readonly findings: readonly Finding[];
  /** What is accepted and hardly meant. */
  readonly doubts: readonly Finding[];
  /** Likewise of what the environment says. */
  readonly variableDoubts: readonly ConfigProblem[];
  /** The configuration with the parsed options in it, and with an instance for each type that a rule names as such. */
  complete(config: Config): Config;
}

/** Parses the options of all entries, and the defaults of built-in types that rules name without an entry. */
export function parseOptions(value: unknown, types: MiddlewareTypes, variables: WebsocketVariables): ParsedOptions {
  const findings: Finding[] = [];
  const doubts: Finding[] = [];
  const parsed = new Map<string, unknown>();
  for (const [section, typeKey] of SECTIONS) {
    for (const [index, entry] of itemsOf(fieldOf(value, section)).entries()) {
      const type = types.get(String(fieldOf(entry, typeKey)));
      const written = fieldOf(entry, 'config') ?? {};
      if (type === undefined || !isRecord(written)) continue;
      const path: ConfigPath = [section, index, 'config'];
      const options = parseOne(type.optionsSchema, written, path, findings);
      parsed.set(`${section} ${index}`, options);
      const elsewhere = environmentOptions(String(fieldOf(entry, typeKey)), variables);
      const odd = options === undefined ? [] : (type.doubts?.(options) ?? []);
      for (const { option, message } of odd.filter((one) => !Object.hasOwn(elsewhere, one.option))) {
        doubts.push({ path: [...path, option], at: 'value', message });
      }
    }
  }
  const implied = impliedInstances(value, types, variables, findings);
  return {
    findings,
    doubts,
    variableDoubts: variableDoubts(types, variables),
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
      environment_middlewares: ofEnvironment(types, variables),
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
function impliedInstances(
  value: unknown,
  types: MiddlewareTypes,
  variables: WebsocketVariables,
  findings: Finding[],
): MiddlewareServiceConfig[] {
  const defined = definedMiddlewares(value);
  const instances = new Map<string, MiddlewareServiceConfig>();
  for (const { path, rule } of rulesOf(value)) {
    for (const [index, type] of itemsOf(fieldOf(rule, 'middlewares')).entries()) {
      if (typeof type !== 'string' || defined.has(type) || instances.has(type)) continue;
      const result = types.get(type)?.optionsSchema.safeParse(environmentOptions(type, variables));
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

function ofEnvironment(types: MiddlewareTypes, variables: WebsocketVariables): Config['environment_middlewares'] {
  const instance = environmentInstance(variables);
  const schema = types.get(instance?.type ?? '')?.optionsSchema;
  if (instance === null || schema === undefined) return [];
  return [{ ...instance, config: schema.parse(environmentOptions(instance.type, variables)) }];
}

function variableDoubts(types: MiddlewareTypes, variables: WebsocketVariables): ConfigProblem[] {
  return ofEnvironment(types, variables).flatMap(({ type, config }) =>
    (types.get(type)?.doubts?.(config) ?? []).flatMap(({ option, message }) => {
      const variable = variables.get(option);
      return variable === undefined ? [] : [outsideProblem('environment', variable.name, message)];
    }),
  );
}
