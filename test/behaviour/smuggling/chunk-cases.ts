import { type Case, type PassingBytes, type RefusedBytes, SMUGGLED } from '../../support/smuggling.js';

/** Chunk lines, what stands behind chunks, and trailers. */
export function chunkCases(): readonly Case[] {
  return [...brokenBodies, ...largeBodies, ...harmless];
}

const CHUNKED = 'POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n';
const END = '0\r\n\r\n';

const broken = (what: string, body: string): RefusedBytes => {
  return { what, bytes: CHUNKED + body, status: '400 Bad Request', code: 'bad-request-body', inBody: true };
};

/** What frames, routes or tells of the client, hidden behind the body from whoever judged the head. */
const forbiddenTrailers = [
  'Content-Length: 54',
  'Transfer-Encoding: chunked',
  'Host: evil.example',
  'Connection: keep-alive',
  'TE: trailers',
  'Trailer: Host',
  'Upgrade: websocket',
  'Via: 1.1 evil',
  'Expect: 100-continue',
  'Authorization: Basic YTpi',
  'Proxy-Authorization: Basic YTpi',
  'Cookie: admin=1',
  'Content-Type: text/html',
  'Content-Encoding: gzip',
  'Forwarded: for=1.2.3.4',
  'X-Forwarded-For: 1.2.3.4',
  'X_Forwarded_For: 1.2.3.4',
  'x-forwarded-proto: https',
  'X-Forwarded-Anything: 1',
  'X-Real-IP: 1.2.3.4',
];

const brokenBodies: readonly RefusedBytes[] = [
  broken('a chunk size with 0x', `0x5\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a chunk size with a plus', `+5\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a chunk size with a minus', `-5\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a last chunk with a minus', `-0\r\n\r\n${SMUGGLED}`),
  broken('a chunk size with an underscore', `5_0\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a chunk size with a point', `5.0\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a chunk size that is no number', `g\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a chunk size of bytes over 0x7f', `\xb5\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a chunk size of 14 digits', `00000000000005\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a chunk size of 17 digits: 5 to who counts in 64 bits', `10000000000000005\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a chunk size of 2^64 - 1: -1 to who counts in 64 bits', `ffffffffffffffff\r\nhello\r\n${END}${SMUGGLED}`),
  broken('1,000 zeros', `${'0'.repeat(1000)}\r\n\r\n${SMUGGLED}`),
  broken('no chunk size', `\r\nhello\r\n${END}${SMUGGLED}`),
  broken('an extension without a size', `;a=b\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a space before the size', ` 5\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a space behind the size', `5 \r\nhello\r\n${END}${SMUGGLED}`),
  broken('a tab behind the size', `5\t\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a vertical tab behind the size', `5\x0b\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a NUL behind the size', `5\0\r\nhello\r\n${END}${SMUGGLED}`),
  broken('two sizes', `5 5\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a bare LF behind the size', `5\nhello\r\n${END}${SMUGGLED}`),
  broken('a bare CR behind the size', `5\rhello\r\n${END}${SMUGGLED}`),
  broken('two CR behind the size', `5\r\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a bare LF in an extension', `5;\nhello\r\n${END}${SMUGGLED}`),
  broken('TERM.EXT: a request behind a bare LF in an extension', `2;\nxx\r\n31\r\n0\r\n\r\n${SMUGGLED}\r\n${END}`),
  broken('a bare CR in an extension', `5;a\rb\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a NUL in an extension', `5;a\0\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a DEL in an extension', `5;a\x7f\r\nhello\r\n${END}${SMUGGLED}`),
  broken('an extension over 256 bytes', `5;${'a'.repeat(256)}\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a flood of extensions', `5${';a=b'.repeat(100)}\r\nhello\r\n${END}${SMUGGLED}`),
  broken('an extension that never ends', `5;${'a'.repeat(100_000)}`),
  broken('a bare LF behind a chunk', `5\r\nhello\n${END}${SMUGGLED}`),
  broken('a bare CR behind a chunk', `5\r\nhello\r${END}${SMUGGLED}`),
  broken('nothing behind a chunk', `5\r\nhello${END}${SMUGGLED}`),
  broken('two bytes that are no CR LF behind a chunk', `5\r\nhelloXX${END}${SMUGGLED}`),
  broken('a chunk that is longer than it says', `4\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a chunk that is shorter than it says', `6\r\nhello\r\n${END}${SMUGGLED}`),
  broken('a bare LF behind the last chunk', `5\r\nhello\r\n0\n\r\n${SMUGGLED}`),
  broken('a bare LF for the last line', `5\r\nhello\r\n0\r\n\n${SMUGGLED}`),
  broken('a bare CR for the last line', `5\r\nhello\r\n0\r\n\r${SMUGGLED}`),
  broken('a request for trailers', `5\r\nhello\r\n0\r\n${SMUGGLED}`),
  broken('a folded trailer', `0\r\nX: y\r\n Content-Length: 54\r\n\r\n${SMUGGLED}`),
  broken('a trailer with a space before its colon', `0\r\nContent-Length : 54\r\n\r\n${SMUGGLED}`),
  broken('a bare LF in the trailers', `0\r\nX: y\nContent-Length: 54\r\n\r\n${SMUGGLED}`),
  broken('a NUL in the trailers', `0\r\nX: y\0\r\n\r\n${SMUGGLED}`),
  broken('trailers over 8 KiB', `0\r\nX: ${'y'.repeat(8192)}\r\n\r\n${SMUGGLED}`),
  ...forbiddenTrailers.map((line) => broken(`the trailer ${line}`, `5\r\nhello\r\n0\r\n${line}\r\n\r\n${SMUGGLED}`)),
];

const largeBodies: readonly RefusedBytes[] = [
  {
    what: 'chunks over max_body_size',
    bytes: `${CHUNKED}5\r\nhello\r\n6\r\n world\r\n${END}${SMUGGLED}`,
    status: '413 Payload Too Large',
    code: 'body-too-large',
    inBody: true,
    advanced: { security: { max_body_size: 10 } },
  },
];

/** Whatever is odd about a chunk line ends here: it is written anew. */
const plain = `5\r\nhello\r\n${END}`;
const harmless: readonly PassingBytes[] = [
  ...(
    [
      ['a leading zero', `05\r\nhello\r\n${END}`],
      ['13 digits', `0000000000005\r\nhello\r\n${END}`],
      ['13 zeros', `5\r\nhello\r\n0000000000000\r\n\r\n`],
      ['an extension', `5;a=b\r\nhello\r\n${END}`],
      ['an extension that looks like a size', `5;ffff\r\nhello\r\n${END}`],
      ['an extension in quotes that looks like a line end', `5;a="\\r\\n"\r\nhello\r\n${END}`],
      ['an empty extension', `5;\r\nhello\r\n${END}`],
      ['spaces before an extension', `5 \t;a\r\nhello\r\n${END}`],
      ['an extension behind the last chunk', `5\r\nhello\r\n0;a=b\r\n\r\n`],
      ['an extension of 255 bytes', `5;${'a'.repeat(255)}\r\nhello\r\n${END}`],
    ] as const
  ).map(([what, body]) => ({ what, bytes: CHUNKED + body, seen: ['POST /'], body: plain })),
  {
    what: 'a trailer that frames and routes nothing',
    bytes: `${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
    seen: ['POST /'],
    body: '5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
  },
  {
    what: 'a chunk that looks like the end and a request',
    bytes: `${CHUNKED}${(END.length + SMUGGLED.length).toString(16)}\r\n${END}${SMUGGLED}\r\n${END}`,
    seen: ['POST /'],
    body: `${(END.length + SMUGGLED.length).toString(16)}\r\n${END}${SMUGGLED}\r\n${END}`,
  },
  {
    what: 'what stands behind the last chunk is the next request',
    bytes: `${CHUNKED}${plain}${SMUGGLED}`,
    seen: ['POST /', 'GET /smuggled'],
    body: plain,
  },
];
