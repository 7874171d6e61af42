import assert from 'node:assert/strict';
import { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Stage } from '../support/stage.js';
import {
  answerAndLeave,
  close,
  type Ends,
  frame,
  handshake,
  openTunnel,
  switching,
  takeClose,
  text,
  tunnel,
} from '../support/tunnel-ends.js';
import { settled, until } from '../support/turns.js';
import { get } from '../support/wire.js';

const TO_CLIENT = '1012 service restart';
const TO_BACKEND = '1001 service restart';

/** A drain of which only the end is waited for. */
function drain(stage: Stage): { readonly over: boolean } {
  const state = { over: false };
  void stage.proxy.drain().then(() => {
    state.over = true;
  });
  return state;
}

async function assertDrained(stage: Stage): Promise<void> {
  await stage.open('tunnels', 0);
  assert.equal((await stage.outcome()).error?.code, 'drained');
  assert.equal(stage.tunnelReports[0]?.closedBy, 'proxy');
}

async function bothLeave({ client, backend }: Ends): Promise<void> {
  await answerAndLeave(client, 'client');
  assert.equal(await takeClose(backend, 'backend'), TO_BACKEND);
  await answerAndLeave(backend, 'backend');
}

behaviour('a drain tells the client first; what it still sends reaches the backend until its answer', async (stage) => {
  const ends = await tunnel(stage);
  const { client, backend } = ends;
  const draining = drain(stage);
  assert.equal(await takeClose(client, 'client'), TO_CLIENT);
  const last = Buffer.concat([text('client', 'one more'), frame('client', 9, 'ping')]);
  client.send(last);
  assert.equal(await backend.take(last.length), last.toString('latin1'));
  backend.send(text('backend', 'into the void'));
  await stage.pass(5_000);
  assert.equal(backend.untaken, '');
  await bothLeave(ends);
  await assertDrained(stage);
  await stage.pass(500);
  assert.equal(draining.over, true);
  const { client: c, backend: b } = stage.tunnelReports[0] ?? assert.fail();
  assert.deepEqual([c.sentCode, c.receivedCode, b.sentCode, b.receivedCode], [1012, 1000, 1001, 1000]);
});

behaviour('a client that does not answer the drain is cut after close_timeout, the backend told', async (stage) => {
  const { client, backend } = await tunnel(stage);
  drain(stage);
  assert.equal(await takeClose(client, 'client'), TO_CLIENT);
  await stage.pass(9_500);
  assert.deepEqual([client.endings, backend.untaken], [[], '']);
  await stage.pass(750);
  await client.ending();
  client.end();
  assert.match(await takeClose(backend, 'backend'), /^1001 /);
  await answerAndLeave(backend, 'backend');
  await assertDrained(stage);
});

behaviour('a drain waits for the end of a message, with control frames passing on', async (stage) => {
  const ends = await tunnel(stage);
  const { client, backend } = ends;
  const first = frame('backend', 1, 'first half, ', false);
  backend.send(first);
  assert.equal(await client.take(first.length), first.toString('latin1'));
  drain(stage);
  await stage.pass(1_500);
  const ping = frame('backend', 9, 'p');
  backend.send(ping);
  assert.equal(await client.take(ping.length), ping.toString('latin1'));
  await settled();
  assert.equal(client.untaken, '');
  const second = frame('backend', 0, 'second half');
  backend.send(Buffer.concat([second, text('backend', 'next')]));
  assert.equal(await client.take(second.length), second.toString('latin1'));
  assert.equal(await takeClose(client, 'client'), TO_CLIENT);
  await bothLeave(ends);
  await assertDrained(stage);
});

behaviour('after 2 s in a message a drain waits for the end of a frame', async (stage) => {
  const ends = await tunnel(stage);
  const { client, backend } = ends;
  const first = frame('backend', 1, 'first half, ', false);
  backend.send(Buffer.concat([first, frame('backend', 0, 'x', false).subarray(0, 1)]));
  assert.equal(await client.take(first.length), first.toString('latin1'));
  drain(stage);
  await stage.pass(1_750);
  assert.equal(client.untaken, '');
  await stage.pass(500);
  // The incomplete header was held back: this is a frame boundary.
  assert.equal(await takeClose(client, 'client'), TO_CLIENT);
  await bothLeave(ends);
  await assertDrained(stage);
});

behaviour('a frame that ends within 4 s of a drain has the Close behind it', async (stage) => {
  const ends = await tunnel(stage);
  const { client, backend } = ends;
  const whole = frame('backend', 1, 'a long fragment', false);
  backend.send(whole.subarray(0, 5));
  await client.take(5);
  drain(stage);
  await stage.pass(3_500);
  backend.send(Buffer.concat([whole.subarray(5), frame('backend', 0, 'next', false)]));
  assert.equal(await client.take(whole.length - 5), whole.toString('latin1', 5));
  assert.equal(await takeClose(client, 'client'), TO_CLIENT);
  await bothLeave(ends);
  await assertDrained(stage);
});

behaviour('a client to which a frame is half through 4 s after the drain is cut', async (stage) => {
  const { client, backend } = await tunnel(stage);
  backend.send(text('backend', 'half').subarray(0, 4));
  await client.take(4);
  drain(stage);
  await stage.pass(3_750);
  assert.deepEqual(client.endings, []);
  await stage.pass(500);
  await client.ending();
  assert.equal(client.untaken, '');
  client.end();
  assert.equal(await takeClose(backend, 'backend'), TO_BACKEND);
  backend.send(text('backend', 'half').subarray(4));
  await answerAndLeave(backend, 'backend');
  await assertDrained(stage);
});

behaviour('a client that is inside a frame of its own is told all the same, and may finish it', async (stage) => {
  const ends = await tunnel(stage);
  const { client, backend } = ends;
  const whole = text('client', 'takes its time');
  client.send(whole.subarray(0, 9));
  await backend.take(9);
  drain(stage);
  assert.equal(await takeClose(client, 'client'), TO_CLIENT);
  client.send(whole.subarray(9));
  assert.equal(await backend.take(whole.length - 9), whole.toString('latin1', 9));
  await bothLeave(ends);
  await assertDrained(stage);
});

behaviour('a drain leaves alone what is closing already', async (stage) => {
  const { client, backend } = await tunnel(stage);
  client.send(close('client', 3000));
  await backend.take(close('client', 3000).length);
  drain(stage);
  await stage.pass(1_000);
  assert.equal(client.untaken, '');
  backend.send(close('backend', 3001));
  assert.equal(await client.takeRest(), close('backend', 3001).toString('latin1'));
  assert.equal(await backend.takeRest(), '');
  client.end();
  backend.end();
  await stage.open('tunnels', 0);
  assert.equal((await stage.outcome()).error, null);
});

behaviour('tunnels are drained evenly over half of drain_timeout', async (stage) => {
  const at = await stage.rawBackend();
  await stage.start({ backends: [at], advanced: { timeout: { drain_timeout: 40 } } });
  const many: Ends[] = [];
  for (let count = 0; count < 40; count++) many.push(await openTunnel(stage, at));
  const draining = drain(stage);
  const told = () => many.filter(({ client }) => client.received.endsWith('service restart')).length;
  const wanted: number[] = [];
  const found: number[] = [];
  for (let passedMs = 0; passedMs < 20_000; passedMs += 1_000) {
    await stage.pass(250);
    wanted.push(1 + passedMs / 500);
    found.push(told());
    // So that nobody is cut for not answering.
    for (const { client } of many.slice(0, told())) client.send(close('client', 1000));
    for (const { backend } of many.slice(0, told())) backend.send(close('backend', 1000));
    await stage.pass(750);
  }
  assert.deepEqual(found, wanted);
  await settled();
  assert.equal(told(), 40);
  for (const { client, backend } of many) {
    client.end();
    backend.end();
  }
  await stage.open('tunnels', 0);
  await stage.pass(500);
  assert.equal(draining.over, true);
  assert.deepEqual(new Set(stage.ended.map(({ outcome }) => outcome.error?.code)), new Set(['drained']));
});

behaviour('a tunnel whose handshake was on its way when the drain began is drained too', async (stage) => {
  const at = await stage.rawBackend();
  await stage.start({ backends: [at] });
  const client = await stage.client();
  client.send(handshake());
  const backend = await at.connection();
  await backend.takeHead();
  drain(stage);
  await stage.pass(5_000);
  backend.send(switching());
  await client.takeHead();
  await stage.pass(250);
  assert.equal(await takeClose(client, 'client'), TO_CLIENT);
  await bothLeave({ client, backend });
  await assertDrained(stage);
});

behaviour('what is left at drain_timeout is cut', async (stage) => {
  const { client, backend } = await tunnel(stage, { advanced: { timeout: { drain_timeout: 5 } } });
  const draining = drain(stage);
  assert.equal(await takeClose(client, 'client'), TO_CLIENT);
  await stage.pass(4_750);
  assert.deepEqual([client.endings, backend.endings], [[], []]);
  await stage.pass(500);
  await Promise.all([client.ending(), backend.ending()]);
  assert.deepEqual([client.untaken, backend.untaken], ['', '']);
  await stage.pass(500);
  assert.equal(draining.over, true);
  await assertDrained(stage);
});

behaviour('for shutdown_delay connections are still taken, and told to end', async (stage) => {
  const at = await stage.rawBackend();
  await stage.start({ backends: [at], advanced: { timeout: { shutdown_delay: 5 } } });
  const early = await openTunnel(stage, at);
  drain(stage);
  await stage.pass(2_000);
  const late = await openTunnel(stage, at);
  const client = await stage.client();
  client.send(get('/'));
  const backend = await at.connection(2);
  await backend.takeHead();
  backend.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  const response = await client.takeResponse();
  assert.equal(response.get('connection'), 'close');
  await client.ending();
  client.end();
  await stage.pass(2_500);
  assert.deepEqual([early.client.untaken, late.client.untaken], ['', '']);
  const { ownPort: port } = stage;
  await stage.pass(750);
  await until(() => early.client.untaken !== '', 'the first Close');
  assert.equal(await takeClose(early.client, 'client'), TO_CLIENT);
  await assert.rejects(RawPeer.connect(port), { code: 'ECONNREFUSED' });
  await bothLeave(early);
  await stage.pass(16_000);
  assert.equal(await takeClose(late.client, 'client'), TO_CLIENT);
  await bothLeave(late);
  await stage.open('tunnels', 0);
});

behaviour('a tunnel between two messages of a stream without a pause is told at the first boundary', async (stage) => {
  const ends = await tunnel(stage);
  const { client, backend } = ends;
  // Each piece ends inside a message, as the pieces of a busy stream do.
  const message = text('backend', 'message');
  backend.send(Buffer.concat([message, message.subarray(0, 4)]));
  await client.take(message.length + 4);
  drain(stage);
  backend.send(Buffer.concat([message.subarray(4), message, message.subarray(0, 4)]));
  assert.equal(await client.take(message.length - 4), message.toString('latin1', 4));
  assert.equal(await takeClose(client, 'client'), TO_CLIENT);
  backend.send(message.subarray(4));
  await bothLeave(ends);
  await assertDrained(stage);
});
