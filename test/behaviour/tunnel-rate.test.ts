import assert from 'node:assert/strict';
import { behaviour } from '../support/stage.js';
import { answerAndLeave, close, frame, heldTunnel, takeClose, text } from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';

const NO_PINGS = { pingIntervalMs: 0, readTimeoutMs: 0 };

behaviour('with mode delay a client that sends too fast is slowed down, and nothing is lost', async (stage) => {
  const messageRate = { perMinute: 600, burst: 10, mode: 'delay' } as const;
  const { client, backend } = await heldTunnel(stage, { messageRate });
  const messages = Array.from({ length: 110 }, (_, at) => text('client', `message ${at}`.padEnd(14)));
  const [{ length } = Buffer.alloc(0)] = messages;
  client.send(Buffer.concat([...messages, close('client', 1000)]));
  for (let second = 0; second < 10; second++) {
    await settled();
    const came = backend.received.length - (backend.received.length - backend.untaken.length);
    assert.equal(Math.floor(came / length), 10 + 10 * second);
    await stage.pass(1_000);
  }
  const all = Buffer.concat([...messages, close('client', 1000)]).toString('latin1');
  assert.equal(await backend.take(all.length), all);
  backend.send(close('backend', 1000));
  assert.equal(await client.takeRest(), close('backend', 1000).toString('latin1'));
  client.end();
  await backend.ending();
  backend.end();
  await stage.open('tunnels', 0);
  assert.equal((await stage.outcome()).error, null);
});

behaviour('every message that waits for its token is counted', async (stage) => {
  const messageRate = { perMinute: 600, burst: 10, mode: 'delay' } as const;
  const { client, backend } = await heldTunnel(stage, { messageRate });
  const messages = Array.from({ length: 110 }, () => text('client', 'message'));
  client.send(Buffer.concat(messages));
  for (let second = 0; second < 10; second++) {
    await settled();
    await stage.pass(1_000);
  }
  const all = Buffer.concat(messages).toString('latin1');
  assert.equal(await backend.take(all.length), all);
  assert.equal([...stage.proxy.tunnelNumbers][0]?.delayedMessages, 100);
});

behaviour('a client that is slowed down is stopped by TCP, not by memory', async (stage) => {
  const messageRate = { perMinute: 60, burst: 1, mode: 'delay' } as const;
  const { client, backend } = await heldTunnel(stage, { ...NO_PINGS, messageRate });
  const message = frame('client', 2, Buffer.alloc(1024, 'm'));
  client.send(Buffer.concat(Array.from({ length: 30_000 }, () => message)));
  await settled(500);
  assert.ok(client.unsentBytes > 8_000_000, `${client.unsentBytes} bytes wait at the client`);
  await stage.pass(5_000);
  assert.equal(backend.untaken.length, 6 * message.length);
  assert.ok(client.unsentBytes > 8_000_000);
});

behaviour('with mode close a client that sends too fast is told 1008', async (stage) => {
  const messageRate = { perMinute: 60, burst: 3, mode: 'close' } as const;
  const { client, backend } = await heldTunnel(stage, { messageRate });
  const message = text('client', 'x');
  client.send(Buffer.concat([message, message, message, frame('client', 9, ''), message, message]));
  const good = Buffer.concat([message, message, message, frame('client', 9, '')]);
  assert.equal(await backend.take(good.length), good.toString('latin1'));
  assert.equal(await takeClose(client, 'client'), '1008 messages too fast');
  assert.equal(await takeClose(backend, 'backend'), '1001 messages too fast');
  // However much it still sends: it comes to its answer.
  client.send(frame('client', 2, Buffer.alloc(2_000_000, 'x')));
  await answerAndLeave(client, 'client');
  await answerAndLeave(backend, 'backend');
  await stage.open('tunnels', 0);
  assert.equal((await stage.outcome()).error?.code, 'client-message-rate');
  assert.equal([...stage.proxy.tunnelNumbers][0]?.rateClosed, 1);
});

behaviour('a line is logged for each message where that is wanted', async (stage) => {
  const { client, backend } = await heldTunnel(stage, { logMessages: true });
  const up = text('client', 'up');
  client.send(up);
  await backend.take(up.length);
  const down = frame('backend', 2, Buffer.alloc(300));
  backend.send(down);
  await client.take(down.length);
  const lines = stage.log.all('message');
  assert.deepEqual(
    lines.map(({ from, opcode, bytes, waited_ms }) => [from, opcode, bytes, waited_ms]),
    [
      ['client', 'text', 2, 0],
      ['backend', 'binary', 300, 0],
    ],
  );
  assert.equal(lines[0]?.request_id, stage.log.all('tunnel opened')[0]?.request_id);
});
