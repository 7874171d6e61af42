import assert from 'node:assert/strict';
import { MUCH_BYTES } from '../support/much-bytes.js';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour } from '../support/stage.js';
import {
  answerAndLeave,
  frame,
  heldTunnel,
  ordered,
  type SideName,
  sides,
  takeClose,
  takePing,
  text,
} from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';

const POLICY = { pingIntervalMs: 10_000, pongTimeoutMs: 5_000 };
const told = { client: '1001 client silent', backend: '1011 backend silent' };

async function answerPing(peer: RawPeer, side: SideName): Promise<void> {
  peer.send(frame(side, 10, await takePing(peer, side)));
  await settled();
}

for (const [from, to] of sides) {
  behaviour(`a silent ${from} is pinged, its pong stays here, and its round trip is known`, async (stage) => {
    const [silent, other] = ordered(await heldTunnel(stage, POLICY), from);
    await stage.pass(10_000);
    other.send(text(to, 'I am here'));
    const payload = await takePing(silent, from);
    stage.clock.sleep(35);
    const message = text(from, 'so am I');
    silent.send(Buffer.concat([frame(from, 10, payload), message]));
    await takePing(other, to);
    assert.equal(await other.take(message.length), message.toString('latin1'));
    assert.equal(other.untaken, '');
    const { [from]: leg } = stage.openedTunnels[0]?.view() ?? assert.fail();
    assert.deepEqual([leg.roundTripMs, leg.pongs], [35, 1]);
  });

  behaviour(`a ${from} that answers no ping is cut, and the ${to} told`, async (stage) => {
    const [dead, other] = ordered(await heldTunnel(stage, POLICY), from);
    await stage.pass(10_000);
    await answerPing(other, to);
    await stage.pass(4_500);
    await takePing(dead, from);
    assert.deepEqual([dead.untaken, dead.endings, other.untaken], ['', [], '']);
    await stage.pass(750);
    assert.equal(await takeClose(other, to), told[from]);
    await answerAndLeave(other, to);
    await dead.ending();
    dead.end();
    await stage.open('tunnels', 0);
    const { error } = await stage.outcome();
    assert.deepEqual([error?.code, error?.traits.side], [`${from}-silent`, from]);
    const { closedBy, code, [from]: leg } = stage.tunnelReports[0] ?? assert.fail();
    assert.deepEqual([closedBy, code, leg.sentCode], [from, from === 'client' ? 1001 : 1011, null]);
  });

  behaviour(`a ${from} that takes nothing gets no ping, and is not dead when it wakes up`, async (stage) => {
    const policy = { ...POLICY, writeTimeoutMs: 0 };
    const [sleeper, other] = ordered(await heldTunnel(stage, policy), from);
    sleeper.pause();
    other.send(Buffer.concat([frame(to, 2, Buffer.alloc(MUCH_BYTES, 'x')), text(to, 'last')]));
    await settled(3_000);
    for (let passed = 0; passed < 120_000; passed += 10_000) {
      await stage.pass(10_000);
      await stage.open('tunnels', 1);
    }
    sleeper.resume();
    const { length } = frame(to, 2, Buffer.alloc(MUCH_BYTES));
    await sleeper.take(length);
    assert.equal(await sleeper.take(text(to, 'last').length), text(to, 'last').toString('latin1'));
    assert.equal(sleeper.untaken, '');
  });

  behaviour(`with ping_interval 0 a ${from} that is silent for read_timeout is cut`, async (stage) => {
    const [dead, other] = ordered(await heldTunnel(stage, { pingIntervalMs: 0, readTimeoutMs: 20_000 }), from);
    for (let passed = 0; passed < 20_000; passed += 10_000) {
      assert.deepEqual(dead.endings, []);
      other.send(text(to, '.'));
      await stage.pass(10_000);
    }
    await stage.pass(500);
    assert.equal(await takeClose(other, to), told[from]);
    await answerAndLeave(other, to);
    await dead.ending();
    dead.end();
    await stage.open('tunnels', 0);
    assert.equal((await stage.outcome()).error?.message, 'no byte for 20 s');
  });
}

behaviour('a machine that slept for an hour finds every tunnel as it was', async (stage) => {
  const { client, backend } = await heldTunnel(stage, { ...POLICY, maxLifetimeMs: 60_000, idleTimeoutMs: 30_000 });
  await stage.pass(10_000);
  for (let count = 0; count < 3; count++) {
    stage.clock.sleep(3_600_000);
    await stage.pass(250);
  }
  await answerPing(client, 'client');
  await answerPing(backend, 'backend');
  await stage.pass(4_000);
  await stage.open('tunnels', 1);
  assert.deepEqual([client.untaken, backend.untaken], ['', '']);
});
