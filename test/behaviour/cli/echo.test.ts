import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { WebSocket } from 'ws';
import { RunningCommand, runCommand } from './command.js';

const echo = new RunningCommand(['echo', '--listen', '127.0.0.1:0']);
after(() => echo.kill());

test('echo sends text and binary back, counts them, and ends on SIGTERM', async () => {
  const [, at] = await echo.seen(/listening on ws:\/\/(127\.0\.0\.1:\d+)/);
  const socket = new WebSocket(`ws://${at}/any/path`, { origin: 'https://elsewhere.example' });
  await once(socket, 'open');
  assert.equal(socket.extensions, '');

  socket.send('grüße');
  const [text, textIsBinary] = await once(socket, 'message');
  assert.deepEqual([String(text), textIsBinary], ['grüße', false]);
  socket.send(Buffer.from([0, 255, 1]));
  const [bytes, bytesAreBinary] = await once(socket, 'message');
  assert.deepEqual([[...bytes], bytesAreBinary], [[0, 255, 1], true]);

  const stats = await (await fetch(`http://${at}/stats`)).json();
  assert.deepEqual(stats, { connections: { open: 1, total: 1 }, messages: { text: 1, binary: 1 }, bytes: 10 });
  assert.equal((await fetch(`http://${at}/`)).status, 426);

  echo.signal('SIGTERM');
  await once(socket, 'close');
  assert.equal((await echo.ended()).status, 0);
});

test('echo on a port in use says which', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  assert.ok(address !== null && typeof address === 'object');
  const { status, error } = await runCommand(['echo', '--listen', `127.0.0.1:${address.port}`]);
  taken.close();
  assert.equal(status, 1);
  assert.match(error, new RegExp(`^error: port ${address.port} on 127\\.0\\.0\\.1 is in use: .*echo --listen`));
});
