import assert from 'node:assert/strict';
import { behaviour, type Setup } from '../support/stage.js';
import { plain } from '../support/wire.js';

interface Refused {
  readonly what: string;
  readonly request: string;
  readonly status: string;
  readonly code: string;
  readonly advanced?: Setup['advanced'];
  /** More of the response's head. */
  readonly line?: string;
}

const HOST = 'Host: a.example\r\n';
const get = (lines: string, target = '/'): string => `GET ${target} HTTP/1.1\r\n${HOST}${lines}\r\n`;
const post = (lines: string, body = ''): string => `POST / HTTP/1.1\r\n${HOST}${lines}\r\n${body}`;
const bad = '400 Bad Request';

const grammar: Refused[] = [
  { what: 'a bare LF at a line end', request: `GET / HTTP/1.1\n${HOST}\r\n`, status: bad, code: 'bare-cr-or-lf' },
  { what: 'a bare CR inside a value', request: get('A: b\rc\r\n'), status: bad, code: 'bare-cr-or-lf' },
  { what: 'a NUL in a value', request: get('A: b\0c\r\n'), status: bad, code: 'bad-header-value' },
  { what: 'a control character in a value', request: get('A: b\x01c\r\n'), status: bad, code: 'bad-header-value' },
  { what: 'a DEL in a value', request: get('A: b\x7fc\r\n'), status: bad, code: 'bad-header-value' },
  { what: 'a name that is no token', request: get('A(b): c\r\n'), status: bad, code: 'bad-header-name' },
  { what: 'an empty name', request: get(': c\r\n'), status: bad, code: 'bad-header-name' },
  { what: 'a space before the colon', request: get('A : b\r\n'), status: bad, code: 'space-before-colon' },
  { what: 'a folded line', request: get('A: b\r\n c\r\n'), status: bad, code: 'obs-fold' },
  { what: 'a line without a colon', request: get('Abc\r\n'), status: bad, code: 'missing-colon' },
  { what: 'a method that is no token', request: `G{T / HTTP/1.1\r\n${HOST}\r\n`, status: bad, code: 'bad-method' },
  { what: 'a space in the target', request: get('', '/a b'), status: bad, code: 'bad-target' },
  { what: 'a control character in the target', request: get('', '/a\x01b'), status: bad, code: 'bad-target' },
  { what: 'a target of no form', request: get('', 'a/b'), status: bad, code: 'bad-target' },
  { what: 'an asterisk without OPTIONS', request: get('', '*'), status: bad, code: 'bad-target' },
  {
    what: 'an absolute target of another scheme',
    request: get('', 'ftp://a.example/'),
    status: bad,
    code: 'bad-target',
  },
  { what: 'a fragment in the target', request: get('', '/a#b'), status: bad, code: 'bad-target' },
  { what: 'a request line without a version', request: `GET /\r\n${HOST}\r\n`, status: bad, code: 'bad-request-line' },
  { what: 'two empty lines first', request: `\r\n\r\n${get('')}`, status: bad, code: 'bad-request-line' },
];

const hosts: Refused[] = [
  { what: 'HTTP/1.1 without Host', request: 'GET / HTTP/1.1\r\n\r\n', status: bad, code: 'missing-host' },
  { what: 'two Hosts', request: get(HOST), status: bad, code: 'duplicate-host' },
  { what: 'an empty Host', request: 'GET / HTTP/1.1\r\nHost: \r\n\r\n', status: bad, code: 'bad-host' },
  { what: 'a Host with a path', request: 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', status: bad, code: 'bad-host' },
  { what: 'a Host with a user', request: 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', status: bad, code: 'bad-host' },
  {
    what: 'an absolute target of another host',
    request: get('', 'http://b.example/'),
    status: bad,
    code: 'host-mismatch',
  },
  {
    what: 'a Connection that names Host',
    request: get('Connection: host\r\n'),
    status: bad,
    code: 'bad-connection-option',
  },
  ...['Content-Length', 'Authorization', 'Cookie', 'X-Forwarded-For', 'X_Forwarded_Host', 'X-Real-IP', 'Forwarded'].map(
    (name): Refused => ({
      what: `a Connection that names ${name}`,
      request: get(`${name}: 1\r\nConnection: close, ${name}\r\n`),
      status: bad,
      code: 'bad-connection-option',
    }),
  ),
];

const framing: Refused[] = [
  {
    what: 'Transfer-Encoding with Content-Length',
    request: post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    status: bad,
    code: 'conflicting-framing',
  },
  {
    what: 'two lengths',
    request: post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'),
    status: bad,
    code: 'duplicate-content-length',
  },
  ...['5, 5', '+5', '-5', '0x5', '5 5', '', '5.0', '9007199254740992'].map(
    (length): Refused => ({
      what: `a Content-Length of "${length}"`,
      request: post(`Content-Length: ${length}\r\n`, 'hello'),
      status: bad,
      code: 'bad-content-length',
    }),
  ),
  ...['gzip', 'gzip, chunked', 'chunked, chunked', 'identity', 'xchunked', '"chunked"'].map(
    (coding): Refused => ({
      what: `a Transfer-Encoding of ${coding}`,
      request: post(`Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n'),
      status: '501 Not Implemented',
      code: 'unsupported-transfer-encoding',
    }),
  ),
  {
    what: 'Transfer-Encoding twice',
    request: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    status: '501 Not Implemented',
    code: 'unsupported-transfer-encoding',
  },
  {
    what: 'Transfer-Encoding in HTTP/1.0',
    request: 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: bad,
    code: 'transfer-encoding-in-http10',
  },
];

const others: Refused[] = [
  ...['CONNECT a.example:443', 'TRACE /'].map(
    (line): Refused => ({
      what: line,
      request: `${line} HTTP/1.1\r\n${HOST}\r\n`,
      status: '405 Method Not Allowed',
      code: 'method-not-allowed',
      line: 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    }),
  ),
  {
    what: 'an expectation that is not 100-continue',
    request: post('Expect: 200-ok\r\nContent-Length: 5\r\n', 'hello'),
    status: '417 Expectation Failed',
    code: 'bad-expect',
  },
  ...['HTTP/1.2', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/3'].map(
    (version): Refused => ({
      what: version,
      request: `GET / ${version}\r\n${HOST}\r\n`,
      status: '505 HTTP Version Not Supported',
      code: 'unsupported-version',
    }),
  ),
  {
    what: 'the HTTP/2 preface',
    request: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    status: '505 HTTP Version Not Supported',
    code: 'unsupported-version',
  },
  {
    what: 'a request line over 8 KiB',
    request: get('', `/${'a'.repeat(8192)}`),
    status: '414 URI Too Long',
    code: 'request-line-too-long',
  },
  {
    what: 'a head over max_header_size',
    request: get(`A: ${'a'.repeat(1024)}\r\n`),
    status: '431 Request Header Fields Too Large',
    code: 'head-too-large',
    advanced: { security: { max_header_size: '1KiB' } },
  },
  {
    what: 'more fields than max_headers',
    request: get('A: 1\r\nB: 2\r\nC: 3\r\n'),
    status: '431 Request Header Fields Too Large',
    code: 'too-many-headers',
    advanced: { security: { max_headers: 3 } },
  },
  {
    what: 'an announced body over max_body_size',
    request: post('Content-Length: 11\r\n', 'hello world'),
    status: '413 Payload Too Large',
    code: 'body-too-large',
    advanced: { security: { max_body_size: 10 } },
  },
];

const paths: Refused[] = (
  [
    ['/a%00b', 'path-nul'],
    ['/a\\b', 'path-backslash'],
    ['/a/..;/b', 'path-parameter-dots'],
    ['/a/..;x=y/b', 'path-parameter-dots'],
    ['/a/%2e%2e/b', 'path-encoded-dots'],
    ['/a/.%2E/b', 'path-encoded-dots'],
    ['/%2e/b', 'path-encoded-dots'],
    ['/a/../../b', 'path-above-root'],
    ['/a%2', 'path-bad-escape'],
    ['/a%zz', 'path-bad-escape'],
  ] as const
).map(([target, code]) => ({ what: `the path ${target}`, request: get('', target), status: bad, code }));

for (const { what, request, status, code, advanced, line } of [...grammar, ...hosts, ...framing, ...others, ...paths]) {
  behaviour(`${what} is refused with ${status.slice(0, 3)}`, async (stage) => {
    const backend = await stage.backend();
    await stage.start({ backends: [backend], ...(advanced && { advanced }) });
    const client = await stage.client();
    client.send(request);
    const response = await client.takeResponse();

    assert.equal(response.firstLine, `HTTP/1.1 ${status}`);
    assert.equal(response.get('connection'), 'close');
    assert.equal(response.get('content-type'), 'text/plain; charset=utf-8');
    const [refused] = stage.log.all('request refused');
    const id = response.get('x-request-id') ?? '';
    assert.match(plain(response.body), new RegExp(`^${status}: [^\\n]+\\ncode: ${code}\\nrequest: ID\\n$`));
    assert.ok(response.body.includes(`request: ${id}\n`));
    if (line !== undefined) assert.ok(response.lines.includes(line));

    assert.equal(await client.ending(), 'fin');
    assert.equal(client.untaken, '');
    assert.equal(refused?.request_id, id);
    assert.equal(refused?.code, code);
    assert.equal(refused?.status, Number(status.slice(0, 3)));
    assert.equal(stage.log.lines.length, 1);
    assert.equal(backend.raw.connections.length, 0);
  });
}

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
