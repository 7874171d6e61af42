import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StubTunnel } from './stub-tunnel.js';

const MASK = '37fa213d';

test('each direction counts bytes, messages by opcode and size, and control frames', () => {
  const stub = new StubTunnel({ logMessages: true });
  const client = `8185${MASK}7f9f4d51580282${MASK}0000${`8980${MASK}`}8083${MASK}000000${`8a80${MASK}`}`;
  stub.client.comes(client);
  stub.backend.comes(`827e00c8${'00'.repeat(200)}8100880203e8`);
  const { fromClient, fromBackend } = stub.numbers;
  assert.deepEqual([fromClient.textMessages, fromClient.binaryMessages], [1, 1]);
  assert.deepEqual([fromClient.pings, fromClient.pongs, fromClient.closes], [1, 1, 0]);
  assert.deepEqual(
    [fromClient.bytes, fromClient.messageBytes.sum, fromClient.messageBytes.count],
    [client.length / 2, 10, 2],
  );
  assert.deepEqual([fromBackend.textMessages, fromBackend.binaryMessages, fromBackend.closes], [1, 1, 1]);
  assert.deepEqual([fromBackend.bytes, fromBackend.messageBytes.sum], [204 + 2 + 4, 200]);
  assert.deepEqual([fromBackend.messageWaitSeconds.count, fromBackend.messageWaitSeconds.sum], [2, 0]);
  assert.deepEqual(stub.messages, [
    { from: 'client', binary: false, bytes: 5, waitedMs: 0 },
    { from: 'client', binary: true, bytes: 5, waitedMs: 0 },
    { from: 'backend', binary: true, bytes: 200, waitedMs: 0 },
    { from: 'backend', binary: false, bytes: 0, waitedMs: 0 },
  ]);
});

test('a message that a congested side has not taken waits until it has', () => {
  const stub = new StubTunnel({ logMessages: true });
  stub.client.congested = true;
  stub.backend.comes('810161');
  assert.deepEqual([stub.messages, stub.numbers.fromBackend.messageWaitSeconds.count], [[], 0]);
  stub.pass(1_500);
  stub.client.congested = false;
  stub.client.owner.onWritable();
  assert.deepEqual(stub.messages, [{ from: 'backend', binary: false, bytes: 1, waitedMs: 1_500 }]);
  assert.equal(stub.numbers.fromBackend.messageWaitSeconds.sum, 1.5);
});

test('what is discarded counts for nothing', () => {
  const stub = new StubTunnel({ logMessages: true });
  stub.tunnel.drain();
  stub.backend.comes('810161');
  assert.deepEqual([stub.messages, stub.numbers.fromBackend.textMessages, stub.numbers.fromBackend.bytes], [[], 0, 0]);
});

test('nobody is told of messages unless the policy says so', () => {
  const stub = new StubTunnel();
  stub.backend.comes('810161');
  assert.deepEqual([stub.messages, stub.numbers.fromBackend.textMessages], [[], 1]);
});

test('a Close that still waited when its side was given up counts as none', () => {
  const stub = new StubTunnel({ writeTimeoutMs: 5_000 });
  stub.client.queuedBytes = 100;
  stub.tunnel.close(4000, '');
  stub.pass(6_000);
  stub.client.closes();
  stub.backend.comes('880203e8');
  stub.backend.closes();
  const { client, backend } = stub.ends[0]?.report ?? assert.fail();
  assert.deepEqual([client.sentCode, client.frameCut], [null, true]);
  assert.deepEqual([backend.sentCode, backend.frameCut], [1001, false]);
});

test('a report has the first code, and whether a frame was cut', () => {
  const none = new StubTunnel();
  none.backend.comes('8105');
  none.backend.closes();
  none.client.closes();
  const [end] = none.ends;
  assert.deepEqual([end?.report.code, end?.report.client.frameCut, end?.report.backend.frameCut], [1006, true, false]);
  const bare = new StubTunnel();
  bare.client.comes(`8880${MASK}`);
  bare.backend.comes('880203e8');
  bare.client.closes();
  bare.backend.closes();
  assert.deepEqual([bare.ends[0]?.report.code, bare.ends[0]?.report.client.frameCut], [1005, false]);
  const { pings, pongs, roundTripMs } = bare.ends[0]?.report.client ?? assert.fail();
  assert.deepEqual([pings, pongs, roundTripMs], [0, 0, null]);
});
