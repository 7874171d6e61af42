import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../support/turns.js';
import { adoptAccepted } from './adopt-accepted.js';
import { Loopback, socketOptions } from './real-kinds.js';
import { RecordingOwner } from './recording-owner.js';

/** More than the kernel takes of a peer that does not read. */
const MUCH = Buffer.alloc(16 * 1024 * 1024, 'x');

test('a socket keeps to the write buffer it was made with, and says when it has drained', async (t) => {
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const peer = await loopback.connect();
  peer.pause();
  const options = { ...socketOptions(false), writeBufferBytes: 64 * 1024 * 1024 };
  const channel = adoptAccepted(await loopback.accepted(), options);
  t.after(() => channel.destroy());
  const owner = new RecordingOwner();
  channel.owner = owner;
  // As a reload does, while the connection is open.
  options.writeBufferBytes = 1024;
  assert.equal(channel.write(MUCH, 0, MUCH.length), true, 'not congested: nothing would ever say that it is over');
  assert.equal(channel.congested, false);
  let read = 0;
  peer.on('data', (bytes: Buffer) => {
    read += bytes.length;
  });
  peer.resume();
  await until(() => read === MUCH.length, 'all of it');
});
