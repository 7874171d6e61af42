import assert from 'node:assert/strict';
import { behaviour } from '../support/stage.js';

// What is refused, byte by byte, and how that looks: the tables beside smuggling/requests.test.ts.

const HOST = 'Host: a.example\r\n';
const get = (lines: string, target = '/'): string => `GET ${target} HTTP/1.1\r\n${HOST}${lines}\r\n`;

behaviour('a request that has been through this proxy is refused with 508', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  const request = (via: string): string => `GET / HTTP/1.1\r\n${HOST}Via: 1.1 front, ${via}\r\n\r\n`;
  const response = await stage.ask(request(`1.1 ${stage.proxy.pseudonym}`));
  assert.equal(response.firstLine, 'HTTP/1.1 508 Loop Detected');
  assert.equal(response.get('connection'), 'close');
  assert.deepEqual(stage.log.codes, ['proxy-loop']);
  assert.equal(backend.raw.connections.length, 0);

  const other = await stage.ask(request('1.1 toyou-proxy-00000000'));
  assert.equal(other.status, 200, 'another toyou-proxy on the way is no loop');
});

behaviour('a refused client that asks for JSON gets a problem document', async (stage) => {
  await stage.start({});
  const response = await stage.ask(`GET / HTTP/1.1\r\nAccept: application/json\r\n\r\n`);
  assert.equal(response.firstLine, 'HTTP/1.1 400 Bad Request');
  assert.equal(response.get('content-type'), 'application/problem+json');
  assert.deepEqual(JSON.parse(response.body), {
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    detail: 'the request has no Host',
    code: 'missing-host',
    requestId: response.get('x-request-id'),
  });
});

behaviour('a refused HEAD gets no body', async (stage) => {
  await stage.start({});
  const client = await stage.client();
  client.send('HEAD / HTTP/1.1\r\n\r\n');
  const response = await client.takeResponse('HEAD');
  assert.equal(response.status, 400);
  assert.equal(await client.takeRest(), '');
});

behaviour('what looks odd but is right is not refused', async (stage) => {
  const backend = await stage.backend();
  await stage.start({ backends: [backend] });
  const requests = [
    get('A: b\tc\r\n'),
    get('A: \xff\xfe\r\n'),
    get('', '/\xe9?a|{}"b'),
    'GET / HTTP/1.1\r\nHost: my_host:8080\r\n\r\n',
    get('', 'http://a.example/b'),
    get('', 'http://A.EXAMPLE:80/b'),
    `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n',
    'POST / HTTP/1.0\r\nExpect: something\r\nContent-Length: 2\r\n\r\nok',
    'BREW / HTTP/1.1\r\nHost: a\r\n\r\n',
    get('', `/${'a'.repeat(8170)}`),
  ];
  for (const request of requests) assert.equal((await stage.ask(request)).status, 200, JSON.stringify(request));
  assert.equal(backend.requests.length, requests.length);
  assert.deepEqual(stage.log.codes, []);
});
