import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HeadCollector, type HeadLimits } from '../../../../src/protocol/http1/head-collector.js';
import { parseRequestHead } from '../../../../src/protocol/http1/request-head.js';
import { judgeRequestHead } from '../../../../src/protocol/http1/request-rules.js';
import { ACCEPTED, REFUSED } from '../request-corpus.js';
import { codeOf, embedded, everySplit, latin1 } from '../splits.js';

const PSEUDONYM = 'toyou-proxy-00c0ffee';
const LIMITS: HeadLimits = { maxHeadBytes: 400, maxHeaders: 6, maxLineBytes: 200 };

/** All that a listener would know of the request after its head came in these parts. */
function read(parts: readonly Buffer[], limits: HeadLimits): string {
  const collector = new HeadCollector(limits);
  for (const part of parts) {
    const { bytes, from, to } = embedded(part);
    const end = collector.collect(bytes, from, to);
    if (end < 0) continue;
    const head = parseRequestHead(collector.headBytes, collector.headStart, collector.headEnd, limits);
    const { framing, connection, host, expectContinue, target, upgradeWebSocket } = judgeRequestHead(head, PSEUDONYM);
    const { method, minorVersion, headers } = head;
    const facts = { framing, connection, host, expectContinue, target, upgradeWebSocket };
    return JSON.stringify({ method, minorVersion, headers: [...headers], facts });
  }
  return 'incomplete';
}

/** What comes of `text` whole; fails where any split gives something else. */
function outcome(text: string, limits = LIMITS): string {
  const bytes = latin1(text);
  let whole: string | undefined;
  for (const parts of everySplit(bytes)) {
    let seen = '';
    const code = codeOf(() => {
      seen = read(parts, limits);
    });
    const result = code === 'accepted' ? seen : code;
    whole ??= result;
    assert.equal(result, whole, JSON.stringify(parts.map(String)));
  }
  return whole ?? '';
}

describe('a request head is refused by the same code in every split', () => {
  for (const [code, head] of REFUSED) it(`${code} ${JSON.stringify(head)}`, () => assert.equal(outcome(head), code));
});

describe('a request head is accepted with the same facts in every split', () => {
  for (const head of ACCEPTED) it(JSON.stringify(head), () => assert.match(outcome(head), /^\{"method"/));
});

describe('limits of a request head', () => {
  const line = (bytes: number) => `GET /${'a'.repeat(bytes - 14)} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const sized = (bytes: number) => `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(bytes - 32)}\r\n\r\n`;
  const fields = (count: number) => `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(count - 1)}\r\n`;

  it('takes a request line of just the limit', () => assert.match(outcome(line(200)), /^\{"method"/));
  it('refuses a longer request line', () => assert.equal(outcome(line(201)), 'request-line-too-long'));
  it('takes a head of just the limit', () => {
    assert.equal(sized(400).length, 400);
    assert.match(outcome(sized(400)), /^\{"method"/);
  });
  it('refuses a larger head', () => assert.equal(outcome(sized(401)), 'head-too-large'));
  it('takes just as many fields', () => assert.match(outcome(fields(6)), /^\{"method"/));
  it('refuses one field more', () => assert.equal(outcome(fields(7)), 'too-many-headers'));
  it('names the first fault of several', () => {
    assert.equal(outcome(`${line(201)}\n`), 'request-line-too-long');
    assert.equal(outcome(`GET /\n${'a'.repeat(300)} HTTP/1.1\r\n\r\n`), 'bare-cr-or-lf');
    assert.equal(outcome(`GET / HTTP/1.1\r\nX: ${'a'.repeat(400)}\n\r\n\r\n`), 'head-too-large');
  });
  it('refuses a request line that never ends', () => assert.equal(outcome('G'.repeat(201)), 'request-line-too-long'));
  it('refuses a head that never ends', () => {
    assert.equal(outcome(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(100)}`), 'head-too-large');
  });
});

it('mutated and truncated heads have one outcome in every split', () => {
  const heads = fc.constantFrom(...REFUSED.map(([, head]) => head), ...ACCEPTED);
  const edit = fc.tuple(
    fc.nat(),
    fc.constantFrom('\r', '\n', '\r\n', ' ', '\0', ':', '\x80', '\t', 'a', '%', '.', '/', ';'),
  );
  const check = fc.property(heads, fc.array(edit, { maxLength: 3 }), fc.nat(), (head, edits, cut) => {
    let text = head;
    for (const [at, insertion] of edits) {
      const index = at % (text.length + 1);
      text = text.slice(0, index) + insertion + text.slice(index + (at % 2));
    }
    outcome(cut % 3 === 0 ? text.slice(0, cut % (text.length + 1)) : text);
  });
  fc.assert(check, { numRuns: 300 }); // a failure prints its seed
});
