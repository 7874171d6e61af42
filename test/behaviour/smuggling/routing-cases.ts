import { type Case, type PassingBytes, type RefusedBytes, SMUGGLED } from '../../support/smuggling.js';
import { get } from '../../support/wire.js';

/** For whom a request is, by which way it came, and what ends at this hop. */
export function routingCases(): readonly Case[] {
  return [...hostsAndTargets, ...paths, ...connectionOptions, ...expectations, ...harmless];
}

const HOST = 'Host: a.example\r\n';
const bad = '400 Bad Request';

const withHost = (what: string, lines: string, code: string, target = '/'): RefusedBytes => {
  return { what, bytes: `GET ${target} HTTP/1.1\r\n${lines}\r\n${SMUGGLED}`, status: bad, code };
};

/** For whom a request is: one name, in one place. */
const hostsAndTargets: readonly RefusedBytes[] = [
  withHost('no Host', '', 'missing-host'),
  withHost('no Host but a field that names one', 'X-Forwarded-Host: a.example\r\n', 'missing-host'),
  withHost('two Hosts', `${HOST}Host: b.example\r\n`, 'duplicate-host'),
  withHost('the same Host twice', HOST + HOST, 'duplicate-host'),
  withHost('two Hosts in two spellings, apart', `${HOST}X: y\r\nhOST: b.example\r\n`, 'duplicate-host'),
  withHost('a Host and an empty one', `${HOST}Host:\r\n`, 'duplicate-host'),
  ...[
    '',
    'a.example, b.example',
    'a.example b.example',
    'a.example:80:80',
    'a.example:',
    'a.example:65536',
    'a.example:-1',
    'a.example:8o',
    ':80',
    'user@a.example',
    'a.example@evil.example',
    'a.example/admin',
    'a.example?b',
    'a.example#b',
    'a.example\\b',
    'a%2eexample',
    'a.example\xa0',
    '[::1',
    '::1',
    '[::1]evil',
    '[g::1]',
    'http://a.example',
    '*',
  ].map((host) => withHost(`a Host of ${JSON.stringify(host)}`, `Host: ${host}\r\n`, 'bad-host')),
  withHost('a Host between spaces and a name', 'Host:  a.example b\r\n', 'bad-host'),
  withHost('an absolute target of another host', HOST, 'host-mismatch', 'http://b.example/'),
  withHost('an absolute target of another port', HOST, 'host-mismatch', 'http://a.example:8080/'),
  withHost('an absolute target with a user', HOST, 'bad-target', 'http://a.example@b.example/'),
  withHost('an absolute target without a host', HOST, 'bad-target', 'http:///admin'),
  withHost('an absolute target without Host', '', 'missing-host', 'http://a.example/'),
  withHost('an absolute target of another scheme', HOST, 'bad-target', 'ftp://a.example/'),
  withHost('an absolute target with one slash', HOST, 'bad-target', 'http:/a.example/'),
  withHost('an absolute target with backslashes', HOST, 'bad-target', 'http:\\\\a.example\\admin'),
  withHost('an authority for a target', HOST, 'bad-target', 'a.example:80'),
  withHost('a target of no form', HOST, 'bad-target', 'admin'),
  withHost('an asterisk with GET', HOST, 'bad-target', '*'),
  withHost('an asterisk and more', HOST, 'bad-target', '*/admin'),
  withHost('a fragment', HOST, 'bad-target', '/a#b'),
  withHost('a fragment in the query', HOST, 'bad-target', '/a?b#c'),
  {
    what: 'an asterisk with POST',
    bytes: `POST * HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`,
    status: bad,
    code: 'bad-target',
  },
  {
    what: 'an asterisk with options in lower case, which is another method',
    bytes: `options * HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`,
    status: bad,
    code: 'bad-target',
  },
  ...['CONNECT a.example:443', 'CONNECT /', 'CONNECT *', 'TRACE /', 'TRACE *'].map((start) => ({
    what: start,
    bytes: `${start} HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`,
    status: '405 Method Not Allowed',
    code: 'method-not-allowed',
    line: 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
  })),
];

/** What backends resolve behind the back of whoever matched the path. */
const paths: readonly RefusedBytes[] = (
  [
    ['/a%00b', 'path-nul'],
    ['/a\\b', 'path-backslash'],
    ['/..\\admin', 'path-backslash'],
    ['/a/..;/b', 'path-parameter-dots'],
    ['/a/..;x=y/b', 'path-parameter-dots'],
    ['/a/.;/b', 'path-parameter-dots'],
    ['/a/%2e%2e;/b', 'path-parameter-dots'],
    ['/a/%2e%2e/b', 'path-encoded-dots'],
    ['/a/.%2E/b', 'path-encoded-dots'],
    ['/a/%2e./b', 'path-encoded-dots'],
    ['/%2e/b', 'path-encoded-dots'],
    ['/a/%2e%2e', 'path-encoded-dots'],
    ['/a/../../b', 'path-above-root'],
    ['/..', 'path-above-root'],
    ['/a%2', 'path-bad-escape'],
    ['/a%', 'path-bad-escape'],
    ['/a%zz', 'path-bad-escape'],
    ['/a%u002e', 'path-bad-escape'],
  ] as const
).map(([target, code]) => withHost(`the path ${target}`, HOST, code, target));

/** What a client may not take away from its own request by calling it hop-by-hop. */
const connectionOptions: readonly RefusedBytes[] = [
  ...[
    'Host',
    'host',
    'Content-Length',
    'Transfer-Encoding',
    'Authorization',
    'Cookie',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Anything',
    'X_Forwarded_Host',
    'X-Real-IP',
    'Forwarded',
    'Via',
  ].flatMap((name) => [
    withHost(`a Connection that names ${name}`, `${HOST}Connection: ${name}\r\n`, 'bad-connection-option'),
    withHost(
      `a second Connection that names ${name} among others`,
      `${HOST}Connection: keep-alive\r\nConnection: close ,\t${name.toUpperCase()}, x\r\n`,
      'bad-connection-option',
    ),
  ]),
  withHost('a Connection option that is no token', `${HOST}Connection: a b\r\n`, 'bad-connection-option'),
  withHost('a Connection option in quotes', `${HOST}Connection: "close"\r\n`, 'bad-connection-option'),
];

const expecting = (value: string): RefusedBytes => ({
  what: `an Expect of ${JSON.stringify(value)}`,
  bytes: `POST / HTTP/1.1\r\n${HOST}Expect: ${value}\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  status: '417 Expectation Failed',
  code: 'bad-expect',
});
const expectations: readonly RefusedBytes[] = [
  expecting(''),
  expecting('200-ok'),
  expecting('100-continue, 100-continue'),
  expecting('100-continue\r\nExpect: 100-continue'),
  expecting('100-continue;q=1'),
  expecting('y 100-continue'),
  expecting('x=100-continue'),
  expecting('100 continue'),
];

const harmless: readonly PassingBytes[] = [
  {
    what: 'the absolute form: its path goes on, its authority is Host',
    bytes: `GET http://A.example:80/b?c HTTP/1.1\r\nhost: a.EXAMPLE\r\n\r\n`,
    seen: ['GET /b?c'],
  },
  { what: 'OPTIONS of all', bytes: `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, seen: ['OPTIONS *'] },
  {
    what: 'what Connection names ends here, what it does not name goes on',
    bytes: get('/', 'Connection: X-Secret , close,,\tTE\r\nX-Secret: y\r\nX-Other: z\r\nKeep-Alive: 5\r\nTE: gzip\r\n'),
    seen: ['GET /'],
    lines: ['X-Other: z'],
    without: ['x-secret', 'connection', 'keep-alive', 'te'],
  },
  {
    what: 'fields of one hop end here, named or not',
    bytes: get('/', 'Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic YTpi\r\nUpgrade: foo\r\n'),
    seen: ['GET /'],
    without: ['proxy-connection', 'proxy-authorization', 'upgrade', 'connection'],
  },
  {
    what: 'a body that came without waiting for the 100 it expects',
    bytes: `POST / HTTP/1.1\r\n${HOST}expect: 100-CONTINUE\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    seen: ['POST /'],
    body: SMUGGLED,
  },
  {
    what: 'an Expect without a body expects nothing',
    bytes: get('/', 'Expect: 100-continue\r\n'),
    seen: ['GET /'],
    without: ['expect'],
  },
];
