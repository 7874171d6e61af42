import { existsSync } from 'node:fs';
import { configFileName } from '../config/environment.js';
import { formatProblems } from '../config/format-problems.js';
import type { LoadResult } from '../config/load-config.js';
import { middlewareTypes } from '../middleware/registry.js';
import { readPortOption } from './listen-address.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** The flags that stand for keys of the configuration. */
export interface OverrideOptions {
  readonly port?: string;
  readonly logLevel?: string;
}

/** What `loadConfig` wants besides the text: the environment, the flags, and the names a configuration may use. */
export function loadOptions(options: OverrideOptions, env: NodeJS.ProcessEnv) {
  const port = readPortOption(options.port);
  const overrides = {
    ...(port === undefined ? {} : { port }),
    ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }),
  };
  return { env, overrides, middlewareTypes };
}

/**
 * The main file that is meant.
 * @throws UsageError where none is named and none is found by itself: it says what to do
 */
export function findConfiguration(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  const file = configFileName(flag, env);
  const named = flag !== undefined || (env.TOYOU_CONFIG ?? '') !== '';
  if (!named && !existsSync(file)) throw new UsageError(FIRST_STEPS);
  return file;
}

/** Errors and warnings of a configuration, to standard error. */
export function reportProblems(result: LoadResult, terminal: Terminal): void {
  const color = terminal.color.error;
  const text = [
    formatProblems(result.warnings, { color, kind: 'warning' }),
    result.ok ? '' : formatProblems(result.errors, { color }),
  ].join('');
  if (text !== '') terminal.error(text.replace(/\n$/, ''));
}

const FIRST_STEPS = `there is no config.yaml here: name a file with -c FILE, write one, or go without:
  toyou-proxy demo                                                   to see it work
  toyou-proxy reverse-proxy --from :8080 --to http://localhost:3000  in front of one service
A config.yaml to begin with:
  services:
    app: { url: "http://localhost:3000" }
  host_rules:
    - { pattern: "*", target: app }
  advanced: { port: 8080 }`;
