import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { BufferedChannel } from '../../../src/channel/buffered-channel.js';
import { StreamChannel } from '../../../src/channel/stream-channel.js';
import { until } from '../../support/turns.js';
import { adoptAccepted } from './adopt-accepted.js';
import { holdsTheChannelContract } from './channel-contract.js';
import { socketOptions, unixSockets } from './real-kinds.js';
import { own } from './recording-owner.js';

const folder = mkdtempSync(join(tmpdir(), 'toyou-'));
after(() => rmSync(folder, { recursive: true }));

async function acceptedAt(path: string, wrap: (socket: net.Socket) => BufferedChannel) {
  const server = net.createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<BufferedChannel>((resolve) => {
    server.once('connection', (socket) => resolve(wrap(socket)));
  });
  const client = net.connect({ path, allowHalfOpen: true });
  const channel = await accepted;
  server.close();
  return { channel, client };
}

const wraps = {
  adopted: (socket: net.Socket) => adoptAccepted(socket, { ...socketOptions(true), writeBufferBytes: 1_000 }),
  wrapped: (socket: net.Socket) => new StreamChannel(socket, 1_000),
};

const skip = process.platform === 'win32' ? 'Windows has no Unix sockets' : false;

if (skip === false) {
  for (const directWrite of [false, true]) {
    holdsTheChannelContract(unixSockets('accepted', directWrite));
    holdsTheChannelContract(unixSockets('dialed', directWrite));
  }
}

for (const reset of [false, true]) {
  const how = reset ? 'with bytes unread has reset the connection' : 'has ended it';
  test(`a Unix peer that closes right behind its last bytes ${how}`, { skip }, async () => {
    const { channel, client } = await acceptedAt(join(folder, `end-${reset}`), wraps.adopted);
    const owner = own(channel, { inside: (call) => (call === 'end' ? channel.end() : undefined) });
    if (client.connecting) await once(client, 'connect');
    client.pause();
    if (reset) channel.writeText('never read');
    // In one turn, so that the bytes and the close are there together.
    client.write('last words');
    client.destroy();
    await until(() => owner.count('close') === 1, 'the close');
    assert.deepEqual([owner.text, owner.count('end')], ['last words', reset ? 0 : 1]);
    const code = owner.closeError && 'code' in owner.closeError ? owner.closeError.code : null;
    assert.equal(code, reset ? 'ECONNRESET' : null);
  });
}

for (const [name, wrap] of Object.entries(wraps)) {
  test(`a Unix socket, ${name}, reads and writes`, {
    skip,
  }, async () => {
    const { channel, client } = await acceptedAt(join(folder, `${name}-1`), wrap);
    const owner = own(channel, { inside: (call) => (call === 'end' ? channel.end() : undefined) });
    let received = '';
    client.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    client.end('ping');
    channel.writeText('pong');
    await until(() => owner.count('close') === 1, 'the close');
    assert.deepEqual([owner.text, received, owner.closeError], ['ping', 'pong', null]);
  });

  test(`a Unix socket, ${name}, has no reset of its own: it is destroyed`, {
    skip,
  }, async () => {
    const { channel, client } = await acceptedAt(join(folder, `${name}-2`), wrap);
    const owner = own(channel);
    client.resume();
    channel.destroy(true);
    await until(() => owner.count('close') === 1, 'the close');
    assert.equal(owner.closeError, null);
    client.destroy();
  });
}
