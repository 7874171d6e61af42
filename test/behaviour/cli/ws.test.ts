import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import { root } from '../../unit/house/tree.js';
import { RunningCommand, runCommand } from './command.js';

/** The path says what the server does. */
const behaviours: Readonly<Record<string, (socket: WebSocket, request: IncomingMessage) => void>> = {
  '/echo': (socket) => socket.on('message', (payload, binary) => socket.send(payload, { binary })),
  '/headers': (socket, request) => socket.send(`${request.headers.origin} ${request.headers['x-test']}`),
  '/five': (socket) => {
    for (let number = 1; number <= 5; number += 1) socket.send(String(number));
  },
  '/restart': (socket) => socket.close(1012, 'service restart'),
  '/done': (socket) => socket.close(1000),
  '/die': (socket) => socket.terminate(),
  '/ping': (socket) =>
    socket.ping('are you there', undefined, () => socket.once('pong', () => socket.send('pong came'))),
};

const server = createServer((_request, response) => response.writeHead(401).end('who are you?'));
const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: true,
  handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false),
});
let at = '';
const closes: number[] = [];

before(async () => {
  server.on('upgrade', (request, socket, head) => {
    const behaviour = behaviours[request.url ?? ''];
    if (behaviour === undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\nX-Request-Id: r-1\r\n\r\nnot here\u001b');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (open) => {
      open.on('error', () => {});
      open.on('close', (code) => closes.push(code));
      behaviour(open, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  at = typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
});
after(() => {
  for (const socket of sockets.clients) socket.terminate();
  server.close();
  server.closeAllConnections();
});

const events = (out: string): Record<string, unknown>[] => {
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

test('lines of the input go, messages come to standard output, and the end of the input closes', async () => {
  const { status, out, error } = await runCommand(['ws', `http://${at}/echo`], { input: 'hello\ngrüße\nlast' });
  assert.equal(out, 'hello\ngrüße\nlast\n');
  assert.match(error, /open: ws:\/\/127\.0\.0\.1:\d+\/echo in [\d.]+ ms, extensions permessage-deflate/);
  assert.match(error, /closed: 1000 \(all is done\), by the client, after [\d.]+ s\n$/);
  assert.equal(status, 0);
  assert.equal(closes.at(-1), 1000);
});

test('a large input comes back whole', async () => {
  const input = Array.from({ length: 4_000 }, (_, index) => `line ${index} ${'x'.repeat(index % 200)}\n`).join('');
  const { status, out } = await runCommand(['ws', `ws://${at}/echo`], { input });
  assert.equal(out === input, true);
  assert.equal(status, 0);
});

test('--count ends it after so many messages, though its input goes on', async () => {
  const { status, out } = await runCommand(['ws', `ws://${at}/five`, '--count', '3'], { input: '', open: true });
  assert.deepEqual([out, status], ['1\n2\n3\n', 0]);
});

test('--count waits beyond the end of the input; a close before is a failure', async () => {
  assert.equal((await runCommand(['ws', `ws://${at}/five`, '--count', '5'])).out, '1\n2\n3\n4\n5\n');
  assert.equal((await runCommand(['ws', `ws://${at}/done`, '--count', '1'])).status, 1);
});

test('--binary --hex sends and shows bytes', async () => {
  const input = '00ff0a\n\n';
  const { status, out } = await runCommand(['ws', `ws://${at}/echo`, '--binary', '--hex'], { input });
  assert.deepEqual([out, status], ['00ff0a\n\n', 0]);
});

test('a line that cannot be sent is told and left out; the others go; the status is 2', async () => {
  const { status, out, error } = await runCommand(['ws', `ws://${at}/echo`, '--hex'], { input: '61\nzz\n62\n' });
  assert.deepEqual([out, status], ['61\n62\n', 2]);
  assert.match(error, /^error: line 2 was not sent: not hex/m);
});

test('-H and --subprotocol go with the handshake', async () => {
  const fields = [
    '-H',
    'Origin: https://a.example',
    '-H',
    'X-Test: 1',
    '--subprotocol',
    'chat.v1',
    '--subprotocol',
    'chat.v2',
  ];
  const { status, out, error } = await runCommand(['ws', `ws://${at}/headers`, ...fields, '--count', '1']);
  assert.deepEqual([out, status], ['https://a.example 1\n', 0]);
  assert.match(error, /, subprotocol chat\.v2/);
});

test('--json tells every event in a line', async () => {
  const args = ['ws', `ws://${at}/echo`, '--json', '--ping', '60', '--count', '1', '--subprotocol', 'chat.v2'];
  const { status, out } = await runCommand(args, { input: 'hi\n', open: true });
  assert.equal(status, 0);
  const told = events(out);
  const byName = (name: string) => told.find(({ event }) => event === name);
  const { handshake_ms, ...open } = byName('open') ?? {};
  assert.deepEqual(open, {
    event: 'open',
    url: `ws://${at}/echo`,
    status: 101,
    subprotocol: 'chat.v2',
    extensions: 'permessage-deflate',
  });
  assert.ok(typeof handshake_ms === 'number' && handshake_ms > 0);
  assert.deepEqual(byName('message'), { event: 'message', opcode: 'text', bytes: 2, text: 'hi' });
  assert.ok(Number(byName('pong')?.round_trip_ms) > 0);
  const { open_ms, ...close } = told.at(-1) ?? {};
  assert.deepEqual(close, { event: 'close', code: 1000, reason: '', by: 'client', clean: true });
  assert.ok(typeof open_ms === 'number');
});

test("a server's ping is answered and told", async () => {
  const { out } = await runCommand(['ws', `ws://${at}/ping`, '--json', '--count', '1']);
  assert.deepEqual(events(out)[1], { event: 'ping', bytes: 13 });
});

test("the server's close is shown with code, reason and meaning; one that is no clean end has status 1", async () => {
  const { status, error } = await runCommand(['ws', `ws://${at}/restart`], { input: '', open: true });
  assert.equal(status, 1);
  assert.match(error, /closed: 1012 "service restart" \(the server restarts: come back in a moment\), by the server/);
  const done = await runCommand(['ws', `ws://${at}/done`], { input: '', open: true });
  assert.equal(done.status, 0);
});

test('a connection that dies is 1006, plainly, with a hint', async () => {
  const { status, error } = await runCommand(['ws', `ws://${at}/die`], { input: '', open: true });
  assert.equal(status, 1);
  assert.match(error, /closed: 1006 \(the connection ended without a Close\), after/);
  assert.match(error, /docs\/why-did-my-socket-close\.md/);
  const { out } = await runCommand(['ws', `ws://${at}/die`, '--json'], { input: '', open: true });
  const { open_ms, ...close } = events(out).at(-1) ?? {};
  assert.deepEqual(close, { event: 'close', code: 1006, reason: '', by: null, clean: false });
  assert.ok(typeof open_ms === 'number');
});

test('a refused handshake is shown with its status and body, and status 1', async () => {
  const { status, out, error } = await runCommand(['ws', `ws://${at}/elsewhere`], { input: 'unsent\n', open: true });
  assert.deepEqual([status, out], [1, '']);
  assert.match(error, /error: the handshake was refused: 403 Forbidden\nx-request-id: r-1\nnot here\\x1b\n$/);
  const json = await runCommand(['ws', `ws://${at}/elsewhere`, '--json']);
  const { headers, ...refused } = events(json.out)[0] ?? {};
  assert.deepEqual(refused, { event: 'refused', status: 403, status_text: 'Forbidden', body: 'not here\u001b' });
  assert.ok(typeof headers === 'object');
});

test('nobody there: the reason, and status 1', async () => {
  const { status, error } = await runCommand(['ws', 'ws://127.0.0.1:1/']);
  assert.equal(status, 1);
  assert.match(error, /^error: connect ECONNREFUSED 127\.0\.0\.1:1$/m);
});

test('SIGINT says goodbye with 1001', async () => {
  const command = new RunningCommand(['ws', `ws://${at}/echo`], { input: 'hi\n', open: true });
  after(() => command.kill());
  await command.seen(/^hi$/m);
  command.signal('SIGINT');
  assert.equal((await command.ended()).status, 0);
  assert.equal(closes.at(-1), 1001);
});

test('an input without an end does not keep it from hearing that nobody reads its output', async () => {
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'ws', `ws://${at}/echo`]);
  after(() => child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  const lines = Buffer.from('y\n'.repeat(32_768));
  const feed = (): void => {
    while (child.stdin.write(lines));
  };
  child.stdin.on('drain', feed);
  feed();
  child.stdout.once('data', () => child.stdout.destroy());
  const [status] = await once(child, 'exit');
  assert.equal(status, 0);
});

test('through echo, as its own counterpart', async () => {
  const echo = new RunningCommand(['echo', '--listen', '127.0.0.1:0']);
  after(() => echo.kill());
  const [, url = ''] = await echo.seen(/listening on (ws:\/\/127\.0\.0\.1:\d+)/);
  const { status, out } = await runCommand(['ws', url], { input: 'a\nb\n' });
  assert.deepEqual([out, status], ['a\nb\n', 0]);
});
