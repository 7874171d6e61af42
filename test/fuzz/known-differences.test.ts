import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeResponse } from './http/llhttp-client.js';
import { judgeRequests } from './http/llhttp-server.js';
import { readRequests } from './http/read-requests.js';
import { readResponse } from './http/read-response.js';
import { requestDifferences } from './http/request-differences.js';
import { responseDifferences } from './http/response-differences.js';
import { agreesNow } from './known-difference.js';
import { compareRequests } from './subjects/requests.js';
import { compareResponses } from './subjects/responses.js';

for (const difference of requestDifferences) {
  const { what, reason, bytes, explains } = difference;
  test(`llhttp reads another request: ${what} (${reason})`, async () => {
    const read = readRequests([Buffer.from(bytes, 'latin1')]);
    const judged = await judgeRequests(Buffer.from(bytes, 'latin1'));
    assert.equal(read.end, 'open');
    if (agreesNow(difference)) {
      compareRequests(read, judged);
      return;
    }
    assert.throws(() => compareRequests(read, judged));
    assert.ok(explains(bytes, read, judged), JSON.stringify(judged));
  });
}

for (const { what, reason, bytes, explains } of responseDifferences) {
  test(`llhttp reads another response: ${what} (${reason})`, async () => {
    const read = readResponse([Buffer.from(bytes, 'latin1')], 'GET', false);
    const judged = await judgeResponse(Buffer.from(bytes, 'latin1'), 'GET', false);
    assert.deepEqual([read.fault, read.whole], [null, true]);
    assert.throws(() => compareResponses(read, judged));
    assert.ok(explains(bytes, read, judged), JSON.stringify(judged));
  });
}
