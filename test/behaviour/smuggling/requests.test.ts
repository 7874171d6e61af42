import assert from 'node:assert/strict';
import { SMUGGLED, smuggling } from '../../support/smuggling.js';
import { behaviour } from '../../support/stage.js';
import { until } from '../../support/turns.js';
import { get } from '../../support/wire.js';
import { chunkCases } from './chunk-cases.js';
import { framingCases } from './framing-cases.js';
import { headCases } from './head-cases.js';
import { routingCases } from './routing-cases.js';

smuggling('framing', framingCases());
smuggling('chunks', chunkCases());
smuggling('heads', headCases());
smuggling('routing', routingCases());

behaviour('the body behind an Expect that was answered at once is never read as a request', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  client.send(`POST /a HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n`);
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  const response = await client.takeResponse();
  assert.deepEqual([response.status, response.get('connection')], [403, 'close']);
  // The next request of a client that keeps its body back, or that body: which of them nobody can know.
  client.send(SMUGGLED);
  assert.equal(await client.takeRest(), '');
  await peer.ending();
  assert.equal(peer.untaken, '');
  assert.equal(backend.connections.length, 1);
});

behaviour('a length of 2^53 - 1 goes on as it is, and nothing behind it is ever a request', async (stage) => {
  const backend = await stage.strictBackend();
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  const length = 'Content-Length: 9007199254740991\r\n\r\n';
  client.send(`POST /a HTTP/1.1\r\nHost: a.example\r\n${length}${SMUGGLED}`);
  const peer = await backend.raw.connection();
  await until(() => peer.received.endsWith(SMUGGLED), 'the beginning of the body');
  assert.ok(peer.received.includes('\r\nContent-Length: 9007199254740991\r\n'));
  client.end();
  assert.equal((await backend.unfinished()).length, 1);
  backend.assertSaw();
  assert.equal((await stage.outcome()).error?.code, 'client-gone');
  assert.equal((await stage.ask(get('/after'))).status, 200);
});
