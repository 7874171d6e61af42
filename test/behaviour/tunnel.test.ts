import assert from 'node:assert/strict';
import { MUCH_BYTES } from '../support/much-bytes.js';
import { behaviour } from '../support/stage.js';
import {
  answerAndLeave,
  close,
  frame,
  handshake,
  ordered,
  sides,
  takeClose,
  takePing,
  text,
  tunnel,
} from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';

// Frames of RFC 6455 section 5.7: `Hello`, masked from the client, unmasked from the backend.
const HELLO = {
  client: Buffer.from('818537fa213d7f9f4d5158', 'hex'),
  backend: Buffer.from('810548656c6c6f', 'hex'),
};
const BIG_PAYLOAD = Buffer.alloc(MUCH_BYTES, 'abcdefghijklmnopqrstuvwxyz');

for (const [from, to] of sides) {
  behaviour(`frames of the ${from} pass, byte for byte`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    const latin1 = HELLO[from].toString('latin1');
    for (let round = 0; round < 3; round++) {
      writer.send(HELLO[from]);
      assert.equal(await reader.take(latin1.length), latin1);
    }
  });

  behaviour(`only the incomplete header of a frame of the ${from} is held back`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    for (const payload of [5, 200, 70_000]) {
      const bytes = frame(from, 2, Buffer.alloc(payload, 'p'));
      const header = bytes.length - payload;
      for (let at = 0; at < header - 1; at++) {
        writer.send(bytes.subarray(at, at + 1));
        await settled();
      }
      assert.equal(reader.untaken, '', 'no byte of an incomplete header');
      writer.send(bytes.subarray(header - 1, header));
      assert.equal(await reader.take(header), bytes.toString('latin1', 0, header));
      writer.send(bytes.subarray(header, header + 1));
      assert.equal(await reader.take(1), bytes.toString('latin1', header, header + 1));
      writer.send(bytes.subarray(header + 1));
      assert.equal(await reader.take(payload - 1), bytes.toString('latin1', header + 1));
    }
  });

  behaviour(`an incomplete control frame of the ${from} is held back, what stands before it is not`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    const before = text(from, 'before');
    const ping = frame(from, 9, 'p'.repeat(125));
    writer.send(Buffer.concat([before, ping.subarray(0, -1)]));
    assert.equal(await reader.take(before.length), before.toString('latin1'));
    await settled();
    assert.equal(reader.untaken, '');
    writer.send(ping.subarray(-1));
    assert.equal(await reader.take(ping.length), ping.toString('latin1'));
  });

  behaviour(`a ${to} that stops reading makes the ${from} wait, and nothing is lost`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    const big = frame(from, 2, BIG_PAYLOAD);
    reader.pause();
    writer.send(big);
    await stage.pass(2_000);
    assert.ok(writer.unsentBytes > 0, 'the writer was made to wait');
    const answer = text(to, 'the other way is open').toString('latin1');
    reader.send(Buffer.from(answer, 'latin1'));
    assert.equal(await writer.take(answer.length), answer);
    reader.resume();
    assert.ok((await reader.take(big.length)) === big.toString('latin1'), 'every byte as it was sent');
  });
}

behaviour('a large message each way at once arrives whole', async (stage) => {
  const { client, backend } = await tunnel(stage);
  const payload = BIG_PAYLOAD.subarray(0, BIG_PAYLOAD.length / 4);
  const [up, down] = [frame('client', 2, payload), frame('backend', 2, payload)];
  client.send(up);
  backend.send(down);
  assert.ok((await backend.take(up.length)) === up.toString('latin1'));
  assert.ok((await client.take(down.length)) === down.toString('latin1'));
  client.send(close('client', 1000));
  await backend.take(8);
  backend.send(close('backend', 1000));
  await client.take(4);
  await stage.open('tunnels', 1);
  backend.end();
  client.end();
  await stage.open('tunnels', 0);
  const [report] = stage.tunnelReports;
  assert.deepEqual([report?.client.bytes, report?.backend.bytes], [up.length + 8, down.length + 4]);
  assert.deepEqual([report?.client.messages, report?.backend.messages], [1, 1]);
});

const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
for (const [from, to] of sides) {
  behaviour(`RSV1 of the ${from} passes where permessage-deflate was agreed`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage, {}, DEFLATE), from);
    const compressed = text(from, 'compressed');
    compressed[0] = 0xc1;
    writer.send(compressed);
    assert.equal(await reader.take(compressed.length), compressed.toString('latin1'));
  });

  behaviour(`RSV1 of the ${from} is refused where nothing was agreed`, async (stage) => {
    const ends = await tunnel(stage);
    const [writer, reader] = ordered(ends, from);
    const compressed = text(from, 'compressed');
    compressed[0] = 0xc1;
    writer.send(compressed);
    const reason = `protocol error of the ${from}`;
    assert.equal(await takeClose(writer, from), `1002 ${reason}`);
    assert.equal(await takeClose(reader, to), `${to === 'client' ? 1011 : 1001} ${reason}`);
    await answerAndLeave(reader, to);
    writer.end();
    await stage.open('tunnels', 0);
  });
}

behaviour('what the client sent ahead of the 101, and the backend behind it, are scanned too', async (stage) => {
  const at = await stage.rawBackend();
  await stage.start({ backends: [at] });
  const client = await stage.client();
  client.send(Buffer.concat([Buffer.from(handshake(), 'latin1'), HELLO.client, Buffer.from('8101', 'hex')]));
  const backend = await at.connection();
  await backend.takeHead();
  const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
  backend.send(`${head}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n${HELLO.backend.toString('latin1')}`);
  await client.takeHead();
  assert.equal(await backend.take(HELLO.client.length), HELLO.client.toString('latin1'));
  assert.equal(await client.take(HELLO.backend.length), HELLO.backend.toString('latin1'));
  assert.equal(await takeClose(client, 'client'), '1002 protocol error of the client');
  assert.equal(await takeClose(backend, 'backend'), '1001 protocol error of the client');
  await answerAndLeave(backend, 'backend');
  client.end();
  await stage.open('tunnels', 0);
});

behaviour('tunnels take no place of max_active_connections', async (stage) => {
  const { client } = await tunnel(stage, { advanced: { connection_pool: { max_active_connections: 1 } } });
  const other = await stage.client();
  other.send(handshake());
  await stage.open('backendConnections', 1);
  await stage.open('waiting', 0);
  assert.deepEqual(client.endings, []);
});

behaviour('no timeout of requests ends a tunnel whose ends answer pings', async (stage) => {
  const { client, backend } = await tunnel(stage);
  for (let minute = 0; minute < 10; minute++) {
    await stage.pass(30_000);
    client.send(frame('client', 10, await takePing(client, 'client')));
    backend.send(frame('backend', 10, await takePing(backend, 'backend')));
  }
  client.send(HELLO.client);
  assert.equal(await backend.take(HELLO.client.length), HELLO.client.toString('latin1'));
  assert.equal(client.untaken, '');
});
