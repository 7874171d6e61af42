import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadOptions } from '../../../src/cli/configuration.js';
import type { Config } from '../../../src/config/config.js';
import { listenerPorts } from '../../../src/config/listener-ports.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { createProxy } from '../../../src/proxy.js';
import { exampleCertificates } from '../../support/example-certificates.js';
import { freePort } from '../../support/free-port.js';
import { RecordingLog } from '../../support/recording-log.js';
import { listFiles, root } from '../../unit/house/tree.js';

/** The same on this machine alone, on ports that nobody has. */
async function elsewhere(config: Config): Promise<Config> {
  const ports = new Map<number, number>();
  for (const port of listenerPorts(config)) ports.set(port, await freePort());
  const { admin } = config.advanced;
  return {
    ...config,
    host_rules: config.host_rules.map((rule) => ({ ...rule, port: ports.get(rule.port) ?? rule.port })),
    advanced: {
      ...config.advanced,
      bind: '127.0.0.1',
      port: ports.get(config.advanced.port) ?? config.advanced.port,
      ...(admin === undefined ? {} : { admin: { ...admin, listen: '127.0.0.1:0' } }),
    },
  };
}

const { folder } = await exampleCertificates();

for (const file of listFiles('examples', '.yaml').filter((path) => path.split('/').length === 2)) {
  test(`${file} starts, and stops in good order`, { timeout: 20_000 }, async () => {
    const loaded = loadConfig({ file: join(root, file), ...loadOptions({}, { CERTIFICATES: folder }) });
    assert.ok(loaded.ok);
    const config = await elsewhere(loaded.config);
    const resolver = () => Promise.reject(new Error('no example is asked for'));
    const proxy = createProxy({ config, log: new RecordingLog(), resolver });
    // The proxy's own timers hold no process open.
    const held = setInterval(() => {}, 1000);
    await proxy.start();
    try {
      assert.deepEqual(
        proxy.listeners.map(({ port }) => port),
        listenerPorts(config),
      );
    } finally {
      await proxy.stop();
      clearInterval(held);
    }
    assert.deepEqual(proxy.counters.open(), {});
  });
}
