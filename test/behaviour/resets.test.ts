import assert from 'node:assert/strict';
import type { RawBackend } from '../support/raw-backend.js';
import { behaviour, type Stage } from '../support/stage.js';
import { get } from '../support/wire.js';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const HANDSHAKE = get('/', `${UPGRADE}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n`);
const SWITCHING = `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n';

const requests = {
  'a request with a chunked body': `POST / HTTP/1.1\r\nHost: a.example\r\n${CHUNKED}`,
  'a handshake': HANDSHAKE,
};
const responses = {
  'a response with a length': [get(), 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
  'a chunked response': [get(), `HTTP/1.1 200 OK\r\n${CHUNKED}`],
  'a 101 and a frame': [HANDSHAKE, `${SWITCHING}\x81\x05Hello`],
} as const;
const endings = ['end', 'reset'] as const;

/** The proxy still serves, and nothing of what broke off is held. */
async function assertWhole(stage: Stage, backend: RawBackend): Promise<void> {
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

for (const [what, bytes] of Object.entries(requests)) {
  for (const how of endings) {
    behaviour(`a client that leaves by ${how} at any byte of ${what} leaves nothing open`, async (stage) => {
      const backend = await stage.rawBackend();
      await stage.start({ backends: [backend] });
      for (let length = 0; length < bytes.length; length++) {
        const client = await stage.client();
        client.send(bytes.slice(0, length));
        client[how]();
        // Whether a connection was begun is a matter of chance: the client may have been gone by then.
        await stage.open('exchanges', 0);
        if (how === 'end') {
          await client.ending();
          client.destroy();
        }
      }
      for (const peer of backend.connections) await peer.ending();
      await stage.open('clientConnections', 0);
      await assertWhole(stage, backend);
    });
  }
}

for (const [what, [request, bytes]] of Object.entries(responses)) {
  for (const how of endings) {
    behaviour(`a backend that leaves by ${how} at any byte of ${what} leaves nothing open`, async (stage) => {
      const backend = await stage.rawBackend();
      await stage.start({ backends: [backend] });
      for (let length = 0; length < bytes.length; length++) {
        const before = backend.connections.length;
        const client = await stage.client();
        client.send(request);
        const peer = await backend.connection(before);
        await peer.takeHead();
        peer.send(bytes.slice(0, length));
        peer[how]();
        await client.someBytes();
        client.end();
        await client.ending();
        const whole = client.received.startsWith('HTTP/1.1 200 ') && client.received.endsWith(bytes.slice(-8));
        assert.ok(!whole, `${length} bytes of it look whole`);
        client.destroy();
        peer.destroy();
      }
      await stage.open('clientConnections', 0);
      await assertWhole(stage, backend);
    });
  }
}
