import type { Config } from '../config/config.js';
import type { ConfigPath } from '../config/problem.js';

/** Where the entry of a middleware stands, or would stand. */
export function middlewarePlace(config: Config, name: string): ConfigPath {
  for (const section of ['environment_middlewares', 'middlewares', 'middleware_services'] as const) {
    const index = config[section].findIndex((one) => one.name === name);
    if (index >= 0) return [section, index];
  }
  return ['middlewares', -1];
}
