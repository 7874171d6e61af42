import assert from 'node:assert/strict';
import { throughLinks } from '../support/faults/test-links.js';
import type { RawBackend } from '../support/raw-backend.js';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Stage } from '../support/stage.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const HANDSHAKE = get('/', `${UPGRADE}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n`);
const SWITCHING = `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n';
/** Each takes long where its bytes come one by one. */
const STEP = throughLinks ? 11 : 1;

const requests = {
  'a request with a length': 'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello',
  'a request with a chunked body': `POST / HTTP/1.1\r\nHost: a.example\r\n${CHUNKED}`,
  'a handshake': HANDSHAKE,
};
const responses = {
  'a response with a length': [get(), 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
  'a chunked response': [get(), `HTTP/1.1 200 OK\r\n${CHUNKED}`],
  'a response until close': [get(), 'HTTP/1.1 200 OK\r\nX: 1\r\n\r\nhello'],
  'a 101 and a frame': [HANDSHAKE, `${SWITCHING}\x81\x05Hello`],
} as const;
const endings = ['end', 'reset'] as const;

/** The proxy still serves, and nothing of what broke off is held. */
async function assertWhole(stage: Stage, backend: RawBackend): Promise<void> {
  await settled();
  await stage.open('exchanges', 0);
  await stage.open('tunnels', 0);
  const client = await stage.client();
  const before = backend.connections.length;
  client.send(get('/whole'));
  const peer = await backend.connection(before);
  await peer.takeHead();
  peer.send('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
  assert.equal((await client.takeResponse()).status, 204);
  client.reset();
  await stage.open('clientConnections', 0);
  await stage.open('backendConnections', 0);
}

/** Plays with one backend and every length of `bytes` that is not all of them. */
async function everyLength(
  stage: Stage,
  bytes: string,
  play: (backend: RawBackend, length: number) => Promise<void>,
): Promise<void> {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  for (let length = 0; length < bytes.length; length += STEP) await play(backend, length);
  for (const peer of backend.connections) await peer.bytesOrEnd(Number.POSITIVE_INFINITY);
  await stage.open('clientConnections', 0);
  await assertWhole(stage, backend);
}

/** A client that has sent its request, and the backend that has read its head. */
async function asked(stage: Stage, backend: RawBackend, request: string): Promise<[RawPeer, RawPeer]> {
  const before = backend.connections.length;
  const client = await stage.client();
  client.send(request);
  const peer = await backend.connection(before);
  await peer.takeHead();
  return [client, peer];
}

for (const [what, bytes] of Object.entries(requests)) {
  for (const how of endings) {
    behaviour(`a client that leaves by ${how} at any byte of ${what} leaves nothing open`, (stage) =>
      everyLength(stage, bytes, async (_backend, length) => {
        const client = await stage.client();
        client.send(bytes.slice(0, length));
        client[how]();
        // Whether a connection was begun is a matter of chance: the client may have been gone by then.
        await settled();
        await stage.open('exchanges', 0);
        if (how === 'end') {
          await client.ending();
          client.destroy();
        }
      }),
    );
  }
}

for (const [what, [request, bytes]] of Object.entries(responses)) {
  for (const how of endings) {
    behaviour(`a backend that leaves by ${how} at any byte of ${what} leaves nothing open`, (stage) =>
      everyLength(stage, bytes, async (backend, length) => {
        const [client, peer] = await asked(stage, backend, request);
        peer.send(bytes.slice(0, length));
        peer[how]();
        await client.someBytes();
        const cut = how === 'reset' && client.received.startsWith('HTTP/1.1 200 ');
        // The end of a response until close is its FIN, wherever it comes.
        const endless = what === 'a response until close' && how === 'end';
        if (cut) assert.ok(await client.wasReset(), `${length} bytes of it look whole`);
        else client.end();
        await client.ending();
        const whole = client.received.startsWith('HTTP/1.1 200 ') && client.received.endsWith(bytes.slice(-8));
        assert.ok(endless || !whole, `${length} bytes of it look whole`);
        client.destroy();
        peer.destroy();
      }),
    );

    behaviour(`a client that leaves by ${how} at any byte of ${what} that it reads leaves nothing open`, (stage) =>
      everyLength(stage, bytes, async (backend, length) => {
        const [client, peer] = await asked(stage, backend, request);
        peer.send(bytes.slice(0, length));
        const head = bytes.indexOf('\r\n\r\n') + 4;
        // What is no whole head yet is not passed on, and neither is a part of a chunk line or frame header.
        if (length >= head) await client.take(head);
        await settled();
        const { length: read } = peer.received;
        client[how]();
        // A Close of ours, or the end.
        await peer.bytesOrEnd(read);
        peer.end();
        await stage.open('exchanges', 0);
        await stage.open('tunnels', 0);
        client.destroy();
        peer.destroy();
      }),
    );
  }
}

for (const [what, bytes] of Object.entries(requests).slice(0, 2)) {
  for (const how of endings) {
    behaviour(
      `a backend that leaves by ${how} at any byte of ${what} has it answered, and leaves nothing open`,
      (stage) => {
        const body = bytes.slice(bytes.indexOf('\r\n\r\n') + 4);
        return everyLength(stage, body, async (backend, length) => {
          const [client, peer] = await asked(stage, backend, bytes.slice(0, bytes.length - body.length + length));
          peer[how]();
          assert.equal((await client.takeResponse()).status, 502);
          client.destroy();
          peer.destroy();
        });
      },
    );
  }
}
