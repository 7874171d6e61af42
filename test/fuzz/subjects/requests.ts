import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import fc from 'fast-check';
import { documentedRefusals } from '../http/documented-refusals.js';
import { type JudgedRequests, judgeRequests } from '../http/llhttp-server.js';
import { type ReadRequests, readRequests } from '../http/read-requests.js';
import { requestDifferences } from '../http/request-differences.js';
import { requestPieces, requests } from '../http/request-grammar.js';
import { compareKnowing } from '../known-difference.js';
import { cutBytes, cuts, mutate, mutations } from '../mutation.js';
import { defineSubject } from '../subject.js';

const inputs = fc
  .record({ text: requests, changes: mutations(requestPieces), cuts })
  .map(({ text, changes, cuts: places }) => ({
    bytes: mutate(Buffer.from(text, 'latin1'), changes),
    changed: changes.length > 0,
    cuts: places,
  }));

/** Pipelined requests: our connection beside Node's own parser. */
export const requestSubject = defineSubject({
  name: 'requests',
  shortRuns: 3000,
  inputs,
  bytesOf: ({ bytes }) => bytes,
  judge: async ({ bytes, changed, cuts: places }) => {
    const read = readRequests([bytes]);
    const { relayed: _, ...outcome } = read;
    const { relayed, ...split } = readRequests(cutBytes(bytes, places));
    assert.deepEqual(split, outcome, 'a split changes the outcome');
    judgeRefusal(read);
    // What is right is never refused.
    if (!changed) assert.ok(['open', 'closed'].includes(read.end), `refused: ${read.end}`);
    const judged = await judgeRequests(bytes);
    if (compareKnowing(compareRequests, requestDifferences, bytes, read, judged) === 'known') return;
    for (const [index, body] of relayed.entries()) await judgeRelayed(body, read, judged, index);
  },
});

/** The code is a documented one, and the client was told its status. */
export function judgeRefusal({ end, requests: read, statuses }: ReadRequests): void {
  const answers = read.filter(({ whole }) => whole).map(() => 200);
  if (['open', 'head', 'body', 'closed'].includes(end)) {
    assert.deepEqual(statuses, answers);
    return;
  }
  const status = documentedRefusals.get(end);
  assert.ok(status !== undefined, `${end} is not documented`);
  assert.deepEqual(statuses, [...answers, status]);
}

/** What we accept, llhttp accepts, and reads as the same. */
export function compareRequests(read: ReadRequests, judged: JudgedRequests): void {
  const unknown = read.requests.findIndex(
    ({ method, target }) => !METHODS.includes(method) || /[^\x21-\x7e]/.test(target),
  );
  const known = unknown < 0 ? read.requests : read.requests.slice(0, unknown);
  for (const [index, { chunked: _, ...ours }] of known.entries()) {
    const theirs = judged.requests[index];
    assert.ok(theirs !== undefined, `request ${index} is none to llhttp: ${judged.fault}`);
    const { trailers: __, ...request } = theirs;
    if (ours.whole) assert.deepEqual(ours, request);
    else {
      assert.deepEqual({ ...ours, payload: '', whole: false }, { ...request, payload: '', whole: false });
      // Where a body is not whole to us, or broken, llhttp may have judged one byte more or less.
      const [shorter, longer] = [ours.payload, request.payload].sort((a, b) => a.length - b.length);
      assert.ok(longer?.startsWith(shorter ?? ''), 'another body');
      if (read.end === 'body') assert.equal(request.whole, false, 'a body that is whole to llhttp only');
    }
  }
  if (unknown >= 0) return;
  if (read.end === 'open') assert.equal(judged.fault, null, `refused by llhttp: ${judged.fault}`);
  if (['open', 'head', 'body'].includes(read.end)) assert.equal(judged.requests.length, read.requests.length);
}

/** A chunked body as it goes on is the same body to llhttp. */
async function judgeRelayed(body: string, read: ReadRequests, judged: JudgedRequests, index: number): Promise<void> {
  const request = read.requests[index];
  if (request?.chunked !== true || !request.whole) return;
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  const again = await judgeRequests(Buffer.from(`${head}${body}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`, 'latin1'));
  assert.equal(again.fault, null, 'what goes on is refused by llhttp');
  assert.deepEqual(
    again.requests.map(({ target, payload }) => [target, payload]),
    [
      ['/', request.payload],
      ['/next', ''],
    ],
  );
  const trailers = judged.requests[index]?.trailers;
  if (trailers !== undefined) assert.deepEqual(again.requests[0]?.trailers, trailers);
}
