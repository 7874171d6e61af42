import { loadConfigText } from '../../../src/config/load-config.js';
import type { Log } from '../../../src/exchange/log.js';
import { createProxy } from '../../../src/proxy.js';
import { heldTunnels } from '../../support/held-tunnels.js';

/**
 * A process of its own with a proxy that holds every tunnel to the settings of its first argument, in JSON; the second
 * is the url of its backend. Writes its log to its output.
 */
const [settings = '{}', url = ''] = process.argv.slice(2);
const middlewareTypes = new Map([['held', heldTunnels(JSON.parse(settings))]]);
const keys = {
  services: { api: { url } },
  host_rules: [{ pattern: '*', target: 'api', middlewares: ['held'] }],
  middlewares: [{ name: 'held' }],
  advanced: { port: 0, bind: '127.0.0.1' },
};
const loaded = loadConfigText(JSON.stringify(keys), 'held.yaml', { env: {}, middlewareTypes });
if (!loaded.ok) throw new Error(loaded.errors.map(({ path, message }) => `${path}: ${message}`).join('\n'));
const log: Log = {
  level: 'info',
  write: (_level, message, fields) => console.log(JSON.stringify({ message, ...fields })),
};
const proxy = createProxy({ config: loaded.config, log, middlewareTypes });
await proxy.start();
console.log(`listening on 127.0.0.1:${proxy.listeners[0]?.port}`);
