import assert from 'node:assert/strict';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour } from '../support/stage.js';
import { get } from '../support/wire.js';

const heads = {
  'with a length': 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello',
  chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  'until close': 'HTTP/1.1 200 OK\r\n\r\nhello',
};
const faults: Record<string, (peer: RawPeer) => void> = {
  resets: (peer) => peer.reset(),
  'ends early': (peer) => peer.end(),
};

for (const [framing, head] of Object.entries(heads)) {
  for (const [fault, happen] of Object.entries(faults)) {
    if (framing === 'until close' && fault === 'ends early') continue; // that is its end
    behaviour(`a response ${framing} whose backend ${fault} is cut with a reset`, async (stage) => {
      const backend = await stage.rawBackend();
      await stage.start({ backends: [backend] });
      const client = await stage.client();
      client.send(get());
      const peer = await backend.connection();
      await peer.takeHead();
      peer.send(head);
      await client.takeThrough('hello');
      happen(peer);
      assert.ok(await client.wasReset());
      assert.ok(!client.received.includes('\r\n0\r\n'));
      const { status, error } = await stage.outcome();
      assert.deepEqual([status, error?.code], [200, 'backend-gone']);
      assert.deepEqual(stage.log.codes, ['backend-gone']);
    });
  }
}

const brokenChunks = {
  'a chunk line that is none': 'xyz\r\n',
  'a chunk that is too long': '1\r\nab\r\n',
  'a Content-Length trailer': '0\r\nContent-Length: 5\r\n\r\n',
  'trailers over 8 KiB': `0\r\nA: ${'a'.repeat(8192)}\r\n\r\n`,
};
for (const [what, bytes] of Object.entries(brokenChunks)) {
  behaviour(`a response with ${what} is cut with a reset, and never looks whole`, async (stage) => {
    const backend = await stage.rawBackend();
    await stage.start({ backends: [backend] });
    const client = await stage.client();
    client.send(get());
    const peer = await backend.connection();
    await peer.takeHead();
    peer.send(heads.chunked);
    await client.takeThrough('hello');
    peer.send(bytes);
    assert.ok(await client.wasReset());
    assert.ok(!/\r\n0\r\n/.test(client.received));
    await peer.ending();
    assert.deepEqual(stage.log.codes, ['bad-response']);
  });
}

behaviour('a request body that breaks after the response began is cut with a reset', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send('POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n');
  const peer = await backend.connection();
  await peer.takeThrough('ok');
  peer.send(heads.chunked);
  await client.takeThrough('hello');
  client.send('broken\r\n');
  assert.ok(await client.wasReset());
  await peer.ending();
  assert.deepEqual(stage.log.codes, ['bad-request-body']);
});

behaviour('a client that leaves inside a response frees the backend', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(heads['with a length']);
  await client.takeThrough('hello');
  client.reset();
  await peer.ending();
  const { status, error } = await stage.outcome();
  assert.deepEqual([status, error?.code], [200, 'client-gone']);
});

behaviour('a reset right behind bytes of a response until close does not make it look whole', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(heads['until close']);
  await client.takeThrough('hello');
  peer.send('more');
  peer.reset();
  assert.ok(await client.wasReset());
  assert.deepEqual(stage.log.codes, ['backend-gone']);
});
