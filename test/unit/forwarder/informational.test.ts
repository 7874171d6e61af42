import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Informational } from '../../../src/forwarder/informational.js';
import { HeaderList } from '../../../src/protocol/http1/header-list.js';
import type { ResponseHead } from '../../../src/protocol/http1/response-head.js';
import { fakeExchange } from '../middleware/fake-exchange.js';

function head(status: number, ...headers: (readonly [string, string])[]): ResponseHead {
  return { status, reason: 'Some Reason', minorVersion: 1, headers: new HeaderList(headers) };
}

function play(waits: boolean, bytesSeen = 0) {
  const fields = waits ? ([['Expect', '100-continue']] as const) : [];
  const { exchange, writer } = fakeExchange({ method: 'POST', headers: [['Content-Length', '5'], ...fields] });
  const { request } = exchange;
  Object.assign(exchange, { request: { ...request, body: { ...request.body, bytesSeen } } });
  const seen: ResponseHead[] = [];
  writer.writeInformational = (...[informational]: [ResponseHead?]) => {
    if (informational !== undefined) seen.push(informational);
  };
  return { informational: new Informational(exchange), seen, statuses: () => seen.map(({ status }) => status) };
}

test('1xx go on without what ends at this hop', () => {
  const { informational, seen } = play(false);
  informational.received(head(103, ['Link', '</a.css>'], ['Connection', 'X-Hop'], ['X-Hop', '1']), 0);
  assert.deepEqual(
    seen.map(({ status, reason, headers }) => [status, reason, headers.format()]),
    [[103, 'Some Reason', 'Link: </a.css>\r\n']],
  );
});

test('sixteen at most', () => {
  const { informational, seen } = play(false);
  for (let count = 0; count < 40; count++) informational.received(head(103), 0);
  assert.equal(seen.length, 16);
});

test('a backend that sends them without end has its response called broken', () => {
  const { informational } = play(false);
  for (let count = 0; count < 10_000; count++) informational.received(head(count === 5 ? 100 : 103), 0);
  assert.throws(() => informational.received(head(103), 0), { code: 'bad-response' });
});

test('one 100, never a second', () => {
  const { informational, statuses } = play(true);
  for (const status of [100, 103, 100, 100]) informational.received(head(status), 0);
  informational.sweep(60_000);
  assert.deepEqual(statuses(), [100, 103]);
});

test('a client that waits gets one from us after a second, and the late one of the backend is dropped', () => {
  const { informational, statuses } = play(true);
  informational.sweep(999);
  assert.deepEqual(statuses(), []);
  informational.sweep(1_000);
  informational.sweep(1_250);
  informational.received(head(100), 0);
  assert.deepEqual(statuses(), [100]);
});

test('a client that does not wait, or sends already, gets none from us', () => {
  for (const { informational, statuses } of [play(false), play(true, 1)]) {
    informational.sweep(60_000);
    assert.deepEqual(statuses(), []);
  }
});
