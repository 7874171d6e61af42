/** A backend's bytes that are no response, and the rule they break. */
export interface BrokenResponse {
  readonly what: string;
  readonly bytes: string;
  /** Why, as the log has it. */
  readonly rule: string;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const EVIL = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
const EMPTY = 'Content-Length: 0\r\n\r\n';

type Rows = readonly (readonly [what: string, bytes: string, rule: string])[];

/** Heads that two readers could read differently: each with a second response behind it that must reach nobody. */
export function brokenHeads(): readonly BrokenResponse[] {
  return [...framing, ...lines, ...statusLines].map(([what, bytes, rule]) => ({ what, bytes: bytes + EVIL, rule }));
}

/** Bodies that break off or break the rules behind a good head: the client must never take them for whole. */
export function brokenBodies(): readonly Pick<BrokenResponse, 'what' | 'bytes'>[] {
  const chunked = bodies.map(([what, body]) => {
    return { what, bytes: `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n${body}` };
  });
  return [...chunked, { what: 'a length with too few bytes', bytes: `${OK}Content-Length: 6\r\n\r\nhello` }];
}

const framing: Rows = [
  ['both framings', `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 'conflicting-framing'],
  ['both, the other way', `${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello`, 'conflicting-framing'],
  ['both, one unknown', `${OK}Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello`, 'conflicting-framing'],
  ['one length twice', `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`, 'duplicate-content-length'],
  ['two lengths', `${OK}Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello`, 'duplicate-content-length'],
  [
    'two lengths of a 304',
    'HTTP/1.1 304\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
    'duplicate-content-length',
  ],
  [
    'two lengths of a 204',
    'HTTP/1.1 204\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n',
    'duplicate-content-length',
  ],
  ...['', '5, 5', '5,', '+5', '-5', '0x5', '5_', '5.0', '5 5', '5a', '\xb5', '9007199254740992'].map(
    (length) => [`the length ${length}`, `${OK}Content-Length: ${length}\r\n\r\nhello`, 'bad-content-length'] as const,
  ),
  ...['', 'gzip', 'gzip, chunked', 'chunked, chunked', 'chunked,', 'identity', 'xchunked', '"chunked"'].map(
    (coding) =>
      [
        `the coding ${coding}`,
        `${OK}Transfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`,
        'unsupported-transfer-encoding',
      ] as const,
  ),
  [
    'Transfer-Encoding twice',
    `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'unsupported-transfer-encoding',
  ],
  [
    'Transfer-Encoding in HTTP/1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'transfer-encoding-in-http10',
  ],
  ['a Connection option that is no token', `${OK}Connection: a b\r\n${EMPTY}`, 'bad-connection-option'],
  ['a body behind a 103', `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello${OK}${EMPTY}`, 'bad-status-line'],
];

const lines: Rows = [
  ['a bare LF behind the status line', `HTTP/1.1 200 OK\n${EMPTY}`, 'bare-cr-or-lf'],
  ['a bare CR behind the status line', `HTTP/1.1 200 OK\r${EMPTY}`, 'bare-cr-or-lf'],
  ['a field behind a bare LF in the reason', `HTTP/1.1 200 OK\nSet-Cookie: a=b\r\n${EMPTY}`, 'bare-cr-or-lf'],
  ['a field behind a bare CR in the reason', `HTTP/1.1 200 OK\rSet-Cookie: a=b\r\n${EMPTY}`, 'bare-cr-or-lf'],
  ['a field behind a bare LF in a value', `${OK}X: y\nSet-Cookie: a=b\r\n${EMPTY}`, 'bare-cr-or-lf'],
  ['a field behind a bare CR in a value', `${OK}X: y\rSet-Cookie: a=b\r\n${EMPTY}`, 'bare-cr-or-lf'],
  ['nothing but bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n', 'bare-cr-or-lf'],
  ['a bare LF for the empty line', `${OK}Content-Length: 0\r\n\n`, 'bare-cr-or-lf'],
  ['a folded first field', `${OK} X: y\r\n${EMPTY}`, 'obs-fold'],
  ['a folded field', `${OK}X: y\r\n Content-Length: 5\r\n${EMPTY}`, 'obs-fold'],
  ['a folded last field', `${OK}Content-Length: 0\r\nX: y\r\n\tz\r\n\r\n`, 'obs-fold'],
  ['a space before the colon', `${OK}Content-Length : 0\r\n\r\n`, 'space-before-colon'],
  ['no colon', `${OK}Content-Length\r\n\r\n`, 'missing-colon'],
  ['an empty name', `${OK}: y\r\n${EMPTY}`, 'bad-header-name'],
  ['a NUL in a name', `${OK}X\0: y\r\n${EMPTY}`, 'bad-header-name'],
  ['a NUL in a value', `${OK}X: y\0\r\n${EMPTY}`, 'bad-header-value'],
  ['an ESC in a value', `${OK}X: \x1b[2J\r\n${EMPTY}`, 'bad-header-value'],
  ['a head over 64 KiB', `${OK}X: ${'y'.repeat(65_536)}\r\n${EMPTY}`, 'head-too-large'],
  ['1,001 fields', `${OK}${'X: y\r\n'.repeat(1000)}${EMPTY}`, 'too-many-headers'],
];

const statusLines: Rows = [
  ['no status line', '<html>hello</html>\r\n\r\n', 'bad-status-line'],
  ['a request line', `GET / HTTP/1.1\r\n${EMPTY}`, 'bad-status-line'],
  ['an empty line first', `\r\n${OK}${EMPTY}`, 'bad-status-line'],
  ['a space first', ` ${OK}${EMPTY}`, 'bad-status-line'],
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n', 'bad-status-line'],
  ['a protocol in lower case', `http/1.1 200 OK\r\n${EMPTY}`, 'bad-status-line'],
  ['HTTP/2.0', `HTTP/2.0 200 OK\r\n${EMPTY}`, 'unsupported-version'],
  ['no space behind the version', `HTTP/1.1200 OK\r\n${EMPTY}`, 'unsupported-version'],
  ['two spaces behind the version', `HTTP/1.1  200 OK\r\n${EMPTY}`, 'bad-status-line'],
  ...['', '0', '20', '2OO', '099', '600', '999', '1000', '2000', '-200', '+200', '0x200', '200OK'].map(
    (status) => [`the status ${status}`, `HTTP/1.1 ${status} OK\r\n${EMPTY}`, 'bad-status-line'] as const,
  ),
  ['a NUL in the reason', `HTTP/1.1 200 O\0K\r\n${EMPTY}`, 'bad-status-line'],
  [
    'a 101 that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    'bad-response: a 101 that nobody asked for',
  ],
];

/** Behind one good chunk. The backend ends the connection behind each. */
const bodies: readonly (readonly [what: string, body: string])[] = [
  ['no last chunk', ''],
  ['half a chunk', '5\r\nhel'],
  ['half a chunk line', '5'],
  ['a last chunk without its empty line', '0\r\n'],
  ['a last chunk with half its empty line', '0\r\n\r'],
  ['a trailer without an end', '0\r\nX-Sum: 1\r\n'],
  ['a chunk line that is none', 'xyz\r\n0\r\n\r\n'],
  ['a chunk size with 0x', '0x5\r\nhello\r\n0\r\n\r\n'],
  ['a chunk size with a minus', '-0\r\n\r\n'],
  ['a chunk size of 17 digits', '10000000000000005\r\nhello\r\n0\r\n\r\n'],
  ['a bare LF behind a chunk size', '5\nhello\r\n0\r\n\r\n'],
  ['a bare LF in an extension', '5;\nhello\r\n0\r\n\r\n'],
  ['a chunk that is longer than it says', '4\r\nhello\r\n0\r\n\r\n'],
  ['no line end behind a chunk', '5\r\nhello0\r\n\r\n'],
  ['a bare LF behind the last chunk', '0\n\r\n'],
  ['a length for a trailer', '0\r\nContent-Length: 5\r\n\r\n'],
  ['a cookie for a trailer', '0\r\nSet-Cookie: a=b\r\n\r\n'],
  ['a folded trailer', '0\r\nX: y\r\n z\r\n\r\n'],
  ['trailers over 8 KiB', `0\r\nX: ${'y'.repeat(8192)}\r\n\r\n`],
];
