import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelOwner } from '../../../../src/channel/channel.js';
import { acceptFor } from '../../../../src/protocol/websocket/handshake.js';
import { bad, GOOD, ScriptedProbe } from './probe-stand.js';

const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';

function asked(timeoutMs = 5000): ScriptedProbe {
  return new ScriptedProbe({ type: 'websocket', timeoutMs }).connect();
}

function accept(scripted: ScriptedProbe): string {
  return `Sec-WebSocket-Accept: ${acceptFor(scripted.key)}\r\n`;
}

/** Its handshake was agreed to, and the Close is sent. */
function agreed(timeoutMs?: number): ScriptedProbe {
  const scripted = asked(timeoutMs);
  return scripted.receive(`${SWITCHED}${accept(scripted)}\r\n`);
}

test('behind a valid 101 one masked Close with 1000 is sent, and nothing is told yet', () => {
  const scripted = agreed();
  const frame = Buffer.from(scripted.channel.text.split('\r\n\r\n')[1] ?? '', 'latin1');
  assert.equal(frame.length, 8);
  assert.deepEqual([...frame.subarray(0, 2)], [0x88, 0x82]);
  const mask = frame.subarray(2, 6);
  const code = ((frame[6] as number) ^ (mask[0] as number)) * 256 + ((frame[7] as number) ^ (mask[1] as number));
  assert.equal(code, 1000);
  assert.deepEqual(scripted.results, []);
  assert.deepEqual(scripted.host.counters.open(), { backendConnections: 1 });
  scripted.giveUp();
  assert.deepEqual(scripted.ended(), []);
});

const endings: Readonly<Record<string, (owner: ChannelOwner) => void>> = {
  'its end': (owner) => owner.onEnd(),
  'a reset': (owner) => owner.onClose(new Error('read ECONNRESET')),
  'a failed write': (owner) => owner.onWriteFailed(),
};

for (const [name, end] of Object.entries(endings)) {
  test(`the probe is good and over with ${name}`, () => {
    const scripted = agreed().receive('\x88\x02\x03\xe8');
    assert.deepEqual(scripted.results, []);
    end(scripted.channel.owner);
    assert.deepEqual(scripted.ended(), [GOOD]);
  });
}

test('whatever came behind the 101 is thrown away', () => {
  const scripted = asked();
  const { channel } = scripted;
  const bytes = Buffer.from(`${SWITCHED}${accept(scripted)}\r\n\x81\x02hi`, 'latin1');
  const { owner } = channel;
  const taken = owner.onChunk(bytes, 0, bytes.length);
  assert.equal(taken, bytes.length - 4, 'the rest waits for the next owner');
  assert.notEqual(channel.owner, owner);
  assert.equal(channel.calls.at(-1), 'resume');
  assert.equal(channel.owner.onChunk(bytes, taken, bytes.length), 4);
  channel.owner.onEnd();
  assert.deepEqual(scripted.ended(), [GOOD]);
});

test('a backend that goes on sending is cut off', () => {
  const scripted = agreed();
  scripted.receive('x'.repeat(64 * 1024));
  assert.deepEqual(scripted.results, []);
  scripted.receive('x');
  assert.deepEqual(scripted.ended(), [GOOD]);
});

test('a backend that never ends the connection is waited for one second', () => {
  const scripted = agreed();
  scripted.host.clock.advance(999);
  assert.deepEqual(scripted.results, []);
  scripted.host.clock.advance(1);
  assert.deepEqual(scripted.ended(), [GOOD]);
});

test('and no longer than the timeout', () => {
  const scripted = asked(600);
  scripted.host.clock.advance(500);
  scripted.receive(`${SWITCHED}${accept(scripted)}\r\n`);
  scripted.host.clock.advance(99);
  assert.deepEqual(scripted.results, []);
  scripted.host.clock.advance(1);
  assert.deepEqual(scripted.ended(), [GOOD]);
});

const refused: Readonly<Record<string, [answer: (scripted: ScriptedProbe) => string, reason: string]>> = {
  'a 200': [() => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'no valid 101: status 200'],
  'a 426': [() => 'HTTP/1.1 426 Upgrade Required\r\n\r\n', 'no valid 101: status 426'],
  'no Accept': [() => `${SWITCHED}\r\n`, 'no valid 101: Sec-WebSocket-Accept does not answer the key'],
  'a wrong Accept': [
    () => `${SWITCHED}Sec-WebSocket-Accept: ${acceptFor('x')}\r\n\r\n`,
    'no valid 101: Sec-WebSocket-Accept does not answer the key',
  ],
  'two Accepts': [
    (scripted) => `${SWITCHED}${accept(scripted)}${accept(scripted)}\r\n`,
    'no valid 101: Sec-WebSocket-Accept does not answer the key',
  ],
  'no Upgrade': [
    (scripted) => `HTTP/1.1 101 X\r\nConnection: Upgrade\r\n${accept(scripted)}\r\n`,
    'no valid 101: Upgrade is not websocket',
  ],
  'no Connection': [
    (scripted) => `HTTP/1.1 101 X\r\nUpgrade: websocket\r\n${accept(scripted)}\r\n`,
    'no valid 101: Connection does not say upgrade',
  ],
  'a subprotocol that was not offered': [
    (scripted) => `${SWITCHED}${accept(scripted)}Sec-WebSocket-Protocol: chat\r\n\r\n`,
    'no valid 101: a subprotocol that was not offered',
  ],
  'an extension that was not offered': [
    (scripted) => `${SWITCHED}${accept(scripted)}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n`,
    'no valid 101: an extension that was not offered',
  ],
};

for (const [name, [answer, reason]] of Object.entries(refused)) {
  test(`${name} is bad, and nothing more is sent`, () => {
    const scripted = asked();
    const { text } = scripted.channel;
    scripted.receive(answer(scripted));
    assert.equal(scripted.channel.text, text);
    assert.deepEqual(scripted.ended(), [bad(reason)]);
  });
}

test('a 101 in HTTP/1.0 is no WebSocket', () => {
  const scripted = asked();
  scripted.receive(`${SWITCHED.replace('1.1', '1.0')}${accept(scripted)}\r\n`);
  assert.equal(scripted.ended()[0]?.good, false);
});
