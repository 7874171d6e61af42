import type { OutsideValues } from './environment.js';
import type { MergedFiles } from './merged-files.js';
import { type ConfigPath, formatPath, type Position } from './problem.js';
import { fieldOf, isRecord } from './raw-value.js';
import { websocketOrigins } from './websocket-variables.js';

/** Where a value was written. */
export interface WrittenAt extends Position {
  /** The environment variables that were put into it, by `${NAME}`. */
  readonly variables?: readonly string[];
}

/**
 * Where each value of a configuration was written: by its path in the Config, `host_rules[3].target`, also for maps and
 * list items themselves (`services.chat`, `middlewares[0]`). What is not in it is a default. A value from the environment
 * or the command line has the line 0, and the `file` says which: `environment TOYOU_PORT`, `command line --port`.
 */
export type Origins = ReadonlyMap<string, WrittenAt>;

/** What decided a value. */
export type Origin =
  | {
      readonly from: 'file';
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly variables: readonly string[];
    }
  /** A variable that stands for a key. */
  | { readonly from: 'environment'; readonly name: string }
  | { readonly from: 'flag'; readonly name: string }
  | { readonly from: 'default' };

/** What decided the value at a path. */
export function originOf(origins: Origins, path: ConfigPath): Origin {
  const written = origins.get(formatPath(path));
  if (written === undefined) return { from: 'default' };
  const { file, line, column, variables = [] } = written;
  if (line > 0) return { from: 'file', file, line, column, variables };
  const [, where, name = file] = /^(environment|command line) (.+)$/.exec(file) ?? [];
  return { from: where === 'command line' ? 'flag' : 'environment', name };
}

/** Notes the origin of every value, with paths counted over all files. */
export function originsOf(value: unknown, merged: MergedFiles, outside: OutsideValues): Origins {
  const origins = new Map<string, WrittenAt>();
  const note = (path: ConfigPath, inner: unknown): void => {
    if (path.length > 0) origins.set(formatPath(path), writtenAt(path, merged));
    if (Array.isArray(inner)) {
      for (const [index, item] of inner.entries()) note([...path, index], item);
    } else if (typeof inner === 'object' && inner !== null) {
      for (const [key, item] of Object.entries(inner)) note([...path, key], item);
    }
  };
  note([], value);
  if (outside.port !== undefined) origins.set('advanced.port', outside.port.origin);
  if (outside.maxTunnels !== undefined) origins.set('advanced.max_tunnels', outside.maxTunnels.origin);
  for (const [path, origin] of websocketOrigins(value, outside.websocket)) origins.set(formatPath(path), origin);
  if (outside.logLevel !== undefined) origins.set('advanced.log.level', outside.logLevel.origin);
  if (outside.adminListen !== undefined) origins.set('advanced.admin.listen', outside.adminListen.origin);
  if (outside.adminToken !== undefined && isRecord(fieldOf(fieldOf(value, 'advanced'), 'admin')))
    origins.set('advanced.admin.token', outside.adminToken.origin);
  return origins;
}

function writtenAt(path: ConfigPath, merged: MergedFiles): WrittenAt {
  const variables = merged.variables(path);
  return { ...merged.position(path, 'key'), ...(variables.length === 0 ? {} : { variables }) };
}
