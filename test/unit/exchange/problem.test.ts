import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemResponse } from '../../../src/exchange/problem.js';
import { type ErrorCode, errorTable, ProxyError } from '../../../src/exchange/proxy-error.js';

const SECRET = 'connect ECONNREFUSED 10.1.2.3:8080';

function problem(code: ErrorCode, accept?: string) {
  const { status, headers, body } = problemResponse(new ProxyError(code, SECRET), 'id-1', accept);
  return { status, headers, text: body.toString() };
}

test('people read status, code and request id', () => {
  const { status, headers, text } = problem('connect-refused');
  assert.equal(status, 502);
  assert.equal(text, '502 Bad Gateway: the backend refused the connection\ncode: connect-refused\nrequest: id-1\n');
  assert.equal(
    headers.format(),
    'Content-Type: text/plain; charset=utf-8\r\nX-Request-Id: id-1\r\nCache-Control: no-store\r\n',
  );
});

test('programs read problem+json where they ask for JSON', () => {
  for (const accept of ['application/json', 'text/html, APPLICATION/Problem+JSON;q=0.9']) {
    const { headers, text } = problem('response-timeout', accept);
    assert.equal(headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(JSON.parse(text), {
      type: 'about:blank',
      title: 'Gateway Timeout',
      status: 504,
      detail: 'the backend did not answer in time',
      code: 'response-timeout',
      requestId: 'id-1',
    });
  }
  for (const accept of ['*/*', 'text/plain', 'application/xml', '']) {
    assert.match(problem('no-route', accept).headers.get('content-type') ?? '', /^text\/plain/);
  }
});

test('nothing of the inside is told, whatever the failure', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    for (const accept of [undefined, 'application/json']) {
      const { status, text } = problem(code, accept);
      assert.equal(status, errorTable[code].status);
      assert.ok(!text.includes('10.1.2.3'), code);
      assert.ok(text.includes(code) && text.includes('id-1'), code);
    }
  }
});

test('503 says when to come back; a wrong version which is right; a method which are allowed', () => {
  for (const code of ['no-backend', 'pool-exhausted', 'drained'] as const) {
    assert.equal(problem(code).headers.get('retry-after'), '1');
  }
  assert.equal(problem('connect-refused').headers.get('retry-after'), undefined);
  const version = problem('upgrade-bad-version');
  assert.equal(version.status, 426);
  assert.deepEqual([version.headers.get('upgrade'), version.headers.get('sec-websocket-version')], ['websocket', '13']);
  assert.match(problem('method-not-allowed').headers.get('allow') ?? '', /GET, HEAD, POST/);
});
