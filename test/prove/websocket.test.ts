import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type ClientOptions, WebSocket } from 'ws';
import { sha256 } from './support/hashing.js';
import { closing, nextMessage, openSocket } from './support/messages.js';
import { type ProxyProcess, startProxy } from './support/proxy-process.js';
import { inParallel, until } from './support/wait.js';
import { startWebSocketBackend } from './support/web-socket-backend.js';

const MIB = 1024 * 1024;

interface Peers {
  readonly t: TestContext;
  readonly proxy: ProxyProcess;
  readonly open: (path: string, protocols?: string[], options?: ClientOptions) => Promise<WebSocket>;
  /** How the backend's last socket was closed. */
  readonly backendClosed: { code: number; reason: string }[];
}

async function startPeers(t: TestContext): Promise<Peers> {
  const backendClosed: { code: number; reason: string }[] = [];
  const { url } = await startWebSocketBackend(t, {
    deflate: { threshold: 0 },
    refuses: (request) => request.url === '/refused',
    serve: (socket, request) => {
      const code = /^\/close\/(\d+)$/.exec(request.url ?? '')?.[1];
      if (code !== undefined) socket.close(Number(code), `reason ${code}`);
      socket.on('close', (closed, reason) => backendClosed.push({ code: closed, reason: reason.toString() }));
      socket.on('message', (payload, binary) => socket.send(payload, { binary }));
    },
  });
  const proxy = await startProxy(t, { services: { ws: url }, routes: { '*': 'ws' } });
  const open: Peers['open'] = (path, protocols, options) => {
    return openSocket(t, `${proxy.webSocketOrigin}${path}`, protocols, options);
  };
  return { t, proxy, open, backendClosed };
}

async function closedBehind(peers: Peers, close: () => void): Promise<{ code: number; reason: string }> {
  const before = peers.backendClosed.length;
  close();
  await until(
    () => peers.backendClosed.length > before,
    5000,
    () => 'the backend saw no end',
  );
  return peers.backendClosed.at(-1) ?? { code: 0, reason: '' };
}

const checks: Readonly<Record<string, (peers: Peers) => Promise<void>>> = {
  async 'text, binary and empty messages come back as they went'({ open }) {
    const socket = await open('/');
    for (const message of [
      'grüße, 世界 🙂',
      '',
      randomBytes(125),
      randomBytes(126),
      randomBytes(65_536),
      Buffer.alloc(0),
    ]) {
      const answer = nextMessage(socket);
      socket.send(message);
      const { payload, binary } = await answer;
      assert.equal(binary, typeof message !== 'string');
      assert.deepEqual(payload, Buffer.from(message));
    }
  },

  async 'fragments are one message'({ open }) {
    const socket = await open('/');
    const answer = nextMessage(socket);
    const parts = Array.from({ length: 50 }, (_, index) => `part ${index}, `);
    for (const [index, part] of parts.entries()) {
      socket.send(part, { fin: index === parts.length - 1 });
      if (index === 20) socket.ping('between fragments');
    }
    assert.equal((await answer).payload.toString(), parts.join(''));
  },

  async 'compression is agreed between the endpoints'({ open }) {
    for (const options of [{}, { serverNoContextTakeover: true }, { clientMaxWindowBits: 10 }]) {
      const socket = await open('/', [], { perMessageDeflate: { threshold: 0, ...options } });
      assert.match(socket.extensions, /^permessage-deflate/);
      for (const message of ['compressible '.repeat(50_000), 'short', randomBytes(300_000)]) {
        const answer = nextMessage(socket);
        socket.send(message);
        assert.deepEqual((await answer).payload, Buffer.from(message));
      }
      socket.terminate();
    }
  },

  async 'a subprotocol is agreed between the endpoints'({ open }) {
    assert.equal((await open('/', ['chat.v1', 'chat.v2'])).protocol, 'chat.v2');
    assert.equal((await open('/')).protocol, '');
  },

  async 'a message of 100 MB goes both ways'({ open }) {
    const socket = await open('/');
    const message = randomBytes(100 * MIB);
    const answer = nextMessage(socket);
    socket.send(message);
    const { payload } = await answer;
    assert.equal(payload.length, message.length);
    assert.equal(sha256(payload), sha256(message));
  },

  async 'pings reach the other end, and its pongs come back with what they carry'({ open }) {
    const socket = await open('/');
    for (const text of ['', 'one', 'x'.repeat(125)]) {
      const pong = once(socket, 'pong');
      socket.ping(text);
      assert.equal(String((await pong)[0]), text);
    }
  },

  async 'close codes and reasons of the client reach the backend'(peers) {
    for (const code of [1000, 1001, 1008, 3000, 4999]) {
      const socket = await peers.open('/');
      const seen = await closedBehind(peers, () => socket.close(code, `because ${code}`));
      assert.deepEqual(seen, { code, reason: `because ${code}` });
    }
    const silent = await peers.open('/');
    assert.equal((await closedBehind(peers, () => silent.close())).code, 1005);
  },

  async 'close codes and reasons of the backend reach the client'({ open }) {
    for (const code of [1000, 1001, 1011, 1012, 3999, 4000]) {
      const socket = await open(`/close/${code}`);
      assert.deepEqual(await closing(socket), { code, reason: `reason ${code}` });
    }
  },

  async "the backend's refusal is relayed with its fields and body"({ proxy }) {
    const socket = new WebSocket(`${proxy.webSocketOrigin}/refused`);
    const [, response] = await once(socket, 'unexpected-response');
    let body = '';
    for await (const piece of response) body += piece;
    assert.equal(response.statusCode, 401);
    assert.equal(response.headers['www-authenticate'], 'Bearer');
    assert.equal(body, 'who are you?');
  },

  async '200 sockets talk at once, each with its own answers'({ open }) {
    await inParallel(200, 50, async (index) => {
      const socket = await open('/');
      for (let round = 0; round < 20; round += 1) {
        const message = randomBytes(1 + ((index * 977 + round * 7919) % 20_000));
        const answer = nextMessage(socket);
        socket.send(message);
        assert.deepEqual((await answer).payload, message);
      }
      socket.terminate();
    });
  },
};

test('ws, as client and as backend', async (t) => {
  const peers = await startPeers(t);
  for (const [name, check] of Object.entries(checks)) await t.test(name, { timeout: 60_000 }, () => check(peers));
});
