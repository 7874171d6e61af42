import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reverseProxyConfiguration } from '../../../src/cli/command-reverse-proxy.js';
import { findConfiguration, loadOptions } from '../../../src/cli/configuration.js';
import { demoConfiguration } from '../../../src/cli/demo-configuration.js';
import { loadConfigText } from '../../../src/config/load-config.js';

test('what the demo writes is a configuration, and its port is the one asked for', () => {
  const text = demoConfiguration(8080, { page: 1001, events: 1002, echo: 1003 });
  const loaded = loadConfigText(text, 'demo', loadOptions({ port: '0' }, { TOYOU_PORT: '9000' }));
  assert.ok(loaded.ok, JSON.stringify(loaded));
  assert.deepEqual(loaded.warnings, []);
  assert.equal(loaded.config.advanced.port, 0);
  assert.equal(loaded.config.advanced.bind, '127.0.0.1');
});

test('TOYOU_PORT moves the demo where no flag does', () => {
  const text = demoConfiguration(8080, { page: 1001, events: 1002, echo: 1003 });
  const loaded = loadConfigText(text, 'demo', loadOptions({}, { TOYOU_PORT: '9000' }));
  assert.ok(loaded.ok);
  assert.equal(loaded.config.advanced.port, 9000);
});

test('what reverse-proxy writes is a configuration with all backends', () => {
  const text = reverseProxyConfiguration(['ws://localhost:3000', 'http://127.0.0.1:3001'], '::1');
  const loaded = loadConfigText(text, 'command line', loadOptions({ port: '8080' }, {}));
  assert.ok(loaded.ok, JSON.stringify(loaded));
  assert.deepEqual(
    loaded.config.services.backend?.load_balancer.backends.map(({ url }) => url),
    ['ws://localhost:3000', 'http://127.0.0.1:3001'],
  );
  assert.equal(loaded.config.advanced.bind, '::1');
});

test('no environment variable is read from a url of the command line', () => {
  const text = reverseProxyConfiguration([`http://${'$'}{SECRET}/`], undefined);
  const loaded = loadConfigText(text, 'command line', loadOptions({}, { SECRET: 'localhost' }));
  assert.doesNotMatch(JSON.stringify(loaded), /localhost/);
});

test('a file is the one that is named, else TOYOU_CONFIG', () => {
  assert.equal(findConfiguration('a.yaml', { TOYOU_CONFIG: 'b.yaml' }), 'a.yaml');
  assert.equal(findConfiguration(undefined, { TOYOU_CONFIG: 'b.yaml' }), 'b.yaml');
});
