import assert from 'node:assert/strict';
import { behaviour, type Setup, type Stage } from '../support/stage.js';
import { openTunnel } from '../support/tunnel-ends.js';
import { get } from '../support/wire.js';

const CHUNKED = 'POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n';
const announced = (bytes: number, path = '/') =>
  `POST ${path} HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${bytes}\r\n\r\n`;
const limit = (max: number | string): Setup => ({ middlewares: [{ name: 'body_limit', config: { max } }] });

async function started(stage: Stage, setup: Setup = limit(10)) {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], ...setup });
  return backend;
}

behaviour(
  'a body that announces more than max is refused before it is read, and before a backend is dialled',
  async (stage) => {
    const backend = await started(stage);
    const response = await stage.ask(announced(11));
    assert.deepEqual([response.status, response.get('connection')], [413, 'close']);
    assert.match(response.body, /code: body-too-large/);
    assert.equal(backend.raw.connections.length, 0);
    assert.equal((await stage.outcome()).error?.message, 'body_limit: 11 bytes are announced, max is 10');
  },
);

behaviour('one that asks whether it may come is told no', async (stage) => {
  await started(stage);
  const response = await stage.ask(announced(11).replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'));
  assert.equal(response.status, 413);
});

behaviour('bodies up to max pass, announced or not', async (stage) => {
  const backend = await started(stage);
  assert.equal((await stage.ask(`${announced(10)}0123456789`)).status, 200);
  assert.equal((await stage.ask(`${CHUNKED}5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n`)).status, 200);
  assert.deepEqual(
    backend.requests.map(({ body }) => body),
    ['0123456789', '5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n'],
  );
});

behaviour('a chunked body is refused once it passes max, and the backend gets no more of it', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], ...limit(10) });
  const client = await stage.client();
  client.send(`${CHUNKED}a\r\n0123456789\r\n`);
  const peer = await backend.connection();
  await peer.takeThrough('0123456789\r\n');
  client.send('1\r\nx\r\n');
  const response = await client.takeResponse();
  assert.deepEqual([response.status, response.get('connection')], [413, 'close']);
  await peer.ending();
  assert.ok(!peer.untaken.includes('x'), peer.untaken);
  assert.deepEqual(stage.log.codes, ['body-too-large']);
});

behaviour('max takes a size with a unit, and rules have their own', async (stage) => {
  const backend = await stage.backend();
  const named = (name: string) => ({ pattern: `/${name}`, target: 'api', middlewares: [name] });
  await stage.start({
    backends: [backend],
    middleware_services: [
      { name: 'small', type: 'body_limit', config: { max: 3 } },
      { name: 'large', type: 'body_limit', config: { max: '1KiB' } },
    ],
    host_rules: [{ pattern: '*', target: 'api', route_rules: [named('small'), named('large')] }],
  });
  const statusOf = async (bytes: number, path: string) =>
    (await stage.ask(`${announced(bytes, path)}${'x'.repeat(bytes)}`)).status;
  assert.deepEqual(
    [
      await statusOf(3, '/small'),
      await statusOf(4, '/small'),
      await statusOf(1024, '/large'),
      await statusOf(1025, '/large'),
    ],
    [200, 413, 200, 413],
  );
});

for (const [max, maxBodySize] of [
  [5, 20],
  [20, 5],
] as const) {
  behaviour(`of max ${max} and max_body_size ${maxBodySize} the stricter counts`, async (stage) => {
    await started(stage, { ...limit(max), advanced: { security: { max_body_size: maxBodySize } } });
    assert.equal((await stage.ask(`${announced(5)}01234`)).status, 200);
    assert.equal((await stage.ask(announced(6))).status, 413);
    assert.equal((await stage.ask(`${CHUNKED}5\r\n01234\r\n0\r\n\r\n`)).status, 200);
    assert.equal((await stage.ask(`${CHUNKED}6\r\n012345\r\n0\r\n\r\n`)).status, 413);
  });
}

behaviour('responses, event streams and tunnels have no limit by it', async (stage) => {
  const backend = await stage.rawBackend();
  await stage.start({ backends: [backend], ...limit(1) });
  const client = await stage.client();
  client.send(get('/', 'Accept: text/event-stream\r\n'));
  const peer = await backend.connection();
  await peer.takeHead();
  peer.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: long\n\n');
  await client.takeThrough('data: long\n\n');
  client.destroy();
  const ends = await openTunnel(stage, backend);
  ends.client.send(Buffer.from('8182000000006869', 'hex'));
  assert.equal(await ends.backend.take(8), '\x81\x82\0\0\0\0hi');
  ends.client.destroy();
  ends.backend.destroy();
});
