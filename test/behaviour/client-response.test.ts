import assert from 'node:assert/strict';
import { behaviour } from '../support/stage.js';
import { get } from '../support/wire.js';

behaviour('order, case and duplicates of response fields are kept, and nothing is added', async (stage) => {
  const head =
    'HTTP/1.1 200 OK\r\nx-B: 1\r\nSET-COOKIE: a=1\r\nset-cookie: b=2\r\nx-b: 2\r\nX: \xe9\r\nContent-Length: 0\r\n\r\n';
  const backend = await stage.backend(() => head);
  await stage.start({ backends: [backend] });
  assert.equal((await stage.ask(get())).text, head);
});

behaviour('fields of the hop behind us end here, and every field that Connection names', async (stage) => {
  const lines = [
    'Connection: keep-alive, X-Mine',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authenticate: Basic',
    'TE: trailers',
    'Upgrade: h2c',
    'X-Mine: 1',
    'X-Stays: 2',
    'Content-Length: 0',
  ];
  const backend = await stage.backend(() => `HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`);
  await stage.start({ backends: [backend] });
  assert.equal((await stage.ask(get())).text, 'HTTP/1.1 200 OK\r\nX-Stays: 2\r\nContent-Length: 0\r\n\r\n');
});

behaviour('a Connection that names Content-Length cannot take it away', async (stage) => {
  const backend = await stage.backend(
    () => 'HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 2\r\n\r\nok',
  );
  await stage.start({ backends: [backend] });
  const client = await stage.client();
  for (let round = 0; round < 2; round++) {
    client.send(get());
    assert.equal((await client.takeResponse()).text, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n');
  }
});

behaviour('expose: true tells of the proxy and the service', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], advanced: { expose: true } });
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Proxy-By: toyou-proxy\r\nX-Target-Service: api\r\n\r\n';
  assert.equal((await stage.ask(get())).text, head);
});

behaviour('a method that no rule of the path allows is answered with 405 and Allow', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend], route: { methods: ['GET', 'HEAD'] } });
  const response = await stage.ask('POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n');
  assert.equal(response.status, 405);
  assert.equal(response.get('allow'), 'GET, HEAD');
  assert.match(response.body, /code: route-method\n/);
  assert.equal(backend.requests.length, 0);
});
