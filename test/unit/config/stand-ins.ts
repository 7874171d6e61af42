import { z } from 'zod';
import type { Config } from '../../../src/config/config.js';
import { formatProblems } from '../../../src/config/format-problems.js';
import { type LoadResult, type LoadTextOptions, loadConfigText } from '../../../src/config/load-config.js';

const fields = z.record(z.string(), z.string()).optional();
const edits = z.strictObject({ set: fields, add: fields, remove: z.array(z.string()).optional() }).optional();

/** Types as the middlewares' own, small enough to be seen at a glance. */
export const standInTypes = new Map([
  [
    'request_id',
    { optionsSchema: z.strictObject({ header: z.string().default('X-Request-Id').describe('The field.') }) },
  ],
  [
    'logging',
    {
      optionsSchema: z.strictObject({
        log_level: z.enum(['debug', 'info']).default('info'),
        sample: z.number().min(0).max(1).default(1),
      }),
    },
  ],
  ['headers', { optionsSchema: z.strictObject({ request: edits, response: edits }) }],
]);

export function load(text: string, options: Partial<LoadTextOptions> = {}): LoadResult {
  const standard = { env: {}, middlewareTypes: standInTypes };
  return loadConfigText(text, 'config.yaml', { ...standard, ...options });
}

/** The configuration; fails with the errors where there is none. */
export function configOf(text: string, options: Partial<LoadTextOptions> = {}): Config {
  const result = load(text, options);
  if (result.ok) return result.config;
  throw new Error(formatProblems(result.errors, { color: false }));
}

/** Errors in one line each: `line:column path: message -> suggestion`. */
export function errorsOf(text: string, options: Partial<LoadTextOptions> = {}): string[] {
  const result = load(text, options);
  return result.ok ? [] : result.errors.map(inOneLine);
}

export function warningsOf(text: string, options: Partial<LoadTextOptions> = {}): string[] {
  const result = load(text, options);
  if (result.ok) return result.warnings.map(inOneLine);
  throw new Error(formatProblems(result.errors, { color: false }));
}

function inOneLine(problem: { line: number; column: number; path: string; message: string; suggestion?: string }) {
  const { line, column, path, message, suggestion } = problem;
  return `${line}:${column} ${path}: ${message}${suggestion === undefined ? '' : ` -> ${suggestion}`}`;
}

/** A whole configuration around keys of `advanced`, each line as it stands there. */
export function withAdvanced(lines: string): string {
  return `${SMALL}advanced:\n${indent(lines)}`;
}

/** A whole configuration around further keys of its only route rule. */
export function withRoute(lines: string): string {
  return `services: { api: { url: "http://127.0.0.1:1" } }\nroute_rules:\n  - target: api\n${indent(lines, '    ')}`;
}

/** The smallest configuration. */
export const SMALL = 'services: { api: { url: "http://127.0.0.1:1" } }\nhost_rules: [{ pattern: "*", target: api }]\n';

function indent(lines: string, by = '  '): string {
  return lines
    .split('\n')
    .map((line) => `${by}${line}\n`)
    .join('');
}
