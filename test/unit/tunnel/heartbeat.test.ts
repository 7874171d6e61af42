import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SpyChannel, StubTunnel } from './stub-tunnel.js';

const HELLO = '810548656c6c6f';
const MASKED_HELLO = '818537fa213d7f9f4d5158';
const CLOSE = '880203e8';
const MASK = '37fa213d';
/** Another endpoint's ping and its pong, with a payload of one byte. */
const PING = '890161';
const PONG = '8a0161';
const MASKED_PING = `8981${MASK}56`;
const MASKED_PONG = `8a81${MASK}56`;
const PERIOD = 250;

/** The payload of the ping of ours that came last, in hex. */
function pinged(channel: SpyChannel, masked: boolean): string {
  const frame = Buffer.from(channel.taken(), 'hex');
  assert.equal(frame.toString('hex', 0, 2), masked ? '8988' : '8908', 'one ping of 8 bytes, and nothing else');
  assert.equal(frame.length, masked ? 14 : 10);
  if (!masked) return frame.toString('hex', 2);
  return Buffer.from(frame.subarray(6).map((byte, at) => byte ^ (frame[2 + (at & 3)] ?? 0))).toString('hex');
}

/** A pong of the client: masked. */
function maskedPong(payload: string): string {
  const key = Buffer.from(MASK, 'hex');
  const masked = Buffer.from(payload, 'hex').map((byte, at) => byte ^ (key[at & 3] ?? 0));
  return `8a88${MASK}${Buffer.from(masked).toString('hex')}`;
}

/** Both sides answer the pings that they got; then nothing was written to them. */
function bothAnswer({ client, backend }: StubTunnel): void {
  client.comes(maskedPong(pinged(client, false)));
  backend.comes(`8a08${pinged(backend, true)}`);
  assert.deepEqual([client.taken(), backend.taken()], ['', '']);
}

test('a side that is silent for ping_interval is pinged; its pong goes nowhere, and gives the round trip', () => {
  const stub = new StubTunnel();
  stub.pass(30_000 - PERIOD);
  assert.deepEqual([stub.client.hex, stub.backend.hex], ['', '']);
  stub.pass(PERIOD);
  stub.clock.advance(40);
  bothAnswer(stub);
  const { client, backend } = stub.tunnel.view();
  assert.deepEqual([client.roundTripMs, backend.roundTripMs], [40, 40]);
  assert.deepEqual([client.pongs, backend.pongs, client.bytes, backend.bytes], [1, 1, 0, 0]);
  const { fromClient, fromBackend } = stub.numbers;
  assert.deepEqual([fromClient.pongs, fromClient.roundTripSeconds.sum], [1, 0.04]);
  assert.deepEqual([fromBackend.pongs, fromBackend.roundTripSeconds.sum], [1, 0.04]);
});

test('sides that answer live on, with a ping each ping_interval', () => {
  const stub = new StubTunnel();
  for (let count = 0; count < 20; count++) {
    stub.pass(30_000);
    bothAnswer(stub);
  }
  assert.equal(stub.numbers.fromClient.roundTripSeconds.count, 20);
});

test('a pong of ours is taken out of the middle of what comes', () => {
  const stub = new StubTunnel();
  stub.pass(30_000);
  const payload = pinged(stub.backend, true);
  stub.client.taken();
  stub.backend.comes(`${HELLO}${PONG}8a08${payload}${HELLO}`);
  assert.equal(stub.client.taken(), HELLO + PONG + HELLO);
  // It was answered: whoever says it again says it of its own.
  stub.backend.comes(`8a08${payload}`);
  assert.equal(stub.client.taken(), `8a08${payload}`);
});

test('a pong that comes in pieces, inside a fragmented message, is taken out whole', () => {
  const stub = new StubTunnel();
  stub.client.comes(`0181${MASK}56`);
  stub.pass(30_000);
  const pong = maskedPong(pinged(stub.client, false));
  stub.backend.taken();
  for (let at = 0; at < pong.length; at += 2) stub.client.comes(pong.slice(at, at + 2));
  stub.client.comes(`8081${MASK}56`);
  assert.equal(stub.backend.taken(), `8081${MASK}56`);
});

test('an answer that comes late, behind a newer ping, goes nowhere either', () => {
  const stub = new StubTunnel({ pongTimeoutMs: 0 });
  stub.pass(30_000);
  const first = pinged(stub.client, false);
  stub.client.comes(MASKED_HELLO);
  stub.pass(30_000);
  const second = pinged(stub.client, false);
  stub.backend.taken();
  stub.client.comes(maskedPong(first));
  assert.equal(stub.tunnel.view().client.roundTripMs, null);
  stub.client.comes(maskedPong(second));
  assert.deepEqual([stub.backend.taken(), stub.tunnel.view().client.roundTripMs], ['', 0]);
});

test('pings to a backend are masked with a fresh key, and no two are alike', () => {
  const frames = new Set<string>();
  for (let count = 0; count < 20; count++) {
    const stub = new StubTunnel();
    stub.pass(30_000);
    frames.add(stub.backend.hex.slice(4, 12));
  }
  assert.equal(frames.size, 20);
});

test('a ping waits for the end of a frame', () => {
  const stub = new StubTunnel();
  stub.backend.comes(HELLO.slice(0, 8));
  stub.pass(31_000);
  assert.equal(stub.client.taken(), HELLO.slice(0, 8));
  stub.backend.comes(HELLO.slice(8));
  assert.equal(stub.client.taken(), HELLO.slice(8));
  stub.pass(PERIOD);
  pinged(stub.client, false);
});

test('a ping goes in front of a header that is held back', () => {
  const stub = new StubTunnel();
  stub.backend.comes(HELLO.slice(0, 2));
  stub.pass(30_000);
  pinged(stub.client, false);
  stub.backend.comes(HELLO.slice(2));
  assert.equal(stub.client.taken(), HELLO);
});

test('while the ping of an endpoint is unanswered there is none of ours', () => {
  for (const [from, to, ping, pong] of [
    ['client', 'backend', MASKED_PING, PONG],
    ['backend', 'client', PING, MASKED_PONG],
  ] as const) {
    const stub = new StubTunnel({ pongTimeoutMs: 0 });
    stub[from].comes(ping);
    assert.equal(stub[to].taken(), ping);
    stub.pass(45_000);
    assert.equal(stub[to].taken(), '');
    stub[to].comes(pong);
    assert.ok(stub[from].taken().endsWith(pong));
    // Whatever else came: it asks for no answer.
    stub[from].comes(from === 'client' ? MASKED_PONG : PONG);
    stub[to].taken();
    stub.pass(30_000);
    pinged(stub[to], to === 'backend');
  }
});

test('an answer to an older ping of an endpoint is not that to its latest', () => {
  const stub = new StubTunnel({ pongTimeoutMs: 0 });
  stub.backend.comes(`${PING}890162`);
  stub.client.taken();
  stub.client.comes(MASKED_PONG);
  stub.pass(30_000);
  assert.equal(stub.client.taken(), '');
  stub.pass(30_000);
  assert.equal(stub.client.taken(), '');
  stub.client.comes(`8a81${MASK}55`);
  stub.pass(30_000);
  pinged(stub.client, false);
});

test('a side that answers an endpoint no more than us is dead', () => {
  const stub = new StubTunnel();
  stub.backend.comes(PING);
  stub.pass(60_000 - PERIOD);
  assert.ok(!stub.client.calls.includes('destroy'));
  stub.pass(PERIOD);
  assert.ok(stub.client.calls.includes('destroy'));
});

test('a client without a byte within pong_timeout after a ping is cut, and the backend told', () => {
  const stub = new StubTunnel();
  for (let passed = 0; passed < 60_000 - PERIOD; passed += PERIOD) {
    stub.pass(PERIOD);
    stub.backend.comes(PONG);
  }
  pingedOnce(stub.client);
  assert.ok(!stub.client.calls.includes('destroy'));
  stub.pass(PERIOD);
  assert.ok(stub.client.calls.includes('destroy'));
  assert.match(stub.backend.taken(), /^888f/);
  stub.client.closes();
  stub.backend.comes(CLOSE);
  stub.backend.closes();
  const [end] = stub.ends;
  assert.equal(end?.error?.code, 'client-silent');
  assert.equal(end?.error?.message, 'no byte within 30 s after a ping');
  assert.deepEqual([end?.report.closedBy, end?.report.code], ['client', 1001]);
});

/** One ping of ours among what was written. */
function pingedOnce(channel: SpyChannel): void {
  assert.equal(channel.hex.match(/8908/g)?.length, 1);
}

test('a backend without a byte within pong_timeout after a ping is cut, and the client told', () => {
  const stub = new StubTunnel({ pingIntervalMs: 2_000, pongTimeoutMs: 1_000 });
  for (let passed = 0; passed < 3_000; passed += PERIOD) {
    stub.client.comes(MASKED_PONG);
    stub.pass(PERIOD);
  }
  assert.equal(stub.client.hex, `881003f3${Buffer.from('backend silent').toString('hex')}`);
  assert.ok(stub.backend.calls.includes('destroy'));
});

test('any byte after a ping is a sign of life, and the next ping comes ping_interval after it', () => {
  const stub = new StubTunnel({ pingIntervalMs: 10_000, pongTimeoutMs: 5_000 });
  stub.pass(10_000);
  pingedOnce(stub.client);
  stub.client.taken();
  stub.pass(4_000);
  // The first byte of a header, which is held back.
  stub.client.comes('81');
  stub.backend.comes('81');
  stub.pass(10_000 - PERIOD);
  assert.equal(stub.client.taken(), '');
  stub.pass(PERIOD);
  pingedOnce(stub.client);
});

test('with ping_interval 0 there are no pings, and read_timeout is the longest silence', () => {
  for (const [dead, told] of [
    ['client', 'backend'],
    ['backend', 'client'],
  ] as const) {
    const stub = new StubTunnel({ pingIntervalMs: 0, readTimeoutMs: 20_000 });
    for (let passed = 0; passed < 20_000 - PERIOD; passed += PERIOD) {
      stub.pass(PERIOD);
      stub[told].comes(told === 'client' ? MASKED_PONG : PONG);
    }
    assert.equal(stub[told].hex, '');
    assert.ok(!stub[dead].calls.includes('destroy'));
    stub.pass(PERIOD);
    assert.ok(stub[dead].calls.includes('destroy'));
    assert.match(stub[told].hex, /^88/);
  }
  const endless = new StubTunnel({ pingIntervalMs: 0, readTimeoutMs: 0 });
  endless.pass(3_600_000);
  assert.deepEqual([endless.client.hex, endless.backend.hex, endless.ends], ['', '', []]);
});

test('a side for which bytes wait gets no ping and is not dead; its clocks start anew when it has taken them', () => {
  const stub = new StubTunnel({ writeTimeoutMs: 0 });
  const { client, backend } = stub;
  client.queuedBytes = 100;
  for (let count = 0; count < 20; count++) {
    stub.pass(10_000);
    backend.comes(PONG);
  }
  assert.equal(client.taken(), PONG.repeat(20));
  client.queuedBytes = 0;
  stub.pass(20_000);
  backend.comes(PONG);
  stub.pass(10_000 - PERIOD);
  assert.equal(client.taken(), PONG);
  stub.pass(PERIOD);
  pinged(client, false);
  // Asked already, then congested: it has its whole time again.
  stub.pass(15_000);
  backend.comes(PONG);
  stub.pass(14_000);
  client.queuedBytes = 100;
  stub.pass(20_000);
  backend.comes(PONG);
  client.queuedBytes = 0;
  backend.comes(PONG);
  stub.pass(29_000);
  assert.ok(!client.calls.includes('destroy'));
  stub.pass(1_000);
  assert.ok(client.calls.includes('destroy'));
});

test('a side that is not read, for the other is congested, gets no ping and is not dead', () => {
  const stub = new StubTunnel({ writeTimeoutMs: 0, pingIntervalMs: 0, readTimeoutMs: 10_000 });
  const { client, backend } = stub;
  client.congested = true;
  client.queuedBytes = 1;
  backend.comes(HELLO);
  stub.pass(100_000);
  assert.deepEqual(stub.ends, []);
  client.congested = false;
  client.queuedBytes = 0;
  client.owner.onWritable();
  client.comes(MASKED_HELLO);
  stub.pass(10_000 - PERIOD);
  client.comes(MASKED_HELLO);
  assert.ok(!backend.calls.includes('destroy'));
  stub.pass(PERIOD);
  assert.ok(backend.calls.includes('destroy'));
});

test('nobody is pinged behind a Close, nor judged for its silence', () => {
  const stub = new StubTunnel({ pingIntervalMs: 1_000, pongTimeoutMs: 1_000, closeTimeoutMs: 10_000 });
  stub.client.comes(`8882${MASK}3412`);
  stub.backend.taken();
  stub.pass(9_500);
  assert.deepEqual([stub.client.hex, stub.backend.hex], ['', '']);
  assert.ok(!stub.backend.calls.includes('destroy'));
  assert.ok(!stub.client.calls.includes('destroy'));
});

test('a machine that slept finds nobody dead', () => {
  const stub = new StubTunnel({ maxLifetimeMs: 50_000, idleTimeoutMs: 45_000 });
  stub.pass(29_000);
  for (let count = 0; count < 3; count++) {
    stub.clock.sleep(3_600_000);
    stub.clock.advance(0);
    assert.deepEqual([stub.client.hex, stub.backend.hex], ['', '']);
  }
  stub.pass(1_000);
  bothAnswer(stub);
  stub.clock.sleep(3_600_000);
  stub.clock.advance(0);
  assert.deepEqual([stub.client.hex, stub.backend.hex, stub.ends], ['', '', []]);
});
