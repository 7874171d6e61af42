import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStrictRequest } from '../../support/strict-request.js';

const HOST = 'Host: a.example\r\n';
const LENGTH = 'Content-Length: 5\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const head = (lines: string): string => `POST /a HTTP/1.1\r\n${HOST}${lines}\r\n`;

/** The reader is only worth something if it refuses what others would read in one of two ways. */
const ambiguous: Record<string, string> = {
  'an empty line first': `\r\n${head('')}`,
  'a bare LF behind the request line': `GET / HTTP/1.1\n${HOST}\r\n`,
  'a bare LF in a field': head('A: b\nC: d\r\n'),
  'a bare CR in a field': head('A: b\rC: d\r\n'),
  'a bare LF before its end has come': 'GET / HTTP/1.1\nHost',
  'a space in the target': `GET /a b HTTP/1.1\r\n${HOST}\r\n`,
  'another version': `GET / HTTP/1.0\r\n${HOST}\r\n`,
  'no Host': 'GET / HTTP/1.1\r\n\r\n',
  'two Hosts': head(HOST),
  'obs-fold': head('A: b\r\n c\r\n'),
  'a space before the colon': head('A : b\r\n'),
  'no colon': head('Ab\r\n'),
  'an empty name': head(': b\r\n'),
  'a NUL': head('A: b\0\r\n'),
  'white space behind a value': head('A: b \r\n'),
  'both framings': head(LENGTH + CHUNKED),
  'two lengths': head(LENGTH + LENGTH),
  'two codings': head(CHUNKED + CHUNKED),
  'a list of lengths': head('Content-Length: 5, 5\r\n'),
  'a signed length': head('Content-Length: +5\r\n'),
  'a length with a zero in front': `${head('Content-Length: 05\r\n')}hello`,
  'an unsafe length': head('Content-Length: 9007199254740992\r\n'),
  'an unknown coding': head('Transfer-Encoding: gzip, chunked\r\n'),
  'a coding in capitals': head('Transfer-Encoding: Chunked\r\n'),
  'a chunk size with 0x': `${head(CHUNKED)}0x5\r\n`,
  'a chunk size with a zero in front': `${head(CHUNKED)}05\r\n`,
  'a chunk extension': `${head(CHUNKED)}5;a\r\n`,
  'a bare LF behind a chunk size': `${head(CHUNKED)}5\nhello`,
  'no line end behind a chunk': `${head(CHUNKED)}5\r\nhello0\r\n\r\n`,
  'a trailer that frames': `${head(CHUNKED)}0\r\nContent-Length: 5\r\n\r\n`,
  'a trailer that tells of the client': `${head(CHUNKED)}0\r\nX_Forwarded_For: 1.2.3.4\r\n\r\n`,
  'a bare LF in the trailers': `${head(CHUNKED)}0\r\nX: y\n\r\n`,
};
for (const [what, bytes] of Object.entries(ambiguous)) {
  test(`the strict reader takes ${what} for a fault`, () => {
    assert.throws(() => readStrictRequest(bytes));
  });
}

test('the strict reader reads what can be read in one way only, and stops behind it', () => {
  const bodies = [
    [head(''), ''],
    [head('Content-Length: 0\r\n'), ''],
    [head(LENGTH), 'hello'],
    [head(CHUNKED), '5\r\nhello\r\n0\r\n\r\n'],
    [head(CHUNKED), '0\r\nX-Sum: 1\r\n\r\n'],
  ] as const;
  for (const [start, body] of bodies) {
    const whole = start + body;
    for (let cut = 0; cut < whole.length; cut++) assert.equal(readStrictRequest(whole.slice(0, cut)), null);
    const read = readStrictRequest(`${whole}GET`);
    assert.deepEqual([read?.length, read?.request.body], [whole.length, body]);
    assert.deepEqual([read?.request.method, read?.request.target], ['POST', '/a']);
  }
});
