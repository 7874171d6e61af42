import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { RunningCommand, runCommand } from './command.js';

const demo = new RunningCommand(['demo', '--port', '0']);
let at = '';
before(async () => {
  [, at = ''] = await demo.seen(/listening on http:\/\/(127\.0\.0\.1:\d+)/);
});
after(() => demo.kill());

test('/ is a page that needs nothing from elsewhere', async () => {
  const response = await fetch(`http://${at}/`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  const page = await response.text();
  assert.match(page, /^<!doctype html>/);
  assert.doesNotMatch(page, /(?:src|href)="(?:https?:)?\/\//);
  assert.equal((await fetch(`http://${at}/favicon.svg`)).headers.get('content-type'), 'image/svg+xml');
});

test('/events brings the first event at once', async () => {
  const abort = new AbortController();
  const response = await fetch(`http://${at}/events`, { signal: abort.signal });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  assert.ok(response.body !== null);
  let text = '';
  for await (const piece of response.body) {
    text += Buffer.from(piece).toString();
    if (/data: /.test(text)) break;
  }
  assert.match(text, /^retry: 1000\n\nid: 1\ndata: \{"count":1,"time":"[^"]+"\}\n\n/);
  abort.abort();
});

test('/ws sends every message back, from any Origin, and /stats counts it', async () => {
  const socket = new WebSocket(`ws://${at}/ws`, { origin: 'https://elsewhere.example' });
  await once(socket, 'open');
  socket.send('hello');
  const [text] = await once(socket, 'message');
  assert.equal(String(text), 'hello');
  const response = await fetch(`http://${at}/stats`);
  assert.deepEqual(await response.json(), {
    connections: { open: 1, total: 1 },
    messages: { text: 1, binary: 0 },
    bytes: 5,
  });
  socket.close();
  await once(socket, 'close');
});

test("what is not there is the page server's 404", async () => {
  assert.equal((await fetch(`http://${at}/no-such-page`)).status, 404);
});

test('a port in use: which one, and the command that takes another', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  assert.ok(address !== null && typeof address === 'object');
  const { status, error } = await runCommand(['demo'], { env: { TOYOU_PORT: String(address.port) } });
  taken.close();
  assert.equal(status, 1);
  assert.match(
    error,
    new RegExp(
      `^(?:warning: .*\\n)?error: port ${address.port} on 127\\.0\\.0\\.1 is in use: .*npm start -- --port \\d+`,
    ),
  );
});

test('SIGINT ends it with 0', async () => {
  demo.signal('SIGINT');
  const { status } = await demo.ended();
  assert.equal(status, 0);
});
