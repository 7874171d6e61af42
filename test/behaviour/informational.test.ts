import assert from 'node:assert/strict';
import type { RawPeer } from '../support/raw-peer.js';
import { behaviour, type Stage } from '../support/stage.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const EXPECTS = 'POST / HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** The client has sent `head`, and the backend has read it. */
async function sent(stage: Stage, head: string): Promise<{ client: RawPeer; peer: RawPeer; atBackend: string }> {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(head);
  const peer = await backend.connection();
  return { client, peer, atBackend: await peer.takeHead() };
}

behaviour('Expect: 100-continue is passed on, and so is the 100', async (stage) => {
  const { client, peer, atBackend } = await sent(stage, EXPECTS);
  assert.ok(atBackend.includes('\r\nExpect: 100-continue\r\n'));
  peer.send(CONTINUE);
  assert.equal(await client.takeHead(), CONTINUE);
  client.send('hello');
  assert.equal(await peer.take(5), 'hello');
  peer.send(OK);
  assert.equal((await client.takeResponse()).text, OK.slice(0, -2));
});

behaviour('a body that comes without waiting for 100 is passed on', async (stage) => {
  const { client, peer } = await sent(stage, `${EXPECTS}hello`);
  assert.equal(await peer.take(5), 'hello');
  await stage.pass(2_000);
  assert.equal(client.received, '', 'nobody waits for a 100 any more');
  peer.send(OK);
  assert.equal((await client.takeResponse()).status, 200);
});

behaviour('a backend that says nothing for 1 s has us send the 100, and its later one is dropped', async (stage) => {
  const { client, peer } = await sent(stage, EXPECTS);
  await stage.pass(750);
  assert.equal(client.received, '');
  await stage.pass(250);
  assert.equal(await client.takeHead(), CONTINUE);
  client.send('hello');
  assert.equal(await peer.take(5), 'hello');
  peer.send(`${CONTINUE}${OK}`);
  assert.equal(await client.take(OK.length), OK);
});

behaviour('a final response instead of 100 ends the exchange and the connection', async (stage) => {
  const { client, peer } = await sent(stage, EXPECTS);
  peer.send('HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n');
  assert.equal(await client.takeRest(), 'HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  await peer.ending();
});

behaviour('an HTTP/1.0 client gets no 100, and its Expect goes nowhere', async (stage) => {
  const head = EXPECTS.replace('HTTP/1.1', 'HTTP/1.0');
  const { client, peer, atBackend } = await sent(stage, `${head}hello`);
  assert.ok(!atBackend.toLowerCase().includes('expect'));
  peer.send(`${CONTINUE}HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}`);
  assert.equal(await client.takeRest(), 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
});

behaviour('1xx responses pass, without the fields of this hop', async (stage) => {
  const { client, peer } = await sent(stage, get());
  peer.send('HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nConnection: x-a\r\nX-A: 1\r\n\r\n');
  assert.equal(await client.takeHead(), 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n');
  peer.send(`HTTP/1.1 102 Processing\r\n\r\n${OK}`);
  assert.equal(await client.takeHead(), 'HTTP/1.1 102 Processing\r\n\r\n');
  assert.equal(await client.take(OK.length), OK);
});

behaviour('at most 16 responses 1xx pass', async (stage) => {
  const { client, peer } = await sent(stage, get());
  const hints = Array.from({ length: 20 }, (_, index) => `HTTP/1.1 103 Early Hints\r\nLink: ${index}\r\n\r\n`);
  peer.send(hints.join('') + OK);
  const expected = hints.slice(0, 16).join('') + OK;
  assert.equal(await client.take(expected.length), expected);
});

behaviour('a 101 that nobody asked for is a broken response', async (stage) => {
  const { client, peer } = await sent(stage, get());
  peer.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nsecret');
  const response = await client.takeResponse();
  assert.equal(response.status, 502);
  assert.match(response.body, /code: bad-response\n/);
  await peer.ending();
  await settled();
  assert.ok(!client.received.includes('secret'));
  assert.deepEqual(stage.log.codes, ['bad-response']);
});

behaviour('1xx without end are a broken response: 502, and the connection to the backend is closed', async (stage) => {
  const { client, peer } = await sent(stage, get());
  peer.send('HTTP/1.1 103 E\r\n\r\n'.repeat(10_001));
  assert.equal(await client.take(16 * 18), 'HTTP/1.1 103 E\r\n\r\n'.repeat(16));
  assert.equal((await client.takeResponse()).status, 502);
  assert.deepEqual(stage.log.codes, ['bad-response']);
  await peer.ending();
});
