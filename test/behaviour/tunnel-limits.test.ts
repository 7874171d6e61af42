import assert from 'node:assert/strict';
import { behaviour, type Stage } from '../support/stage.js';
import {
  answerAndLeave,
  close,
  type Ends,
  frame,
  heldTunnel,
  ordered,
  sides,
  takeClose,
  text,
  tunnel,
} from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';

const NO_PINGS = { pingIntervalMs: 0, readTimeoutMs: 0 };

/** The client hears this, and answers; the backend hears that it goes; so it ended. */
async function assertPlanned(stage: Stage, { client, backend }: Ends, said: string, code: string): Promise<void> {
  assert.equal(await takeClose(client, 'client'), said);
  const last = text('client', 'one more');
  client.send(last);
  assert.equal(await backend.take(last.length), last.toString('latin1'));
  await answerAndLeave(client, 'client');
  assert.match(await takeClose(backend, 'backend'), /^1001 /);
  await answerAndLeave(backend, 'backend');
  await stage.open('tunnels', 0);
  assert.equal((await stage.outcome()).error?.code, code);
  assert.equal(stage.tunnelReports[0]?.closedBy, 'proxy');
}

behaviour('a tunnel over which no message goes for idle_timeout is ended', async (stage) => {
  const ends = await heldTunnel(stage, { ...NO_PINGS, idleTimeoutMs: 300_000 });
  const { client, backend } = ends;
  await stage.pass(299_000);
  const message = text('client', 'x');
  client.send(message);
  await backend.take(message.length);
  await stage.pass(200_000);
  const ping = frame('backend', 9, '');
  backend.send(ping);
  await client.take(ping.length);
  await stage.pass(99_500);
  assert.equal(client.untaken, '');
  await stage.pass(1_000);
  await assertPlanned(stage, ends, '1001 idle 300 s', 'tunnel-idle');
});

behaviour('a tunnel ends after max_lifetime, between two messages', async (stage) => {
  const ends = await heldTunnel(stage, { ...NO_PINGS, maxLifetimeMs: 60_000 });
  const { client, backend } = ends;
  const message = text('backend', 'a message');
  backend.send(message.subarray(0, 5));
  await client.take(5);
  await stage.pass(61_000);
  assert.equal(client.untaken, '');
  backend.send(Buffer.concat([message.subarray(5), message]));
  assert.equal(await client.take(message.length - 5), message.toString('latin1', 5));
  await assertPlanned(stage, ends, '1001 lifetime 60 s', 'tunnel-lifetime');
});

behaviour('an operator ends a tunnel with a code and a reason', async (stage) => {
  const ends = await tunnel(stage);
  const [opened] = stage.openedTunnels;
  assert.throws(() => opened?.close(1006, ''), RangeError);
  opened?.close(4001, 'by hand');
  opened?.close(4002, 'again');
  await assertPlanned(stage, ends, '4001 by hand', 'tunnel-killed');
});

for (const [from, to] of sides) {
  behaviour(`a message of the ${from} over max_message_size ends the tunnel; what was good arrives`, async (stage) => {
    const [big, other] = ordered(await heldTunnel(stage, { maxMessageBytes: 100_000 }), from);
    const good = Buffer.concat([frame(from, 2, Buffer.alloc(100_000, 'g')), frame(from, 1, 'f'.repeat(60_000), false)]);
    big.send(good);
    assert.ok((await other.take(good.length)) === good.toString('latin1'));
    const rest = frame(from, 0, 'r'.repeat(40_001));
    // Byte by byte: nothing of the header is relayed.
    for (const byte of rest.subarray(0, 8)) {
      big.send(Buffer.of(byte));
      await settled(2);
    }
    assert.equal(await takeClose(big, from), '1009 message too big');
    assert.equal(await takeClose(other, to), `${to === 'client' ? 1011 : 1001} message too big`);
    // It says all it has to say, and then answers.
    big.send(Buffer.concat([rest.subarray(8), frame(from, 2, Buffer.alloc(3_000_000, 'm'))]));
    await answerAndLeave(big, from);
    await answerAndLeave(other, to);
    await stage.open('tunnels', 0);
    assert.equal((await stage.outcome()).error?.code, `${from}-message-too-big`);
    const { client, backend, code } = stage.tunnelReports[0] ?? assert.fail();
    assert.deepEqual([client.receivedCode, backend.receivedCode, code], [1000, 1000, client.sentCode]);
  });
}

behaviour('numbers are kept by route and service, over all tunnels, and refused handshakes by cause', async (stage) => {
  const { client, backend } = await tunnel(stage);
  await stage.pass(2_000);
  const refused = await stage.client();
  refused.send('GET /ws HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  assert.equal((await refused.takeResponse()).status, 400);
  const numbers = () => [...stage.proxy.tunnelNumbers][0] ?? assert.fail();
  assert.deepEqual([numbers().active, numbers().opened, numbers().service], [1, 1, 'api']);
  client.send(close('client', 3000));
  await backend.take(close('client', 3000).length);
  backend.send(close('backend', 3000));
  await Promise.all([client.ending(), backend.ending()]);
  client.end();
  backend.end();
  await stage.open('tunnels', 0);
  assert.equal(numbers().active, 0);
  assert.deepEqual([...numbers().closes], [['3000 client closed', 1]]);
  assert.deepEqual([...numbers().refused], [['upgrade-bad-key', 1]]);
  assert.deepEqual([numbers().tunnelSeconds.sum, numbers().handshakeSeconds.count], [2, 1]);
});
