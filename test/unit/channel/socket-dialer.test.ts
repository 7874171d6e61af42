import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel } from '../../../src/channel/channel.js';
import { socketDialer } from '../../../src/channel/socket-dialer.js';
import { unusedPort } from '../../support/raw-backend.js';
import { settled, until } from '../../support/turns.js';
import { Loopback, socketOptions } from './real-kinds.js';

const dial = socketDialer({ ...socketOptions(false), writeBufferBytes: 64 * 1024 });

class Dialing {
  readonly channels: Channel[] = [];
  readonly codes: (string | undefined)[] = [];

  dialConnected(channel: Channel): void {
    this.channels.push(channel);
  }

  dialFailed(error: Error & { code?: string }): void {
    this.codes.push(error.code);
  }
}

test('a refused connection is told once, with its code, in a later tick', async () => {
  const dialing = new Dialing();
  dial({ host: '127.0.0.1', port: await unusedPort() }, dialing);
  assert.deepEqual(dialing.codes, []);
  await until(() => dialing.codes.length > 0, 'the refusal');
  await settled();
  assert.deepEqual(dialing.codes, ['ECONNREFUSED']);
});

test('what was given up is told nothing more', async (t) => {
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const dialing = new Dialing();
  const giveUp = dial({ host: '127.0.0.1', port: await loopback.port() }, dialing);
  giveUp();
  giveUp();
  await settled();
  assert.deepEqual([dialing.channels, dialing.codes], [[], []]);
});

test('giving up after the connection is there leaves the channel alone', async (t) => {
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const dialing = new Dialing();
  const giveUp = dial({ host: '127.0.0.1', port: await loopback.port() }, dialing);
  await until(() => dialing.channels.length > 0, 'the connection');
  giveUp();
  await settled();
  assert.equal(dialing.channels[0]?.closed, false);
  assert.equal(dialing.channels[0]?.writable, true);
  dialing.channels[0]?.destroy();
});
