import assert from 'node:assert/strict';
import { configOf } from '../support/config-of.js';
import { unusedPort } from '../support/raw-backend.js';
import { behaviour } from '../support/stage.js';
import { settled } from '../support/turns.js';

const services = { app: { url: 'http://pool.test:80', dns: { refresh: '30s' } } };

behaviour('an answer that comes while a reload opens a port is that of the configuration behind it', async (stage) => {
  const asked: ((answer: readonly string[]) => void)[] = [];
  const resolver = () => new Promise<readonly string[]>((resolve) => asked.push(resolve));
  const host_rules = [{ pattern: '*', target: 'app' }];
  await stage.start({ services, host_rules }, { resolver });
  const addresses = () =>
    stage.proxy.wings.services().flatMap(({ backends }) => backends.map(({ address }) => address));
  asked.shift()?.(['192.0.2.1']);
  await settled();
  assert.deepEqual(addresses(), ['192.0.2.1:80']);
  stage.clock.advance(30_000);
  await settled();
  const another = { pattern: '*', port: await unusedPort(), target: 'app' };
  const advanced = { port: 0, bind: '127.0.0.1' };
  const next = configOf(JSON.stringify({ services, host_rules: [...host_rules, another], advanced }));
  const reloading = stage.proxy.reload(next);
  asked.shift()?.(['192.0.2.2']);
  assert.equal((await reloading).ok, true);
  assert.deepEqual(addresses(), ['192.0.2.2:80']);
});
