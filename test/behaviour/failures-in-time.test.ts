import assert from 'node:assert/strict';
import { buffersFilled, MUCH_BYTES } from '../support/much-bytes.js';
import { behaviour } from '../support/stage.js';
import { get } from '../support/wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

behaviour('no response head within read_timeout is answered with 504', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { timeout: { read_timeout: 60 } } });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  await stage.pass(59_750);
  assert.equal(client.received, '');
  await stage.pass(250);
  const response = await client.takeResponse();
  assert.equal(response.status, 504);
  assert.match(response.body, /code: response-timeout\n/);
  assert.equal(response.get('connection'), undefined, 'the client may go on');
  await peer.ending();
  assert.deepEqual(stage.log.codes, ['response-timeout']);
});

behaviour('a route may have a read_timeout of its own', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], route: { timeout: { read_timeout: '5s' } } });
  const client = await stage.client();
  client.send(get());
  await (await backend.connection()).takeHead();
  await stage.pass(5_000);
  assert.equal((await client.takeResponse()).status, 504);
});

behaviour('read_timeout 0 is none', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { timeout: { read_timeout: 0 } } });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  await stage.pass(600_000);
  peer.send(OK);
  assert.equal((await client.takeResponse()).status, 200);
});

behaviour('read_timeout is a silence: a response that comes slowly is relayed whole', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { timeout: { read_timeout: 10 } } });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n');
  for (const byte of 'hello world') {
    await stage.pass(9_000);
    peer.send(byte);
  }
  assert.equal((await client.takeResponse()).body, 'hello world');
});

behaviour('a head that comes byte by byte is late like one that does not come', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { timeout: { read_timeout: 10 } } });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  for (const byte of 'HTTP/1.1 20') {
    await stage.pass(1_000);
    peer.send(byte);
  }
  const { status, body } = await client.takeResponse();
  assert.equal(status, 504);
  assert.match(body, /code: response-timeout/);
});

behaviour('a response that falls silent is cut with a reset', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { timeout: { read_timeout: 10 } } });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
  await client.takeThrough('hello');
  await stage.pass(10_000);
  assert.ok(await client.wasReset());
  assert.deepEqual(stage.log.codes, ['response-timeout']);
});

behaviour('a request body that falls silent for read_timeout is answered with 408', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { timeout: { read_timeout: 60 } } });
  const client = await stage.client();
  client.send('POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nhel');
  const peer = await backend.connection();
  await peer.takeThrough('hel');
  await stage.pass(59_000);
  client.send('lo');
  await peer.takeThrough('lo');
  await stage.pass(59_750);
  assert.equal(client.received, '');
  await stage.pass(250);
  const response = await client.takeResponse();
  assert.equal(response.status, 408);
  assert.equal(response.get('connection'), 'close');
  assert.match(response.body, /code: request-timeout\n/);
  await peer.ending();
  assert.deepEqual(stage.log.codes, ['request-timeout']);
});

behaviour('a backend that takes nothing for write_timeout is answered for with 504', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { timeout: { write_timeout: 20 } } });
  const client = await stage.client();
  client.send(`POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${MUCH_BYTES}\r\n\r\n`);
  const peer = await backend.connection();
  await peer.takeHead();
  peer.pause();
  client.send(Buffer.alloc(MUCH_BYTES, 'x'));
  await buffersFilled(client);
  await stage.pass(19_000);
  assert.equal(client.received, '');
  await stage.pass(3_000);
  const response = await client.takeResponse();
  assert.equal(response.status, 504);
  assert.equal(response.get('connection'), 'close');
  assert.match(response.body, /code: backend-write-timeout\n/);
  assert.deepEqual(stage.log.codes, ['backend-write-timeout']);
});

behaviour('a client that takes nothing for write_timeout is reset', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { timeout: { write_timeout: 20 } } });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${MUCH_BYTES}\r\n\r\n`);
  await client.takeHead();
  client.pause();
  peer.send(Buffer.alloc(MUCH_BYTES, 'x'));
  await buffersFilled(peer);
  await stage.pass(19_000);
  assert.equal(stage.ended.length, 0);
  await stage.pass(3_000);
  const { status, error } = await stage.outcome();
  assert.deepEqual([status, error?.code], [200, 'client-write-timeout']);
  client.resume();
  assert.ok(await client.wasReset());
  await peer.ending();
  assert.deepEqual(stage.log.codes, ['client-write-timeout']);
});

behaviour('a slow client does not make its backend time out', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], advanced: { timeout: { read_timeout: 10, write_timeout: 0 } } });
  const client = await stage.client();
  client.send(get());
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${MUCH_BYTES}\r\n\r\n`);
  await client.takeHead();
  client.pause();
  peer.send(Buffer.alloc(MUCH_BYTES, 'x'));
  await stage.pass(60_000);
  client.resume();
  assert.equal((await client.take(MUCH_BYTES)).length, MUCH_BYTES);
});
