import assert from 'node:assert/strict';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const REQUEST = get('/ws', `${UPGRADE}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n`);
const SWITCHING = `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n`;

// Frames of RFC 6455 section 5.7: `Hello`, masked from the client, unmasked from the backend.
const FROM_CLIENT = Buffer.from('818537fa213d7f9f4d5158', 'hex');
const FROM_BACKEND = Buffer.from('810548656c6c6f', 'hex');
const BIG = Buffer.alloc(32 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz');

interface Ends {
  readonly client: RawPeer;
  readonly peer: RawPeer;
}

async function tunnel(stage: Stage, setup: Setup = {}): Promise<Ends> {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], ...setup });
  const client = await stage.client();
  client.send(REQUEST);
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(SWITCHING);
  await client.takeHead();
  await stage.open('tunnels', 1);
  return { client, peer };
}

const sides = [
  ['client', 'backend'],
  ['backend', 'client'],
] as const;

/** The two ends in the order of their names. */
function ordered({ client, peer }: Ends, first: 'client' | 'backend'): [RawPeer, RawPeer] {
  return first === 'client' ? [client, peer] : [peer, client];
}

behaviour('frames pass both ways, byte for byte', async (stage) => {
  const { client, peer } = await tunnel(stage);
  for (let round = 0; round < 3; round++) {
    client.send(FROM_CLIENT);
    assert.equal(await peer.take(FROM_CLIENT.length), FROM_CLIENT.toString('latin1'));
    peer.send(FROM_BACKEND);
    assert.equal(await client.take(FROM_BACKEND.length), FROM_BACKEND.toString('latin1'));
  }
  for (const byte of FROM_CLIENT) {
    client.send(Buffer.of(byte));
    assert.equal(await peer.take(1), String.fromCharCode(byte));
  }
});

for (const [from, to] of sides) {
  behaviour(`a ${to} that stops reading makes the ${from} wait, and nothing is lost`, async (stage) => {
    const ends = await tunnel(stage);
    const [writer, reader] = ordered(ends, from);
    reader.pause();
    writer.send(BIG);
    await stage.pass(2_000);
    assert.ok(writer.unsentBytes > 0, 'the writer was made to wait');
    reader.send('the other way is open');
    await writer.takeThrough('the other way is open');
    reader.resume();
    assert.equal(await reader.take(BIG.length), BIG.toString('latin1'));
  });

  behaviour(`a ${to} that takes nothing for write_timeout has the tunnel cut`, async (stage) => {
    const ends = await tunnel(stage, { advanced: { timeout: { write_timeout: 20 } } });
    const [writer, reader] = ordered(ends, from);
    reader.pause();
    writer.send(BIG);
    await stage.pass(19_000);
    await stage.open('tunnels', 1);
    await stage.pass(3_000);
    await stage.open('tunnels', 0);
    await writer.ending();
    assert.equal((await stage.outcome()).error?.code, `${to}-write-timeout`);
  });

  behaviour(`the end of the ${from}'s side is passed on, and the other way stays open`, async (stage) => {
    const ends = await tunnel(stage);
    const [first, second] = ordered(ends, from);
    first.send('last words');
    first.end();
    assert.equal(await second.takeRest(), 'last words');
    assert.deepEqual(second.endings, ['fin']);
    second.send('and an answer');
    assert.equal(await first.takeThrough('and an answer'), 'and an answer');
    await stage.open('tunnels', 1);
    second.end();
    assert.equal(await first.takeRest(), '');
    await stage.open('tunnels', 0);
    assert.equal((await stage.outcome()).error, null);
    assert.equal(stage.log.all('tunnel closed')[0]?.cause, 'closed');
  });

  behaviour(`a ${from} that resets its connection has the other side cut`, async (stage) => {
    const ends = await tunnel(stage);
    const [first, second] = ordered(ends, from);
    first.send('half a fr');
    await second.takeThrough('half a fr');
    first.reset();
    await second.ending();
    await stage.open('tunnels', 0);
    const code = `${from}-gone`;
    assert.equal((await stage.outcome()).error?.code, code);
    assert.equal(stage.log.all('tunnel closed')[0]?.cause, code);
  });

  behaviour(`a reset of the ${from} after it ended its side leaves nothing open`, async (stage) => {
    const ends = await tunnel(stage);
    const [first, second] = ordered(ends, from);
    first.end();
    await second.ending();
    first.reset();
    second.send('into the void');
    second.end();
    await stage.open('tunnels', 0);
  });
}

behaviour('both sides may end at once', async (stage) => {
  const { client, peer } = await tunnel(stage);
  client.end();
  peer.end();
  assert.deepEqual([await client.ending(), await peer.ending()], ['fin', 'fin']);
  await stage.open('tunnels', 0);
  assert.equal(stage.ended.length, 1);
});

behaviour('a large stream each way at once arrives whole', async (stage) => {
  const { client, peer } = await tunnel(stage);
  const half = BIG.subarray(0, BIG.length / 4);
  client.send(half);
  peer.send(half);
  const text = half.toString('latin1');
  assert.equal(await peer.take(half.length), text);
  assert.equal(await client.take(half.length), text);
  client.end();
  peer.end();
  await stage.open('tunnels', 0);
  const [closed] = stage.log.all('tunnel closed');
  assert.deepEqual([closed?.bytes_to_backend, closed?.bytes_to_client], [half.length, half.length]);
});

behaviour('tunnels take no place of max_active_connections', async (stage) => {
  const { client } = await tunnel(stage, { advanced: { connection_pool: { max_active_connections: 1 } } });
  const other = await stage.client();
  other.send(REQUEST);
  await stage.open('backendConnections', 1);
  await stage.open('waiting', 0);
  assert.deepEqual(client.endings, []);
});

behaviour('no timeout of requests ends a silent tunnel', async (stage) => {
  const { client, peer } = await tunnel(stage);
  await stage.pass(600_000);
  client.send('still here');
  await peer.takeThrough('still here');
});

behaviour('a drain leaves tunnels open until drain_timeout, then cuts them', async (stage) => {
  const { client, peer } = await tunnel(stage, { advanced: { timeout: { drain_timeout: 5 } } });
  const drained = stage.proxy.drain();
  await stage.pass(4_750);
  client.send('work');
  await peer.takeThrough('work');
  await stage.pass(500);
  await client.ending();
  await peer.ending();
  await settled();
  await stage.pass(500);
  await drained;
  assert.equal((await stage.outcome()).error?.code, 'drained');
});
