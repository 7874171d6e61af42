import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeadCollector } from '../../../../src/protocol/http1/head-collector.js';
import { HeaderList } from '../../../../src/protocol/http1/header-list.js';
import {
  hasDoubtfulEnd,
  keepAliveTimeoutSeconds,
  keepsAlive,
  responseFraming,
} from '../../../../src/protocol/http1/response-framing.js';
import { parseResponseHead } from '../../../../src/protocol/http1/response-head.js';
import { codeOf, embedded, everySplit, latin1 } from '../splits.js';

const LIMITS = { maxHeadBytes: 400, maxHeaders: 6, maxLineBytes: 10 };

function read(parts: readonly Buffer[], method: string): string {
  const collector = new HeadCollector(LIMITS, 'response');
  for (const part of parts) {
    const { bytes, from, to } = embedded(part);
    if (collector.collect(bytes, from, to) < 0) continue;
    const head = parseResponseHead(collector.headBytes, collector.headStart, collector.headEnd, LIMITS);
    const framing = responseFraming(head, method);
    const length = framing.kind === 'length' ? ` ${framing.bytes}` : '';
    return `${head.status} [${head.reason}] ${framing.kind}${length} ${keepsAlive(head, framing) ? 'keep' : 'close'}`;
  }
  return 'incomplete';
}

function outcome(text: string, method = 'GET'): string {
  let whole: string | undefined;
  for (const parts of everySplit(latin1(text))) {
    let seen = '';
    const code = codeOf(() => {
      seen = read(parts, method);
    });
    const result = code === 'accepted' ? seen : code;
    whole ??= result;
    assert.equal(result, whole, JSON.stringify(parts.map(String)));
  }
  return whole ?? '';
}

const RESPONSES: readonly (readonly [outcome: string, head: string, method?: string])[] = [
  ['200 [OK] until-close close', 'HTTP/1.1 200 OK\r\n\r\n'],
  ['200 [] length 5 keep', 'HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n'],
  ['200 [] length 5 keep', 'HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\n'],
  ['200 [a\tb \xe4] chunked keep', 'HTTP/1.1 200 a\tb \xe4\r\nTransfer-Encoding: Chunked\r\n\r\n'],
  [
    '200 [OK] length 9007199254740991 close',
    'HTTP/1.1 200 OK\r\ncontent-length: 9007199254740991\r\nConnection: x, Close\r\n\r\n',
  ],
  ['200 [OK] length 0 close', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['200 [OK] length 0 keep', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n'],
  [
    '200 [OK] length 0 close',
    'HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n',
  ],
  ['200 [OK] none keep', 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n', 'HEAD'],
  ['204 [] none keep', 'HTTP/1.1 204\r\n\r\n'],
  ['304 [] none keep', 'HTTP/1.1 304\r\nContent-Length: 7\r\n\r\n'],
  ['103 [Early Hints] none keep', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'],
  ['599 [] none keep', 'HTTP/1.1 599 \r\nTransfer-Encoding: chunked\r\n\r\n', 'HEAD'],
  ['incomplete', 'HTTP/1.1 200 OK\r\n'],
  ['bad-status-line', 'HTTP/1.1 99 OK\r\n\r\n'],
  ['bad-status-line', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['bad-status-line', 'HTTP/1.1 600 OK\r\n\r\n'],
  ['bad-status-line', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['bad-status-line', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['bad-status-line', 'HTTP/1.1 2x0 OK\r\n\r\n'],
  ['bad-status-line', 'HTTP/1.1 200\tOK\r\n\r\n'],
  ['bad-status-line', 'HTTP/1.1 200 O\0K\r\n\r\n'],
  ['bad-status-line', 'HTTP/1.1\r\n\r\n'],
  ['bad-status-line', 'Http/1.1 200 OK\r\n\r\n'],
  ['bad-status-line', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['bad-status-line', 'SSH-2.0-x\r\n'],
  ['unsupported-version', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['unsupported-version', 'HTTP/1.2 200 OK\r\n\r\n'],
  ['bare-cr-or-lf', 'HTTP/1.1 200 OK\n\n'],
  ['bare-cr-or-lf', 'HTTP/1.1 200 O\rK\r\n\r\n'],
  ['obs-fold', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n'],
  ['space-before-colon', 'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n'],
  ['missing-colon', 'HTTP/1.1 200 OK\r\nContent-Length 5\r\n\r\n'],
  ['head-too-large', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(400)}\r\n\r\n`],
  ['too-many-headers', `HTTP/1.1 200 OK\r\n${'X: a\r\n'.repeat(7)}\r\n`],
  ['conflicting-framing', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['duplicate-content-length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n'],
  ['bad-content-length', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n'],
  ['bad-content-length', 'HTTP/1.1 200 OK\r\nContent-Length: 9007199254740992\r\n\r\n'],
  ['unsupported-transfer-encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
  ['transfer-encoding-in-http10', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
];

describe('a response head has one outcome in every split', () => {
  for (const [expected, head, method] of RESPONSES) {
    it(`${expected} ${JSON.stringify(head).slice(0, 80)}`, () => assert.equal(outcome(head, method), expected));
  }
});

it('Keep-Alive: timeout', () => {
  const timeout = (value?: string) =>
    keepAliveTimeoutSeconds(new HeaderList(value === undefined ? [] : [['Keep-Alive', value]]));
  assert.equal(timeout('timeout=5, max=100'), 5);
  assert.equal(timeout('max=100, Timeout = "7"'), 7);
  assert.equal(timeout('max=100'), null);
  assert.equal(timeout('timeout=x'), null);
  assert.equal(timeout(), null);
});

it('doubts the end of a response that has no body but speaks of one', () => {
  const doubted = (method: string, head: string): boolean => {
    const bytes = latin1(head);
    const parsed = parseResponseHead(bytes, 0, bytes.length, LIMITS);
    return hasDoubtfulEnd(parsed, method, responseFraming(parsed, method));
  };
  const length = 'Content-Length: 5\r\n\r\n';
  const none = 'Content-Length: 0\r\n\r\n';
  const chunked = 'Transfer-Encoding: chunked\r\n\r\n';
  const rows: readonly (readonly [doubted: boolean, method: string, head: string])[] = [
    [true, 'HEAD', `HTTP/1.1 200\r\n${length}`],
    [true, 'HEAD', `HTTP/1.1 200\r\n${chunked}`],
    [true, 'HEAD', 'HTTP/1.1 200\r\n\r\n'],
    [false, 'HEAD', `HTTP/1.1 200\r\n${none}`],
    [true, 'GET', `HTTP/1.1 204\r\n${length}`],
    [true, 'GET', `HTTP/1.1 204\r\n${chunked}`],
    [false, 'GET', `HTTP/1.1 204\r\n${none}`],
    [false, 'GET', 'HTTP/1.1 204\r\n\r\n'],
    [true, 'GET', `HTTP/1.1 304\r\n${length}`],
    [false, 'GET', 'HTTP/1.1 304\r\n\r\n'],
    [false, 'GET', `HTTP/1.1 200\r\n${length}`],
    [false, 'GET', `HTTP/1.1 200\r\n${chunked}`],
  ];
  for (const [expected, method, head] of rows) {
    assert.equal(doubted(method, head), expected, `${method} ${JSON.stringify(head)}`);
  }
});
