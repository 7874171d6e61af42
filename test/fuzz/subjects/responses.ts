import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type JudgedResponse, judgeResponse } from '../http/llhttp-client.js';
import { type ReadResponse, readResponse } from '../http/read-response.js';
import { responseDifferences } from '../http/response-differences.js';
import { responsePieces, responses } from '../http/response-grammar.js';
import { compareKnowing } from '../known-difference.js';
import { cutBytes, cuts, mutate, mutations } from '../mutation.js';
import { defineSubject } from '../subject.js';

const inputs = fc
  .record({ response: responses, changes: mutations(responsePieces), cuts })
  .map(({ response: { method, text, ends }, changes, cuts: places }) => ({
    bytes: mutate(Buffer.from(text, 'latin1'), changes),
    method,
    ends,
    changed: changes.length > 0,
    cuts: places,
  }));

/** Responses: our connection to a backend beside Node's own parser. */
export const responseSubject = defineSubject({
  name: 'responses',
  shortRuns: 2000,
  inputs,
  bytesOf: ({ bytes }) => bytes,
  judge: async ({ bytes, method, ends, changed, cuts: places }) => {
    const read = readResponse([bytes], method, ends);
    const { relayed: _, ...outcome } = read;
    const { relayed, ...split } = readResponse(cutBytes(bytes, places), method, ends);
    assert.deepEqual(split, outcome, 'a split changes the outcome');
    if (!changed) assert.deepEqual([read.fault, read.whole], [null, true], 'a right response is refused');
    const judged = await judgeResponse(bytes, method, ends);
    if (compareKnowing(compareResponses, responseDifferences, bytes, read, judged) === 'known') return;
    if (read.framing === 'chunked' && read.whole) await judgeRelayed(relayed, judged);
  },
});

/** What we accept, llhttp accepts, and reads as the same. What we refuse is broken by a rule that has a code. */
export function compareResponses(read: ReadResponse, judged: JudgedResponse): void {
  if (read.fault !== null) assert.ok(['bad-response', 'backend-gone'].includes(read.fault), read.fault);
  assert.deepEqual(judged.informational.slice(0, read.informational.length), read.informational);
  if (read.head === null) {
    if (read.fault !== 'bad-response') assert.equal(judged.head, null, 'a response to llhttp only');
    return;
  }
  assert.ok(judged.head !== null, `no response to llhttp: ${judged.fault}`);
  assert.deepEqual(judged.head, read.head);
  assert.equal(judged.informational.length, read.informational.length);
  if (read.whole) {
    assert.deepEqual([judged.payload, judged.whole], [read.payload, true], judged.fault ?? '');
    if (read.reusable) assert.equal(judged.fault, null, 'a fault on a connection that is used again');
    return;
  }
  const [shorter, longer] = [read.payload, judged.payload].sort((a, b) => a.length - b.length);
  assert.ok(longer?.startsWith(shorter ?? ''), 'another body');
  if (read.fault !== 'bad-response') assert.equal(judged.whole, false, 'a body that is whole to llhttp only');
}

/** A chunked body as it goes on is the same body to llhttp. */
async function judgeRelayed(body: string, { payload, trailers }: JudgedResponse): Promise<void> {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  const again = await judgeResponse(Buffer.from(head + body, 'latin1'), 'GET', false);
  assert.deepEqual([again.payload, again.whole, again.trailers, again.fault], [payload, true, trailers, null]);
}
