import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { testDirectWrite, WRITE_FAILED, writeDirectly } from '../../../src/channel/direct-write.js';
import { until } from '../../support/turns.js';
import { Loopback } from './real-kinds.js';

test('the self-test gives a verdict, the same one each time, and leaves no socket open', async () => {
  const before = openSockets();
  const verdict = await testDirectWrite({});
  assert.deepEqual(openSockets(), before);
  assert.equal(typeof verdict.works, 'boolean');
  assert.equal(await testDirectWrite({}), verdict);
});

test('TOYOU_DATA_PLANE=streams goes without it', async () => {
  assert.deepEqual(await testDirectWrite({ TOYOU_DATA_PLANE: 'streams' }), {
    works: false,
    reason: 'TOYOU_DATA_PLANE=streams',
  });
});

test('bytes leave in the same tick; a full kernel takes a part, then none', async (t) => {
  if (await takesNothing()) return;
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const near = await loopback.connect();
  const far = await loopback.accepted();
  far.pause();
  const bytes = Buffer.alloc(1024 * 1024, 'd');
  let taken = 0;
  for (let last = -1; last !== 0; taken += last) last = writeDirectly(near, bytes, 0, bytes.length);
  let received = 0;
  far.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  far.resume();
  await until(() => received === taken, 'what was taken');
  far.destroy();
});

test('a write that fails is told, not thrown', async (t) => {
  if (await takesNothing()) return;
  const loopback = new Loopback();
  t.after(() => loopback.close());
  const near = await loopback.connect();
  await new Promise<void>((resolve) => near.end(resolve));
  assert.equal(writeDirectly(near, Buffer.from('x'), 0, 1), WRITE_FAILED);
});

test('a socket without a descriptor takes nothing', () => {
  const socket = new net.Socket();
  assert.equal(writeDirectly(socket, Buffer.from('x'), 0, 1), 0);
  socket.destroy();
});

function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP'));
}

/** Where Node shows no descriptors, the direct write takes nothing, and that is all there is to hold. */
async function takesNothing(): Promise<boolean> {
  if ((await testDirectWrite({})).works) return false;
  assert.equal(writeDirectly(new net.Socket(), Buffer.from('a'), 0, 1), 0);
  return true;
}
