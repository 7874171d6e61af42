import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { RawPeer } from '../../support/raw-peer.js';
import { get } from '../../support/wire.js';
import { RunningCommand } from './command.js';

const EXAMPLE = 'examples/behind-a-load-balancer.yaml';

test(`${EXAMPLE} takes the client from the PROXY header`, async () => {
  const proxy = new RunningCommand(['run', '-c', EXAMPLE, '--port', '0']);
  after(() => proxy.kill());
  const [, port] = await proxy.seen(/listening on [^"]*:(\d+)/);
  const client = await RawPeer.connect(Number(port));
  client.send(`PROXY TCP4 203.0.113.7 192.0.2.1 51000 80\r\n${get()}`);
  assert.equal((await client.takeResponse()).status, 404);
  client.destroy();
  await proxy.seen(/"code":"no-route".*"client":"203\.0\.113\.7"/);
  proxy.signal('SIGTERM');
  assert.equal((await proxy.ended()).status, 0);
});
