import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StubTunnel } from './stub-tunnel.js';

const TOO_BIG = Buffer.from('message too big').toString('hex');
const MASK = '37fa213d';
/** `Hello`, and two fragments of 2 and 3 bytes of it. */
const HELLO = { client: `8185${MASK}7f9f4d5158`, backend: '810548656c6c6f' };
const FIRST = { client: `0182${MASK}7f9f`, backend: '01024865' };
const LAST = { client: `8083${MASK}5b964e`, backend: '80036c6c6f' };
const PING = { client: `8980${MASK}`, backend: '8900' };

for (const [from, to] of [
  ['client', 'backend'],
  ['backend', 'client'],
] as const) {
  const codes = from === 'client' ? { client: '03f1', backend: 1001 } : { client: '03f3', backend: 1009 };

  const assertEnded = (stub: StubTunnel): void => {
    assert.equal(stub.client.hex, `8811${codes.client}${TOO_BIG}`);
    const masked = Buffer.from(stub.backend.hex, 'hex');
    assert.equal(masked.length, 6 + 17);
    assert.equal(masked.readUInt16BE(6) ^ masked.readUInt16BE(2), codes.backend);
  };

  test(`a message of the ${from} of exactly max_message_size passes, whole and in fragments`, () => {
    const stub = new StubTunnel({ maxMessageBytes: 5 });
    for (let count = 0; count < 3; count++) stub[from].comes(HELLO[from] + FIRST[from] + PING[from] + LAST[from]);
    assert.equal(stub[to].taken(), (HELLO[from] + FIRST[from] + PING[from] + LAST[from]).repeat(3));
  });

  test(`a byte more, and what was good is relayed, of the ${from}'s header nothing`, () => {
    for (const stuck of [0, 1]) {
      const stub = new StubTunnel({ maxMessageBytes: 4 });
      const good = `${FIRST[from]}${PING[from]}`;
      const all = good + LAST[from];
      stub[from].comes(all.slice(0, good.length + 2 * stuck));
      assert.equal(stub[to].taken(), good);
      stub[from].comes(all.slice(good.length + 2 * stuck));
      assertEnded(stub);
    }
  });

  test(`one frame of the ${from} that is too big ends the tunnel before its payload comes`, () => {
    const stub = new StubTunnel({ maxMessageBytes: 1000 });
    stub[from].comes(from === 'client' ? `82ff00000000000003e9${MASK}` : '827f00000000000003e9');
    assertEnded(stub);
  });

  test(`what the ${from} still sends is read to its answer, so that it hears why`, () => {
    const stub = new StubTunnel({ maxMessageBytes: 4 });
    stub[from].comes(HELLO[from].slice(0, -4));
    assertEnded(stub);
    stub[to].taken();
    stub[from].comes(`${HELLO[from].slice(-4)}${HELLO[from].repeat(3)}`);
    assert.ok(!stub[from].calls.includes('end'));
    stub[from].comes(from === 'client' ? `8882${MASK}3412` : '880203e8');
    assert.equal(stub[from].calls.at(-2), 'end');
    assert.equal(stub[to].taken(), '');
    stub[from].closes();
    stub[to].closes();
    assert.equal(stub.ends[0]?.error?.code, `${from}-message-too-big`);
    assert.equal(stub.ends[0]?.report.closedBy, from);
  });
}
