import assert from 'node:assert/strict';
import { readAskedRequest } from '../../../src/cli/asked-request.js';
import { chooseListener } from '../../../src/cli/choose-listener.js';
import { loadOptions } from '../../../src/cli/configuration.js';
import { type Explanation, explain } from '../../../src/cli/explanation.js';
import { loadConfigText } from '../../../src/config/load-config.js';
import { silentLog } from '../../../src/exchange/log.js';
import { createProxy } from '../../../src/proxy.js';

export interface Asked {
  readonly method?: string;
  readonly url: string;
  readonly fields?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly port?: string;
}

/** What the command explains of a configuration that stands in `config.yaml`. */
export function explanationOf(yaml: string, asked: Asked): Explanation {
  const { method = 'GET', url, fields = [], env = {}, port } = asked;
  const options = loadOptions(port === undefined ? {} : { port }, env);
  const loaded = loadConfigText(yaml, 'config.yaml', options);
  if (!loaded.ok) assert.fail(JSON.stringify(loaded.errors));
  const { config, origins } = loaded;
  const request = readAskedRequest(method, url, fields);
  const { port: listenerPort, notes } = chooseListener(config, request.port, request.scheme);
  const proxy = createProxy({ config, log: silentLog });
  const decision = proxy.explain({ head: request.head, listenerPort, scheme: 'http' });
  return explain({ config, origins, listenerPort, scheme: 'http', decision, notes });
}
