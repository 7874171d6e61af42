import { type Case, type PassingBytes, type RefusedBytes, SMUGGLED } from '../../support/smuggling.js';

/** Lines, names, values, versions and sizes of a head. */
export function headCases(): readonly Case[] {
  return [...lineEnds, ...fieldLines, ...requestLines, ...sizes, ...behindOthers, ...harmless];
}

const GET = 'GET / HTTP/1.1\r\n';
const HOST = 'Host: a.example\r\n';
const bad = '400 Bad Request';
const large = '431 Request Header Fields Too Large';
const version = '505 HTTP Version Not Supported';

type Row = readonly (readonly [what: string, bytes: string, code: string])[];
const rows = (table: Row): RefusedBytes[] =>
  table.map(([what, bytes, code]) => ({ what, bytes: `${bytes}${SMUGGLED}`, status: bad, code }));

/** Who ends a line at a bare LF or CR sees other lines. */
const lineEnds: readonly RefusedBytes[] = rows([
  ['a bare LF behind the request line', `GET / HTTP/1.1\n${HOST}\r\n`, 'bare-cr-or-lf'],
  ['a bare LF in the request line', `GET /a\n HTTP/1.1\r\n${HOST}\r\n`, 'bare-cr-or-lf'],
  ['a bare CR behind the request line', `GET / HTTP/1.1\r${HOST}\r\n`, 'bare-cr-or-lf'],
  ['a bare CR in the target', `GET /a\rb HTTP/1.1\r\n${HOST}\r\n`, 'bare-cr-or-lf'],
  ['two CR behind the request line', `GET / HTTP/1.1\r\r\n${HOST}\r\n`, 'bare-cr-or-lf'],
  ['nothing but bare LF', 'GET / HTTP/1.1\nHost: a.example\n\n', 'bare-cr-or-lf'],
  ['nothing but bare CR', 'GET / HTTP/1.1\rHost: a.example\r\r', 'bare-cr-or-lf'],
  ['a bare LF behind a field', `${GET}Host: a.example\nX: y\r\n\r\n`, 'bare-cr-or-lf'],
  ['a bare CR behind a field', `${GET}Host: a.example\rX: y\r\n\r\n`, 'bare-cr-or-lf'],
  ['two CR behind a field', `${GET}Host: a.example\r\r\n\r\n`, 'bare-cr-or-lf'],
  ['LF CR behind a field', `${GET}Host: a.example\n\r\r\n\r\n`, 'bare-cr-or-lf'],
  ['a bare LF in a value', `${GET}${HOST}X: y\nContent-Length: 54\r\n\r\n`, 'bare-cr-or-lf'],
  ['a bare CR in a value', `${GET}${HOST}X: y\rz\r\n\r\n`, 'bare-cr-or-lf'],
  ['a bare LF in a name', `${GET}${HOST}X\n: y\r\n\r\n`, 'bare-cr-or-lf'],
  ['a bare LF for the empty line', `${GET}${HOST}\n`, 'bare-cr-or-lf'],
  ['a bare CR for the empty line', `${GET}${HOST}\r`, 'bare-cr-or-lf'],
  ['a request hidden behind two bare LF', `${GET}${HOST}X: y\n\n${SMUGGLED}`, 'bare-cr-or-lf'],
  ['a bare LF before the request line', `\n${GET}${HOST}\r\n`, 'bare-cr-or-lf'],
  ['a bare CR before the request line', `\r${GET}${HOST}\r\n`, 'bare-cr-or-lf'],
  ['two empty lines before the request line', `\r\n\r\n${GET}${HOST}\r\n`, 'bad-request-line'],
  ['a space before the request line', ` ${GET}${HOST}\r\n`, 'bad-method'],
  ['a NUL before the request line', `\0${GET}${HOST}\r\n`, 'bad-method'],
]);

/** What folds, and what is no field line. */
const fieldLines: readonly RefusedBytes[] = rows([
  ['a folded first field', `${GET} X: y\r\n${HOST}\r\n`, 'obs-fold'],
  ['a folded field in the middle', `${GET}${HOST}X: y\r\n Content-Length: 54\r\nZ: 1\r\n\r\n`, 'obs-fold'],
  ['a folded last field', `${GET}${HOST}X: y\r\n\tTransfer-Encoding: chunked\r\n\r\n`, 'obs-fold'],
  ['a folded Host', `${GET}Host:\r\n a.example\r\n\r\n`, 'obs-fold'],
  ['a line of spaces', `${GET}${HOST}X: y\r\n  \r\n\r\n`, 'obs-fold'],
  ['a space before the colon', `${GET}${HOST}X : y\r\n\r\n`, 'space-before-colon'],
  ['a tab before the colon', `${GET}${HOST}X\t: y\r\n\r\n`, 'space-before-colon'],
  ['a space before the colon of Host', `${GET}Host : a.example\r\n\r\n`, 'space-before-colon'],
  ['a field without a colon', `${GET}${HOST}Xy\r\n\r\n`, 'missing-colon'],
  ['a request line among the fields', `${GET}${HOST}GET /smuggled HTTP/1.1\r\n\r\n`, 'missing-colon'],
  ['an empty name', `${GET}${HOST}: y\r\n\r\n`, 'bad-header-name'],
  ['a colon alone', `${GET}${HOST}:\r\n\r\n`, 'bad-header-name'],
  ['a name with a parenthesis', `${GET}${HOST}X(y): z\r\n\r\n`, 'bad-header-name'],
  ['a name in quotes', `${GET}${HOST}"Content-Length": 54\r\n\r\n`, 'bad-header-name'],
  ['a name with a byte over 0x7f', `${GET}${HOST}Content\xadLength: 54\r\n\r\n`, 'bad-header-name'],
  ['a name with a space in it', `${GET}${HOST}Content Length: 54\r\n\r\n`, 'bad-header-name'],
  ['a name with a NUL', `${GET}${HOST}X\0Y: z\r\n\r\n`, 'bad-header-name'],
  ['a NUL in a value', `${GET}${HOST}X: y\0z\r\n\r\n`, 'bad-header-value'],
  ['a NUL in Host', `${GET}Host: a.example\0.evil\r\n\r\n`, 'bad-header-value'],
  ['a control character in a value', `${GET}${HOST}X: y\x01z\r\n\r\n`, 'bad-header-value'],
  ['an ESC in a value', `${GET}${HOST}X: \x1b[2J\r\n\r\n`, 'bad-header-value'],
  ['a DEL in a value', `${GET}${HOST}X: y\x7fz\r\n\r\n`, 'bad-header-value'],
]);

const requestLines: readonly RefusedBytes[] = [
  ...rows([
    ['a method that is no token', `G{T / HTTP/1.1\r\n${HOST}\r\n`, 'bad-method'],
    ['a tab behind the method', `GET\t/ HTTP/1.1\r\n${HOST}\r\n`, 'bad-method'],
    ['two spaces behind the method', `GET  / HTTP/1.1\r\n${HOST}\r\n`, 'bad-request-line'],
    ['two spaces behind the target', `GET /  HTTP/1.1\r\n${HOST}\r\n`, 'bad-target'],
    ['a tab behind the target', `GET /\tHTTP/1.1\r\n${HOST}\r\n`, 'bad-target'],
    ['a space behind the version', `GET / HTTP/1.1 \r\n${HOST}\r\n`, 'bad-request-line'],
    ['a space in the target', `GET /a b HTTP/1.1\r\n${HOST}\r\n`, 'bad-target'],
    ['a second request line in the target', `GET /a HTTP/1.1 HTTP/1.1\r\n${HOST}\r\n`, 'bad-target'],
    ['a NUL in the target', `GET /a\0b HTTP/1.1\r\n${HOST}\r\n`, 'bad-target'],
    ['a control character in the target', `GET /a\x01b HTTP/1.1\r\n${HOST}\r\n`, 'bad-target'],
    ['HTTP/0.9', 'GET /\r\n', 'bad-request-line'],
    ['HTTP/0.9 with fields', `GET /\r\n${HOST}\r\n`, 'bad-request-line'],
    ['a method alone', `GET\r\n${HOST}\r\n`, 'bad-request-line'],
    ['HTTP in lower case', `GET / http/1.1\r\n${HOST}\r\n`, 'bad-request-line'],
    ['a version with a space', `GET / HTTP/1. 1\r\n${HOST}\r\n`, 'bad-request-line'],
    ['HTTP/ alone', `GET / HTTP/\r\n${HOST}\r\n`, 'bad-request-line'],
  ]),
  ...['HTTP/0.9', 'HTTP/1.2', 'HTTP/1.10', 'HTTP/01.1', 'HTTP/2.0', 'HTTP/3', 'HTTP/9.9'].map((name) => ({
    what: name,
    bytes: `GET / ${name}\r\n${HOST}\r\n${SMUGGLED}`,
    status: version,
    code: 'unsupported-version',
  })),
  {
    what: 'the HTTP/2 preface',
    bytes: `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`,
    status: version,
    code: 'unsupported-version',
  },
  { what: 'a TLS ClientHello', bytes: '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', status: bad, code: 'bad-method' },
];

/** A head of so many bytes that announces a body. */
function headOf(bytes: number): string {
  const rest = `POST / HTTP/1.1\r\n${HOST}Content-Length: ${SMUGGLED.length}\r\n`;
  return `${rest}X: ${'y'.repeat(bytes - rest.length - 'X: \r\n\r\n'.length)}\r\n\r\n`;
}
const fields = (count: number): string => Array.from({ length: count }, (_, index) => `X${index}: y\r\n`).join('');

/** Refused whole: a head that is cut short silently hides the framing behind the cut. */
const sizes: readonly RefusedBytes[] = [
  {
    what: 'one field too many, and a body that is a request',
    bytes: `${GET}${HOST}${fields(99)}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}${SMUGGLED}`,
    status: large,
    code: 'too-many-headers',
    advanced: { security: { max_headers: 100 } },
  },
  {
    what: '1,000 fields over the usual limit',
    bytes: `${GET}${HOST}${fields(1000)}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    status: large,
    code: 'too-many-headers',
  },
  {
    what: 'one byte over max_header_size, and a body that is a request',
    bytes: headOf(1025) + SMUGGLED,
    status: large,
    code: 'head-too-large',
    advanced: { security: { max_header_size: '1KiB' } },
  },
  {
    what: 'a head that never ends',
    bytes: `${GET}${HOST}X: ${'y'.repeat(200 * 1024)}`,
    status: large,
    code: 'head-too-large',
  },
  {
    what: 'a request line over 8 KiB',
    bytes: `GET /${'a'.repeat(8192)} HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`,
    status: '414 URI Too Long',
    code: 'request-line-too-long',
  },
  {
    what: 'a request line that never ends',
    bytes: `GET /${'a'.repeat(20 * 1024)}`,
    status: '414 URI Too Long',
    code: 'request-line-too-long',
  },
];

/** What came before a refusal is answered; it and all behind it are nothing. */
const behindOthers: readonly RefusedBytes[] = [
  {
    what: 'a bare LF between two requests',
    bytes: `GET /a HTTP/1.1\r\n${HOST}\r\n\n${SMUGGLED}`,
    status: bad,
    code: 'bare-cr-or-lf',
    seen: ['GET /a'],
  },
  {
    what: 'bytes behind a body that are no request',
    bytes: `POST /a HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nok{"a":1}\r\n\r\n${SMUGGLED}`,
    status: bad,
    code: 'bad-method',
    seen: ['POST /a'],
  },
  {
    what: 'two empty lines between two requests',
    bytes: `GET /a HTTP/1.1\r\n${HOST}\r\n\r\n\r\n${SMUGGLED}`,
    status: bad,
    code: 'bad-request-line',
    seen: ['GET /a'],
  },
];

const harmless: readonly PassingBytes[] = [
  {
    what: 'one empty line between two requests',
    bytes: `GET /a HTTP/1.1\r\n${HOST}\r\n\r\nGET /b HTTP/1.1\r\n${HOST}\r\n`,
    seen: ['GET /a', 'GET /b'],
  },
  {
    what: 'as many fields as max_headers, and a body that is a request',
    bytes: `POST / HTTP/1.1\r\n${HOST}${fields(98)}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    seen: ['POST /'],
    body: SMUGGLED,
    advanced: { security: { max_headers: 100 } },
  },
  {
    what: 'as many bytes as max_header_size, and a body that is a request',
    bytes: headOf(1024) + SMUGGLED,
    seen: ['POST /'],
    body: SMUGGLED,
    advanced: { security: { max_header_size: '1KiB' } },
  },
  {
    what: '1,000 fields where so many are allowed',
    bytes: `${GET}${HOST}${fields(999)}\r\n`,
    seen: ['GET /'],
    lines: ['X0: y', 'X998: y'],
    advanced: { security: { max_headers: 1000 } },
  },
  { what: 'a method in lower case is another method', bytes: `get / HTTP/1.1\r\n${HOST}\r\n`, seen: ['get /'] },
  { what: 'bytes from 0x80 in a value', bytes: `${GET}${HOST}X: \xff\x85\xa0z\r\n\r\n`, seen: ['GET /'] },
];
