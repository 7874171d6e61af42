import assert from 'node:assert/strict';
import { behaviour } from '../support/stage.js';
import { answerAndLeave, close, frame, takeClose, text, tunnel } from '../support/tunnel-ends.js';

const TUNNEL_LINES = ['tunnel opened', 'tunnel closed'];

behaviour(
  'a tunnel has one line when it opens and one when it has closed, with all that went through',
  async (stage) => {
    const { client, backend } = await tunnel(stage);
    assert.deepEqual(
      stage.log.lines.map(({ message }) => message),
      TUNNEL_LINES.slice(0, 1),
    );
    const up = Buffer.concat([
      text('client', 'one'),
      frame('client', 2, 'tw', false),
      frame('client', 9, 'ping'),
      frame('client', 0, 'o'),
      close('client', 4000, 'done'),
    ]);
    const down = Buffer.concat([text('backend', 'x'.repeat(300)), frame('backend', 10, ''), close('backend', 1000)]);
    client.send(up);
    assert.equal(await backend.take(up.length), up.toString('latin1'));
    await stage.pass(3_000);
    backend.send(down);
    assert.equal(await client.takeRest(), down.toString('latin1'));
    await backend.ending();
    client.end();
    backend.end();
    await stage.open('tunnels', 0);
    assert.deepEqual(
      stage.log.lines.map(({ message, level }) => [message, level]),
      TUNNEL_LINES.map((message) => [message, 'info']),
    );
    const [line] = stage.log.all('tunnel closed');
    const { cause, closed_by, duration_ms, client_close, close_to_client, backend_close, close_to_backend } =
      line ?? {};
    assert.deepEqual([cause, closed_by, duration_ms], ['closed', 'client', 3_000]);
    assert.deepEqual([client_close, close_to_backend, backend_close, close_to_client], [4000, 4000, 1000, 1000]);
    const { bytes_from_client, messages_from_client, control_frames_from_client } = line ?? {};
    assert.deepEqual([bytes_from_client, messages_from_client, control_frames_from_client], [up.length, 2, 2]);
    const { bytes_from_backend, messages_from_backend, control_frames_from_backend } = line ?? {};
    assert.deepEqual([bytes_from_backend, messages_from_backend, control_frames_from_backend], [down.length, 1, 2]);
    const [opened] = stage.log.all('tunnel opened');
    for (const field of ['request_id', 'path', 'client', 'backend', 'service']) {
      assert.notEqual(opened?.[field], undefined, field);
      assert.equal(opened?.[field], line?.[field], field);
    }
  },
);

behaviour('a tunnel that failed says why, whose fault it was, and what each side was told', async (stage) => {
  const { client, backend } = await tunnel(stage);
  backend.reset();
  assert.equal(await takeClose(client, 'client'), '1011 backend gone');
  await answerAndLeave(client, 'client');
  await stage.open('tunnels', 0);
  assert.deepEqual(
    stage.log.lines.map(({ message }) => message),
    TUNNEL_LINES,
  );
  const [line] = stage.log.all('tunnel closed');
  const { cause, code, side, closed_by, client_close, close_to_client } = line ?? {};
  assert.deepEqual([cause, code, side, closed_by], ['backend-gone', 'backend-gone', 'backend', 'backend']);
  assert.deepEqual([client_close, close_to_client], [1000, 1011]);
  assert.deepEqual([line?.backend_close, line?.close_to_backend], [undefined, undefined], 'no Close, no code');
});

behaviour('a protocol error is logged as a warning with what was wrong', async (stage) => {
  const { client, backend } = await tunnel(stage);
  client.send(frame('client', 3, ''));
  assert.equal(await takeClose(backend, 'backend'), '1001 protocol error of the client');
  await answerAndLeave(backend, 'backend');
  await client.ending();
  client.end();
  await stage.open('tunnels', 0);
  const last = stage.log.lines.at(-1);
  assert.deepEqual([last?.level, last?.fields.cause], ['warn', 'client-protocol-error']);
  assert.equal(last?.fields.detail, 'frame-unknown-opcode: an unknown opcode');
});

behaviour('when a side was last heard is told', async (stage) => {
  const { client, backend } = await tunnel(stage);
  const hello = text('client', 'hello');
  await stage.pass(2_000);
  client.send(hello);
  await backend.take(hello.length);
  await stage.pass(2_000);
  backend.send(close('backend', 1000));
  await client.take(4);
  client.send(close('client', 1000));
  await Promise.all([client.ending(), backend.ending()]);
  client.end();
  backend.end();
  await stage.open('tunnels', 0);
  const { client: c, backend: b, durationMs } = stage.tunnelReports[0] ?? assert.fail();
  assert.deepEqual([durationMs, c.activeAtMs - b.activeAtMs], [4_000, 0]);
});
