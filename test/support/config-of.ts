import assert from 'node:assert/strict';
import type { Config } from '../../src/config/config.js';
import { loadConfigText } from '../../src/config/load-config.js';
import { middlewareTypes } from '../../src/middleware/registry.js';

/** A configuration from its text, which has to be right. */
export function configOf(yaml: string): Config {
  const options = { env: {}, middlewareTypes };
  const loaded = loadConfigText(yaml, 'test.yaml', options);
  if (!loaded.ok) assert.fail(loaded.errors.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return loaded.config;
}
