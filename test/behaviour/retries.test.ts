import assert from 'node:assert/strict';
import type { Dialer } from '../../src/channel/dialer.js';
import { socketDialer } from '../../src/channel/socket-dialer.js';
import { sharedSocketOptions } from '../../src/channel/socket-options.js';
import { unusedPort } from '../support/raw-backend.js';
import { behaviour, type Stage } from '../support/stage.js';
import { handshake, switching } from '../support/tunnel-ends.js';
import { settled } from '../support/turns.js';
import { get } from '../support/wire.js';

const KIB = 1024;
/** Whoever fails here is not taken out for it. */
const PATIENT = { failures: 0 };

/** Of the service, beside its backends. */
function retrying(urls: readonly { url: string }[], retry: object, more: object = {}) {
  const backends = urls.map(({ url }) => ({ url }));
  return { services: { api: { load_balancer: { backends, retry, passive_health_check: PATIENT } } }, ...more };
}

async function refusing(): Promise<{ url: string }> {
  return { url: `http://127.0.0.1:${await unusedPort()}` };
}

function sending(method: string, body: string): string {
  return `${method} / HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Never comes to a connection to this port; elsewhere it is that of every proxy. */
function hangingAt(port: number): Dialer {
  const dial = socketDialer(sharedSocketOptions(64 * KIB, 64 * KIB));
  return (address, listener) => (address.port === port ? () => {} : dial(address, listener));
}

async function codes(stage: Stage, index = 0): Promise<(string | undefined)[]> {
  return (await stage.outcome(index)).tries.map(({ error }) => error?.code);
}

for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
  behaviour(`where not a byte was written a ${method} with its body goes to the next backend`, async (stage) => {
    const backend = await stage.backend();
    await stage.start({ backends: [await refusing(), backend] });
    const body = 'x'.repeat(200 * KIB);
    assert.equal((await stage.ask(sending(method, body))).status, 200);
    assert.equal((await backend.request()).body, body);
    assert.deepEqual(await codes(stage), ['connect-refused', undefined]);
  });
}

behaviour('a backend that cannot be reached in time has a POST go to the next', async (stage) => {
  const backend = await stage.backend();
  const dead = await stage.rawBackend();
  const setup = retrying([dead, backend], {}, { advanced: { timeout: { dial_timeout: 2 } } });
  await stage.start(setup, { dialer: hangingAt(dead.port) });
  const client = await stage.client();
  client.send(sending('POST', 'body'));
  await settled();
  await stage.pass(1_750);
  assert.equal(backend.requests.length, 0);
  await stage.pass(250);
  assert.equal((await client.takeResponse('POST')).status, 200);
  assert.equal((await backend.request()).body, 'body');
  assert.deepEqual(await codes(stage), ['connect-timeout', undefined]);
});

behaviour('attempts says how many backends are tried', async (stage) => {
  const backend = await stage.backend();
  const dead = [await refusing(), await refusing()];
  await stage.start(retrying([...dead, backend], { attempts: 3 }));
  assert.equal((await stage.ask(sending('POST', 'body'))).status, 200);
  assert.deepEqual(await codes(stage), ['connect-refused', 'connect-refused', undefined]);
});

behaviour('with attempts 1 no other backend is tried', async (stage) => {
  const backend = await stage.backend();
  await stage.start(retrying([await refusing(), backend], { attempts: 1 }));
  assert.equal((await stage.ask(get())).status, 502);
  assert.deepEqual(await codes(stage), ['connect-refused']);
  assert.equal(backend.requests.length, 0);
});

behaviour('no backend is tried twice, however many attempts there are', async (stage) => {
  const dead = [await refusing(), await refusing()];
  await stage.start(retrying(dead, { attempts: 5 }));
  assert.equal((await stage.ask(get())).status, 502);
  assert.deepEqual(await codes(stage), ['connect-refused', 'connect-refused']);
});

behaviour('an idempotent request goes to the next with all that it had sent', async (stage) => {
  const [first, second] = [await stage.rawBackend(), await stage.backend()];
  await stage.start({ backends: [first, second] });
  const body = 'y'.repeat(64 * KIB);
  const client = await stage.client();
  client.send(sending('PUT', body));
  const peer = await first.connection();
  await peer.takeHead();
  await peer.take(body.length);
  peer.reset();
  assert.equal((await client.takeResponse()).status, 200);
  assert.equal((await second.request()).body, body);
  assert.deepEqual(await codes(stage), ['backend-gone', undefined]);
});

behaviour('a body that is on its way goes on at the next backend', async (stage) => {
  const [first, second] = [await stage.rawBackend(), await stage.backend()];
  await stage.start({ backends: [first, second] });
  const client = await stage.client();
  client.send(sending('PUT', 'z'.repeat(10)).slice(0, -6));
  const peer = await first.connection();
  await peer.takeHead();
  await peer.take(4);
  peer.reset();
  await settled();
  client.send('z'.repeat(6));
  assert.equal((await client.takeResponse()).status, 200);
  assert.equal((await second.request()).body, 'z'.repeat(10));
});

behaviour('a body of more than 64 KiB that was begun is not sent twice', async (stage) => {
  const [first, second] = [await stage.rawBackend(), await stage.backend()];
  await stage.start({ backends: [first, second] });
  const client = await stage.client();
  client.send(sending('PUT', 'y'.repeat(64 * KIB + 1)));
  const peer = await first.connection();
  await peer.takeHead();
  await peer.take(64 * KIB + 1);
  peer.reset();
  assert.equal((await client.takeResponse()).status, 502);
  assert.deepEqual(await codes(stage), ['backend-gone']);
  assert.equal(second.requests.length, 0);
});

behaviour('behind the first byte of a response nothing is sent twice', async (stage) => {
  const [first, second] = [await stage.rawBackend(), await stage.backend()];
  await stage.start({ backends: [first, second] });
  const client = await stage.client();
  client.send(get());
  const peer = await first.connection();
  await peer.takeHead();
  peer.send('H');
  await settled();
  peer.reset();
  assert.equal((await client.takeResponse()).status, 502);
  assert.equal(second.requests.length, 0);
});

behaviour('behind a response head nothing is sent twice: what was begun is cut', async (stage) => {
  const [first, second] = [await stage.rawBackend(), await stage.backend()];
  await stage.start({ backends: [first, second] });
  const client = await stage.client();
  client.send(get());
  const peer = await first.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
  await client.takeThrough('half');
  peer.reset();
  assert.ok(await client.wasReset());
  assert.deepEqual(await codes(stage), ['backend-gone']);
  assert.equal(second.requests.length, 0);
});

behaviour('a malformed response is not tried again', async (stage) => {
  const first = await stage.backend(() => 'what?\r\n\r\n');
  const second = await stage.backend();
  await stage.start({ backends: [first, second] });
  assert.equal((await stage.ask(get())).status, 502);
  assert.deepEqual(await codes(stage), ['bad-response']);
  assert.equal(second.requests.length, 0);
});

behaviour('a backend that does not answer in time has a GET go to the next, within retry.timeout', async (stage) => {
  const [first, second] = [await stage.backend(() => null), await stage.backend()];
  const advanced = { timeout: { read_timeout: 4 } };
  await stage.start(retrying([first, second], { timeout: 5 }, { advanced }));
  const client = await stage.client();
  client.send(get());
  await first.request();
  await stage.pass(3_750);
  assert.equal(second.requests.length, 0);
  await stage.pass(250);
  assert.equal((await client.takeResponse()).status, 200);
  assert.deepEqual(await codes(stage), ['response-timeout', undefined]);
});

behaviour('past retry.timeout a backend that does not answer is answered for with 504', async (stage) => {
  const [first, second] = [await stage.backend(() => null), await stage.backend()];
  const advanced = { timeout: { read_timeout: 6 } };
  await stage.start(retrying([first, second], { timeout: 5 }, { advanced }));
  const client = await stage.client();
  client.send(get());
  await first.request();
  await stage.pass(6_000);
  assert.equal((await client.takeResponse()).status, 504);
  assert.deepEqual(await codes(stage), ['response-timeout']);
  assert.equal(second.requests.length, 0);
});

behaviour('retry.timeout 0 is no limit', async (stage) => {
  const [first, second] = [await stage.backend(() => null), await stage.backend()];
  const advanced = { timeout: { read_timeout: 60 } };
  await stage.start(retrying([first, second], { timeout: 0 }, { advanced }));
  const client = await stage.client();
  client.send(get());
  await first.request();
  await stage.pass(60_000);
  assert.equal((await client.takeResponse()).status, 200);
});

behaviour('a POST that was sent is answered for with 504 and not tried again', async (stage) => {
  const [first, second] = [await stage.backend(() => null), await stage.backend()];
  const advanced = { timeout: { read_timeout: 4 } };
  await stage.start(retrying([first, second], {}, { advanced }));
  const client = await stage.client();
  client.send(sending('POST', 'body'));
  await first.request();
  await stage.pass(4_000);
  assert.equal((await client.takeResponse('POST')).status, 504);
  assert.equal(second.requests.length, 0);
});

behaviour('a handshake is tried elsewhere within handshake_timeout, whatever retry.timeout says', async (stage) => {
  const [first, second] = [await stage.rawBackend(), await stage.rawBackend()];
  const middlewares = [{ name: 'websocket', config: { handshake_timeout: 8 } }];
  await stage.start(retrying([first, second], { timeout: 1 }, { middlewares }));
  const client = await stage.client();
  client.send(handshake());
  const peer = await first.connection();
  await peer.takeHead();
  await stage.pass(7_000);
  peer.reset();
  const next = await second.connection();
  await next.takeHead();
  next.send(switching());
  assert.match(await client.takeHead(), /^HTTP\/1\.1 101 /);
  assert.deepEqual(
    stage.openedTunnels[0]?.exchange.tries.map(({ error }) => error?.code),
    ['backend-gone', undefined],
  );
  client.destroy();
  next.destroy();
  await stage.open('tunnels', 0);
  const tried = [{ backend: first.url, code: 'backend-gone' }, { backend: second.url }];
  for (const line of ['tunnel opened', 'tunnel closed']) assert.deepEqual(stage.log.all(line)[0]?.tried, tried, line);
});

behaviour('what was counted of retries and failures outlives a reload', async (stage) => {
  const [dead, backend] = [await refusing(), await stage.backend()];
  const counted = () => stage.proxy.wings.services().map(({ retries, backends }) => [retries, backends[0]?.failures]);
  await stage.start(retrying([dead, backend], {}));
  assert.equal((await stage.ask(get())).status, 200);
  await stage.outcome();
  assert.deepEqual(counted(), [[1, { 'connect-refused': 1 }]]);
  await stage.reload(retrying([dead, backend], { attempts: 3 }));
  assert.deepEqual(counted(), [[1, { 'connect-refused': 1 }]]);
});

behaviour('each try is in the log with its cause, whether one was served at last or none', async (stage) => {
  const dead = [await refusing(), await refusing()];
  const backend = await stage.backend();
  const services = retrying([...dead, backend], { attempts: 3 });
  await stage.start({ ...services, middlewares: [{ name: 'logging' }] });
  assert.equal((await stage.ask(get())).status, 200);
  await stage.outcome();
  const refusals = dead.map(({ url }) => ({ backend: url, code: 'connect-refused' }));
  assert.deepEqual(stage.log.all('exchange ended')[0]?.tried, [...refusals, { backend: backend.url }]);
  await stage.reload({ ...retrying(dead, { attempts: 3 }), middlewares: [{ name: 'logging' }] });
  assert.equal((await stage.ask(get())).status, 502);
  await stage.outcome(1);
  const tried = stage.log.all('exchange failed')[0]?.tried;
  assert.deepEqual(
    new Set((tried as { backend: string }[]).map(({ backend: url }) => url)),
    new Set(dead.map(({ url }) => url)),
  );
});
