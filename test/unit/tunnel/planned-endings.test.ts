import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndingCode } from '../../../src/tunnel/endings.js';
import { StubTunnel } from './stub-tunnel.js';

const HELLO = '810548656c6c6f';
const MASKED_HELLO = '818537fa213d7f9f4d5158';
const MASKED_CLOSE = '888237fa213d3412';
const PING = '890161';
const FOREVER = { pingIntervalMs: 0, readTimeoutMs: 0 };

/** The Close that goes to a client. */
function closeOf(code: number, reason: string): string {
  const text = Buffer.from(reason);
  return `88${(2 + text.length).toString(16).padStart(2, '0')}${code.toString(16).padStart(4, '0')}${text.toString('hex')}`;
}

/** The client answers, the backend is told, both go: how it ended. */
function assertEnds(stub: StubTunnel, code: EndingCode, detail: string): void {
  assert.equal(stub.backend.taken(), '');
  stub.client.comes(MASKED_HELLO + MASKED_CLOSE);
  const [relayed, told] = [stub.backend.hex.slice(0, MASKED_HELLO.length), stub.backend.hex.slice(MASKED_HELLO.length)];
  assert.equal(relayed, MASKED_HELLO);
  const close = Buffer.from(told, 'hex');
  assert.equal(close.readUInt16BE(6) ^ close.readUInt16BE(2), 1001);
  stub.backend.closes();
  stub.client.closes();
  const [end] = stub.ends;
  assert.deepEqual([end?.error?.code, end?.error?.message, end?.report.closedBy], [code, detail, 'proxy']);
}

test('a tunnel without a data frame either way for idle_timeout is ended; pings do not count', () => {
  const stub = new StubTunnel({ ...FOREVER, idleTimeoutMs: 300_000 });
  for (const [side, frame] of [
    ['client', MASKED_HELLO],
    ['backend', HELLO],
  ] as const) {
    stub.pass(299_000);
    stub[side].comes(frame);
  }
  stub.client.taken();
  for (let passed = 0; passed < 300_000; passed += 10_000) {
    assert.equal(stub.client.taken().replaceAll(PING, ''), '');
    stub.backend.comes(PING);
    stub.pass(10_000);
  }
  stub.backend.taken();
  stub.pass(250);
  assert.equal(stub.client.taken().replaceAll(PING, ''), closeOf(1001, 'idle 300 s'));
  assertEnds(stub, 'tunnel-idle', 'no message for 300 s');
});

test('a frame that goes on for long is not idle, nor one that waits', () => {
  const stub = new StubTunnel({ ...FOREVER, idleTimeoutMs: 10_000, writeTimeoutMs: 0 });
  stub.backend.comes('827f0000000000100000');
  for (let passed = 0; passed < 60_000; passed += 5_000) {
    stub.pass(5_000);
    stub.backend.comes('00');
  }
  stub.client.queuedBytes = 1;
  stub.pass(60_000);
  assert.ok(!stub.client.calls.includes('destroy'));
  stub.client.queuedBytes = 0;
  stub.pass(10_000);
  assert.ok(!stub.client.calls.includes('destroy'));
  // Its boundary does not come.
  stub.pass(4_250);
  assert.ok(stub.client.calls.includes('destroy'));
});

test('a tunnel ends after max_lifetime, however much goes through it, at the end of a message', () => {
  const stub = new StubTunnel({ ...FOREVER, maxLifetimeMs: 3_600_000 });
  for (let passed = 0; passed < 3_599_000; passed += 1_000) {
    stub.pass(1_000);
    stub.backend.comes(HELLO);
  }
  stub.backend.comes(HELLO.slice(0, 8));
  stub.client.taken();
  stub.pass(1_500);
  assert.equal(stub.client.taken(), '');
  stub.backend.comes(HELLO.slice(8) + HELLO);
  assert.equal(stub.client.taken(), HELLO.slice(8) + closeOf(1001, 'lifetime 3600 s'));
  assertEnds(stub, 'tunnel-lifetime', 'open for 3600 s');
});

test('an operator closes with the code and reason given', () => {
  const stub = new StubTunnel();
  stub.tunnel.close(4000, 'go away');
  assert.equal(stub.client.taken(), closeOf(4000, 'go away'));
  stub.tunnel.close(4001, 'again');
  assert.equal(stub.client.taken(), '');
  assert.equal(stub.tunnel.view().state, 'closing');
  assertEnds(stub, 'tunnel-killed', 'with 4000 go away');
  assert.equal(stub.ends[0]?.report.code, 4000);
});

test('an operator whose code may not be on the wire is told so at once', () => {
  const stub = new StubTunnel();
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 1000.5, Number.NaN]) {
    assert.throws(() => stub.tunnel.close(code, ''), RangeError, `${code}`);
  }
  assert.deepEqual([stub.client.hex, stub.tunnel.view().state], ['', 'open']);
});

test('a reason is cut to 123 bytes, between two characters', () => {
  const stub = new StubTunnel();
  stub.tunnel.close(1001, 'ä'.repeat(100));
  assert.equal(stub.client.taken(), closeOf(1001, 'ä'.repeat(61)));
});

test('of two planned endings the first counts', () => {
  const stub = new StubTunnel({ ...FOREVER, maxLifetimeMs: 1_000, idleTimeoutMs: 500 });
  stub.backend.comes(HELLO.slice(0, 8));
  stub.pass(1_000);
  stub.tunnel.drain();
  stub.tunnel.close(4000, 'later');
  stub.client.taken();
  stub.backend.comes(HELLO.slice(8));
  assert.equal(stub.client.taken(), HELLO.slice(8) + closeOf(1001, 'idle 0.5 s'));
});

test('a tunnel whose token expired is ended by the code it was given, also where the machine slept through it', () => {
  const stub = new StubTunnel(FOREVER, '', { atMs: 60_000, closeCode: 4000 });
  stub.pass(10_000);
  assert.equal(stub.client.taken(), '');
  stub.clock.sleep(3_600_000);
  stub.pass(500);
  assert.equal(stub.client.taken(), closeOf(4000, 'token expired'));
  assertEnds(stub, 'token-expired', 'the token has expired');
});

test('no token expires while another ending is under way', () => {
  const stub = new StubTunnel(FOREVER, '', { atMs: 1_000, closeCode: 4000 });
  stub.tunnel.drain();
  assert.equal(stub.client.taken(), closeOf(1012, 'service restart'));
  stub.pass(2_000);
  assert.equal(stub.client.taken(), '');
  assertEnds(stub, 'drained', 'the proxy shuts down');
});
