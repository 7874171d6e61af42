import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StubTunnel } from './stub-tunnel.js';

const HELLO = '810548656c6c6f';
const MASKED_HELLO = '818537fa213d7f9f4d5158';
const CLOSE = '880203e8';
const MASKED_CLOSE = '888237fa213d3412';
const DRAINED = `881103f4${Buffer.from('service restart').toString('hex')}`;
const GONE = `880e03f3${Buffer.from('backend gone').toString('hex')}`;

test('both sides are read from the start', () => {
  const { client, backend } = new StubTunnel();
  assert.deepEqual([client.calls, backend.calls], [['resume'], ['resume']]);
});

test('a congested side has the other paused until it takes bytes again', () => {
  const { client, backend } = new StubTunnel();
  client.congested = true;
  backend.comes(HELLO);
  assert.deepEqual(backend.calls, ['resume', 'pause']);
  backend.comes(HELLO);
  client.congested = false;
  client.owner.onWritable();
  assert.deepEqual(backend.calls, ['resume', 'pause', 'pause', 'resume']);
  assert.equal(client.hex, HELLO + HELLO);
});

test('a congested side that is told has the other read on, to be discarded', () => {
  const { client, backend } = new StubTunnel();
  backend.congested = true;
  client.comes(MASKED_HELLO);
  assert.deepEqual(client.calls, ['resume', 'pause']);
  client.comes(MASKED_CLOSE);
  assert.deepEqual(client.calls, ['resume', 'pause', 'pause', 'resume']);
  client.comes(MASKED_HELLO);
  assert.equal(backend.hex, MASKED_HELLO + MASKED_CLOSE);
});

test('a tunnel ends once, when both channels have closed, and gives the client side back once', () => {
  const stub = new StubTunnel();
  stub.backend.closes(new Error('reset'));
  assert.equal(stub.client.taken(), GONE);
  assert.deepEqual([stub.ends.length, stub.clientClosed], [0, 0]);
  stub.client.comes(MASKED_CLOSE);
  assert.deepEqual(stub.client.calls.slice(-2), ['end', 'resume']);
  stub.client.closes();
  assert.deepEqual([stub.ends.length, stub.clientClosed, stub.deadlines.size], [1, 1, 0]);
  stub.tunnel.drain();
  stub.tunnel.cut();
  assert.deepEqual([stub.ends.length, stub.client.taken(), stub.ends[0]?.error?.code], [1, '', 'backend-gone']);
});

test('a drain looks for a boundary inside a chunk too, and what follows it is discarded', () => {
  const stub = new StubTunnel();
  stub.backend.comes(HELLO.slice(0, 8));
  stub.tunnel.drain();
  assert.equal(stub.client.taken(), HELLO.slice(0, 8));
  stub.backend.comes(HELLO.slice(8) + HELLO + HELLO.slice(0, 8));
  assert.equal(stub.client.taken(), HELLO.slice(8) + DRAINED);
});

test('a drain waits 2 s for a message, 2 s for a frame, then cuts', () => {
  const stub = new StubTunnel();
  stub.backend.comes('010161');
  stub.tunnel.drain();
  stub.client.taken();
  stub.backend.comes('000162');
  stub.pass(1_750);
  assert.equal(stub.client.taken(), '000162');
  stub.pass(250);
  assert.equal(stub.client.taken(), DRAINED);
  const cut = new StubTunnel();
  cut.backend.comes(HELLO.slice(0, 8));
  cut.tunnel.drain();
  cut.pass(3_750);
  assert.ok(!cut.client.calls.includes('destroy'));
  cut.pass(250);
  assert.ok(cut.client.calls.includes('destroy'));
  assert.match(cut.backend.hex, /^8891/);
});

test('the codes of the policy are used', () => {
  const gone = new StubTunnel({ badGatewayCode: 1014 });
  gone.backend.owner.onEnd();
  assert.ok(gone.client.hex.startsWith('880e03f6'));
  const drained = new StubTunnel({ drainCode: 1001 });
  drained.tunnel.drain();
  assert.ok(drained.client.hex.startsWith('881103e9'));
});

test('a write timeout of 0 never ends a tunnel', () => {
  const stub = new StubTunnel({ writeTimeoutMs: 0 });
  stub.client.queuedBytes = 100;
  stub.pass(600_000);
  assert.ok(!stub.client.calls.includes('destroy'));
  const limited = new StubTunnel({ writeTimeoutMs: 5_000 });
  limited.client.queuedBytes = 100;
  limited.pass(5_000);
  assert.ok(!limited.client.calls.includes('destroy'));
  limited.pass(500);
  assert.ok(limited.client.calls.includes('destroy'));
});

test('close_timeout of a Close of ours counts from when it was flushed', () => {
  const stub = new StubTunnel({ closeTimeoutMs: 3_000 });
  stub.client.queuedBytes = 500;
  stub.backend.owner.onEnd();
  for (let count = 0; count < 20; count++) {
    stub.client.queuedBytes--;
    stub.pass(1_000);
  }
  assert.ok(!stub.client.calls.includes('destroy'));
  stub.client.queuedBytes = 0;
  stub.pass(2_750);
  assert.ok(!stub.client.calls.includes('destroy'));
  stub.pass(500);
  assert.ok(stub.client.calls.includes('destroy'));
});

test('close_timeout of a Close that was relayed counts from then', () => {
  const stub = new StubTunnel({ closeTimeoutMs: 3_000 });
  stub.client.comes(MASKED_CLOSE);
  stub.pass(2_750);
  assert.ok(!stub.backend.calls.includes('destroy'));
  stub.pass(250);
  assert.ok(stub.backend.calls.includes('destroy'));
  stub.backend.closes();
  assert.equal(stub.client.taken(), GONE);
});

test('a side that takes nothing any more is gone, though it still sends', () => {
  const stub = new StubTunnel();
  stub.client.writable = false;
  stub.client.owner.onWriteFailed();
  assert.match(stub.backend.hex, /^8/);
  assert.equal(stub.backend.hex.length, 2 * (6 + 2 + 'client gone'.length));
  stub.client.comes(MASKED_HELLO);
  assert.equal(stub.backend.hex.length, 2 * (6 + 2 + 'client gone'.length));
});

test('an extension other than permessage-deflate may use any reserved bit', () => {
  const RSV3 = '910548656c6c6f';
  for (const [extensions, passes] of [
    ['', false],
    ['permessage-deflate; client_max_window_bits=10', false],
    ['x-other', true],
    ['permessage-deflate, x-other', true],
  ] as const) {
    const stub = new StubTunnel({}, extensions);
    stub.backend.comes(RSV3);
    assert.equal(stub.client.hex === RSV3, passes, extensions);
  }
});

test('a Close of the backend that comes behind our own to the client goes nowhere', () => {
  const stub = new StubTunnel();
  stub.tunnel.drain();
  assert.equal(stub.client.taken(), DRAINED);
  stub.backend.comes(CLOSE);
  assert.equal(stub.client.taken(), '');
  stub.client.comes(MASKED_HELLO);
  assert.equal(stub.backend.taken(), MASKED_HELLO);
  stub.client.comes(MASKED_CLOSE);
  assert.match(stub.backend.taken(), /^88/);
});

test('a second Close does not begin close_timeout anew', () => {
  const stub = new StubTunnel({ closeTimeoutMs: 3_000 });
  stub.tunnel.drain();
  stub.pass(2_000);
  stub.backend.comes(CLOSE);
  stub.pass(750);
  assert.ok(!stub.client.calls.includes('destroy'));
  stub.pass(250);
  assert.ok(stub.client.calls.includes('destroy'));
});

test('what a side sends behind its Close is not even looked at', () => {
  const stub = new StubTunnel();
  stub.client.comes(MASKED_CLOSE);
  stub.client.comes('ff');
  stub.client.comes('ffff');
  assert.deepEqual([stub.backend.hex, stub.client.hex], [MASKED_CLOSE, '']);
  stub.client.owner.onEnd();
  stub.backend.comes(CLOSE);
  assert.equal(stub.client.hex, CLOSE);
});

test('a peer that broke the protocol is not read for the other any more', () => {
  const stub = new StubTunnel();
  stub.client.comes('8300');
  assert.match(stub.client.hex, /^88..03ea/);
  stub.client.comes(MASKED_HELLO);
  stub.client.comes('8300');
  assert.equal(stub.client.hex.length, 2 * (4 + 'protocol error of the client'.length));
  assert.equal(stub.backend.hex.length, 2 * (8 + 'protocol error of the client'.length));
});

test('the first cause is the one that is told of', () => {
  const stub = new StubTunnel();
  stub.client.comes('8300');
  stub.backend.closes(new Error('reset'));
  stub.client.closes();
  assert.equal(stub.ends[0]?.error?.code, 'client-protocol-error');
  assert.equal(stub.ends[0]?.report.closedBy, 'client');
});

test('at close_timeout only those are cut that were told', () => {
  const stub = new StubTunnel({ closeTimeoutMs: 3_000 });
  stub.client.comes(MASKED_CLOSE);
  stub.pass(3_000);
  assert.deepEqual([stub.backend.calls.includes('destroy'), stub.client.calls.includes('destroy')], [true, false]);
});

test('a side that takes nothing is cut without a word, at a boundary too', () => {
  const stub = new StubTunnel({ writeTimeoutMs: 5_000 });
  stub.client.queuedBytes = 100;
  stub.pass(6_000);
  assert.deepEqual([stub.client.hex, stub.client.calls.includes('destroy')], ['', true]);
  assert.match(stub.backend.hex, /^8896/);
});
