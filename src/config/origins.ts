import type { OutsideValues } from './environment.js';
import type { MergedFiles } from './merged-files.js';
import { type ConfigPath, formatPath, type Position } from './problem.js';

/**
 * Where each value of a configuration was written: by its path in the Config, `host_rules[3].target`, also for maps and
 * list items themselves (`services.chat`, `middlewares[0]`). What is not in it is a default. A value from the environment
 * or the command line has the line 0, and the `file` says which: `environment TOYOU_PORT`.
 */
export type Origins = ReadonlyMap<string, Position>;

/** Notes the origin of every value, with paths counted over all files. */
export function originsOf(value: unknown, merged: MergedFiles, outside: OutsideValues): Origins {
  const origins = new Map<string, Position>();
  const note = (path: ConfigPath, inner: unknown): void => {
    if (path.length > 0) origins.set(formatPath(path), merged.position(path, 'key'));
    if (Array.isArray(inner)) {
      for (const [index, item] of inner.entries()) note([...path, index], item);
    } else if (typeof inner === 'object' && inner !== null) {
      for (const [key, item] of Object.entries(inner)) note([...path, key], item);
    }
  };
  note([], value);
  if (outside.port !== undefined) origins.set('advanced.port', outside.port.origin);
  if (outside.logLevel !== undefined) origins.set('advanced.log.level', outside.logLevel.origin);
  return origins;
}
