import { type Case, type PassingBytes, type RefusedBytes, SMUGGLED } from '../../support/smuggling.js';

/** How a body is framed: who reads two framings sees two requests. */
export function framingCases(): readonly Case[] {
  return [...twoFramings, ...spelledCodings, ...spelledLengths, ...harmless];
}

const POST = 'POST / HTTP/1.1\r\nHost: a.example\r\n';
const bad = '400 Bad Request';
const unknown = '501 Not Implemented';

/** Two readers that choose differently see two requests. */
const twoFramings: readonly RefusedBytes[] = [
  {
    what: 'CL.TE',
    bytes: `${POST}Content-Length: ${5 + SMUGGLED.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    status: bad,
    code: 'conflicting-framing',
  },
  {
    what: 'TE.CL',
    bytes: `${POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n31\r\n${SMUGGLED}0\r\n\r\n`,
    status: bad,
    code: 'conflicting-framing',
  },
  {
    what: 'CL.0: no length and an unknown coding',
    bytes: `${POST}Content-Length: 0\r\nTransfer-Encoding: identity\r\n\r\n${SMUGGLED}`,
    status: bad,
    code: 'conflicting-framing',
  },
  {
    what: 'Transfer-Encoding in HTTP/1.0',
    bytes: `POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    status: bad,
    code: 'transfer-encoding-in-http10',
  },
  {
    what: 'Transfer-Encoding in HTTP/1.0 with keep-alive',
    bytes: `POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    status: bad,
    code: 'transfer-encoding-in-http10',
  },
  {
    what: 'a Connection that takes the Transfer-Encoding away',
    bytes: `${POST}Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    status: bad,
    code: 'bad-connection-option',
  },
  {
    what: 'a Connection that takes the Content-Length away',
    bytes: `${POST}Connection: close, content-length\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    status: bad,
    code: 'bad-connection-option',
  },
];

/** TE.TE: one of two readers does not take it for `chunked`. Alone and beside a length. */
const spelled: readonly (readonly [lines: string, status: string, code: string])[] = [
  ['Transfer-Encoding : chunked\r\n', bad, 'space-before-colon'],
  ['Transfer-Encoding\t: chunked\r\n', bad, 'space-before-colon'],
  // White space to most, a part of the value to llhttp.
  ['Transfer-Encoding: chunked\t\r\n', bad, 'bad-header-value'],
  ['Transfer-Encoding: chunked \t \r\n', bad, 'bad-header-value'],
  [' Transfer-Encoding: chunked\r\n', bad, 'obs-fold'],
  ['Transfer-Encoding\x0b: chunked\r\n', bad, 'bad-header-name'],
  ['\x0bTransfer-Encoding: chunked\r\n', bad, 'bad-header-name'],
  ['Transfer-Encoding\0: chunked\r\n', bad, 'bad-header-name'],
  ['Transfer-Encoding\xa0: chunked\r\n', bad, 'bad-header-name'],
  ['Transfer Encoding: chunked\r\n', bad, 'bad-header-name'],
  ['Transfer-Encoding:\x0bchunked\r\n', bad, 'bad-header-value'],
  ['Transfer-Encoding: chunked\x0c\r\n', bad, 'bad-header-value'],
  ['Transfer-Encoding: chunked\0\r\n', bad, 'bad-header-value'],
  ['Transfer-Encoding: ch\x7funked\r\n', bad, 'bad-header-value'],
  ['Transfer-Encoding:\r\n chunked\r\n', bad, 'obs-fold'],
  ['Transfer-Encoding: chunked\r\n \r\n', bad, 'obs-fold'],
  ['Transfer-Encoding\r\n: chunked\r\n', bad, 'missing-colon'],
  ['X: y\nTransfer-Encoding: chunked\r\n', bad, 'bare-cr-or-lf'],
  ['X: y\rTransfer-Encoding: chunked\r\n', bad, 'bare-cr-or-lf'],
  ['Transfer-Encoding: chunked\n', bad, 'bare-cr-or-lf'],
  ['Transfer-Encoding: \nchunked\r\n', bad, 'bare-cr-or-lf'],
];
const codings = [
  '',
  ',',
  'identity',
  'gzip',
  'gzip, chunked',
  'identity, chunked',
  'chunked, identity',
  'chunked, chunked',
  'chunked,',
  ',chunked',
  ', chunked',
  'chunked;',
  'chunked;q=1',
  'xchunked',
  'chunkedx',
  'chunk',
  'x chunked',
  'chunked x',
  '"chunked"',
  "'chunked'",
  '\xa0chunked',
  'chunked\x85',
  'chunked\r\nTransfer-Encoding: chunked',
  'chunked\r\nTransfer-Encoding: identity',
  'identity\r\nTransfer-Encoding: chunked',
  'chunked\r\nTransfer-Encoding:',
  'chunked\r\nX: y\r\ntransfer-encoding: x',
];
const spelledCodings: readonly RefusedBytes[] = [
  ...spelled.flatMap(([lines, status, code]): RefusedBytes[] => [
    { what: JSON.stringify(lines), bytes: `${POST}${lines}\r\n0\r\n\r\n${SMUGGLED}`, status, code },
    {
      what: `${JSON.stringify(lines)} behind a length`,
      bytes: `${POST}Content-Length: 5\r\n${lines}\r\n0\r\n\r\n${SMUGGLED}`,
      status,
      code,
    },
  ]),
  ...codings.map(
    (coding): RefusedBytes => ({
      what: `a Transfer-Encoding of ${JSON.stringify(coding)}`,
      bytes: `${POST}Transfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n${SMUGGLED}`,
      status: unknown,
      code: 'unsupported-transfer-encoding',
    }),
  ),
  ...['', 'gzip, chunked', 'xchunked', 'chunked, identity', '"chunked"'].map(
    (coding): RefusedBytes => ({
      what: `a Transfer-Encoding of ${JSON.stringify(coding)} beside a length`,
      bytes: `${POST}Transfer-Encoding: ${coding}\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`,
      status: bad,
      code: 'conflicting-framing',
    }),
  ),
];

const lengths = [
  '',
  '5, 5',
  '5,5',
  '5,',
  ',5',
  '5;5',
  '5 5',
  '5\t5',
  '+5',
  '-5',
  '--5',
  '5-',
  '0x5',
  '0o5',
  '5_',
  '5_0',
  '5.0',
  '5e0',
  '5a',
  'a5',
  'five',
  '"5"',
  "'5'",
  '\xa05',
  '5\xa0',
  '\xd9\xa5', // ARABIC-INDIC DIGIT FIVE
  'NaN',
  'Infinity',
  '9007199254740992', // 2^53
  '9007199254740993', // rounds down to 2^53
  '9223372036854775808', // 2^63
  '18446744073709551616', // 2^64: 0 to who counts in 64 bits
  '18446744073709551621', // 2^64 + 5
  '1'.repeat(400), // Infinity to who counts in doubles
];
const spelledLengths: readonly RefusedBytes[] = [
  ...lengths.map(
    (length): RefusedBytes => ({
      what: `a Content-Length of ${JSON.stringify(length.slice(0, 40))}`,
      bytes: `${POST}Content-Length: ${length}\r\n\r\nhello${SMUGGLED}`,
      status: bad,
      code: 'bad-content-length',
    }),
  ),
  {
    what: 'a Content-Length with a tab behind it',
    bytes: `${POST}Content-Length: 5\t\r\n\r\nhello${SMUGGLED}`,
    status: bad,
    code: 'bad-header-value',
  },
  ...(
    [
      ['the same twice', 'Content-Length: 5\r\nContent-Length: 5\r\n'],
      ['two that differ', 'Content-Length: 5\r\nContent-Length: 54\r\n'],
      ['none and some', 'Content-Length: 0\r\nContent-Length: 5\r\n'],
      ['one and an empty one', 'Content-Length: 5\r\nContent-Length:\r\n'],
      ['two spellings, apart', 'content-length: 5\r\nX: y\r\nCONTENT-LENGTH: 5\r\n'],
    ] as const
  ).map(
    ([what, lines]): RefusedBytes => ({
      what: `two lengths: ${what}`,
      bytes: `${POST}${lines}\r\nhello${SMUGGLED}`,
      status: bad,
      code: 'duplicate-content-length',
    }),
  ),
  ...(
    [
      ['Content-Length : 5\r\n', 'space-before-colon'],
      ['Content-Length:\r\n 5\r\n', 'obs-fold'],
      ['Content-Length: 5\x0b\r\n', 'bad-header-value'],
      ['Content-Length: 5\0\r\n', 'bad-header-value'],
      ['Content-Length\0: 5\r\n', 'bad-header-name'],
      ['Content-Length: 5\rX: y\r\n', 'bare-cr-or-lf'],
      ['X: y\nContent-Length: 5\r\n', 'bare-cr-or-lf'],
    ] as const
  ).map(
    ([lines, code]): RefusedBytes => ({
      what: JSON.stringify(lines),
      bytes: `${POST}${lines}\r\nhello${SMUGGLED}`,
      status: bad,
      code,
    }),
  ),
  {
    what: 'an announced body over max_body_size',
    bytes: `${POST}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    status: '413 Payload Too Large',
    code: 'body-too-large',
    advanced: { security: { max_body_size: 10 } },
  },
];

const chunked = ['Transfer-Encoding: chunked'];
const harmless: readonly PassingBytes[] = [
  ...['transfer-encoding: chunked', 'TRANSFER-ENCODING: ChUnKeD', 'Transfer-Encoding:chunked'].map((line) => ({
    what: line,
    bytes: `${POST}${line}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    seen: ['POST /'],
    body: '5\r\nhello\r\n0\r\n\r\n',
    lines: chunked,
  })),
  ...['\tchunked', '  chunked', 'chunked '].map((value) => ({
    what: `white space around ${JSON.stringify(value)} ends here`,
    bytes: `${POST}Transfer-Encoding:${value}\r\n\r\n0\r\n\r\n`,
    seen: ['POST /'],
    body: '0\r\n\r\n',
    lines: chunked,
  })),
  ...['5', ' 5', '\t5', '5 '].map((value) => ({
    what: `white space around ${JSON.stringify(value)} ends here, too`,
    bytes: `${POST}Content-Length:${value}\r\n\r\nhello`,
    seen: ['POST /'],
    body: 'hello',
    lines: ['Content-Length: 5'],
  })),
  {
    what: 'leading zeros are digits',
    bytes: `${POST}Content-Length: 0010\r\n\r\nhelloworld`,
    seen: ['POST /'],
    body: 'helloworld',
    lines: ['Content-Length: 10'],
  },
  {
    what: 'names with underscores frame nothing',
    bytes: `${POST}Content-Length: 5\r\nTransfer_Encoding: chunked\r\nContent_Length: 9\r\n\r\nhello`,
    seen: ['POST /'],
    body: 'hello',
  },
  ...['GET', 'DELETE', 'OPTIONS', 'HEAD'].map((method) => ({
    what: `a ${method} with a body that looks like a request`,
    bytes: `${method} /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    seen: [`${method} /a`],
    body: SMUGGLED,
  })),
  {
    what: 'a GET without a length has no body: what follows is the next request',
    bytes: `GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n${SMUGGLED}`,
    seen: ['GET /a', 'GET /smuggled'],
    body: '',
  },
];
