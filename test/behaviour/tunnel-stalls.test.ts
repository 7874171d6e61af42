import assert from 'node:assert/strict';
import { buffersFilled, MUCH_BYTES } from '../support/much-bytes.js';
import { behaviour } from '../support/stage.js';
import { close, frame, ordered, type SideName, sides, takeClose, text, tunnel } from '../support/tunnel-ends.js';
import { turn } from '../support/turns.js';

const told = { client: '1011 backend takes nothing', backend: '1001 client takes nothing' };

/** More than the kernel's buffers take, in frames of a megabyte. */
function much(from: SideName): Buffer {
  const one = frame(from, 2, Buffer.alloc(1024 * 1024, 'x'));
  return Buffer.concat(Array.from({ length: MUCH_BYTES / (1024 * 1024) }, () => one));
}

for (const [from, to] of sides) {
  behaviour(`a ${to} that takes nothing for write_timeout is cut, and the ${from} is told`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    reader.pause();
    writer.send(much(from));
    await buffersFilled(writer);
    await stage.pass(59_000);
    await stage.open('tunnels', 1);
    assert.deepEqual([writer.untaken, writer.endings], ['', []]);
    await stage.pass(3_000);
    assert.equal(await takeClose(writer, from), told[from]);
    writer.send(close(from, 1000));
    assert.equal(await writer.takeRest(), '');
    writer.end();
    await stage.open('tunnels', 0);
    assert.equal((await stage.outcome()).error?.code, `${to}-write-timeout`);
    const { [from]: first, [to]: second } = stage.tunnelReports[0] ?? assert.fail();
    assert.deepEqual([first.receivedCode, second.sentCode], [1000, null]);
    assert.equal(stage.tunnelReports[0]?.closedBy, to);
    reader.resume();
    await reader.ending();
  });

  behaviour(`a ${to} that takes a little now and then is no dead one`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    const bytes = much(from);
    reader.pause();
    writer.send(bytes);
    let taken = 0;
    for (let round = 0; round < 3; round++) {
      await stage.pass(50_000);
      const before = reader.received.length;
      reader.resume();
      while (reader.received.length - before < 4 * 1024 * 1024 && reader.received.length < bytes.length) await turn();
      reader.pause();
      taken = reader.received.length;
    }
    assert.ok(taken < bytes.length, 'it had not taken all of it yet');
    await stage.open('tunnels', 1);
    reader.resume();
    assert.ok((await reader.take(bytes.length)) === bytes.toString('latin1'));
  });

  behaviour(`a paused ${from} is read on when the ${to} vanishes, so that it can come to its answer`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    reader.pause();
    writer.send(much(from));
    await stage.pass(2_000);
    assert.ok(writer.unsentBytes > 0);
    reader.reset();
    assert.equal(await takeClose(writer, from), from === 'client' ? '1011 backend gone' : '1001 client gone');
    writer.send(close(from, 1000));
    assert.equal(await writer.takeRest(), '');
    assert.equal(writer.unsentBytes, 0);
    writer.end();
    await stage.open('tunnels', 0);
    assert.equal(stage.tunnelReports[0]?.[from].receivedCode, 1000);
  });

  behaviour(`a Close behind much that waits for the ${to} arrives behind it`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    const bytes = Buffer.concat([much(from), text(from, 'last'), close(from, 1000)]);
    reader.pause();
    writer.send(bytes);
    await stage.pass(2_000);
    reader.resume();
    assert.ok((await reader.take(bytes.length)) === bytes.toString('latin1'));
    reader.send(close(to, 1000));
    assert.equal(await writer.takeRest(), close(to, 1000).toString('latin1'));
    writer.end();
    await reader.ending();
    reader.end();
    await stage.open('tunnels', 0);
    assert.equal((await stage.outcome()).error, null);
  });

  behaviour(`close_timeout counts from when our Close to a slow ${to} was flushed`, async (stage) => {
    const [writer, reader] = ordered(await tunnel(stage), from);
    // Less than what makes the proxy stop reading, more than the kernel takes: all of it waits in the proxy.
    reader.pause();
    const bytes = much(from);
    writer.send(bytes);
    await stage.pass(2_000);
    writer.reset();
    await stage.pass(15_000);
    assert.deepEqual(reader.endings, []);
    reader.resume();
    const came = reader.received.length;
    assert.ok(came < bytes.length);
    // What had reached the proxy arrives whole frame by frame, or it is cut: never a frame that breaks off into a Close.
    await reader.ending();
    reader.end();
    await stage.open('tunnels', 0);
    assert.equal((await stage.outcome()).error?.code, `${from}-gone`);
  });
}

behaviour(
  'a paused client is told of a backend that ends without a Close, read on, and closed cleanly',
  async (stage) => {
    const { client, backend } = await tunnel(stage);
    backend.pause();
    client.send(much('client'));
    await stage.pass(2_000);
    assert.ok(client.unsentBytes > 0);
    backend.end();
    // From here on no time passes: close_timeout cannot be what ends it.
    assert.equal(await takeClose(client, 'client'), '1011 backend gone');
    client.send(close('client', 1000));
    assert.equal(await client.takeRest(), '');
    assert.equal(client.unsentBytes, 0);
    client.end();
    await client.whenClosed();
    assert.deepEqual(client.endings, ['fin']);
    backend.resume();
    await stage.open('tunnels', 0);
    assert.equal(stage.tunnelReports[0]?.client.receivedCode, 1000);
    assert.equal((await stage.outcome()).error?.code, 'backend-gone');
  },
);
