import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventScanner } from '../../../../src/protocol/sse/event-scanner.js';
import { embedded, everySplit, latin1 } from '../splits.js';

/** `events@index behind the last event end`, and `open` where an event is. */
function feed(parts: readonly Buffer[]): string {
  const scanner = new EventScanner();
  let offset = 0;
  let lastEnd = -1;
  for (const part of parts) {
    const { bytes, from, to } = embedded(part);
    const end = scanner.scan(bytes, from, to);
    if (end >= 0) lastEnd = offset + end - from;
    offset += part.length;
  }
  return `${scanner.events}@${lastEnd}${scanner.atEventBoundary ? '' : ' open'}`;
}

function outcome(text: string): string {
  const bytes = latin1(text);
  const whole = feed([bytes]);
  for (const parts of everySplit(bytes)) assert.equal(feed(parts), whole, JSON.stringify(parts.map(String)));
  return whole;
}

const STREAMS: readonly (readonly [outcome: string, stream: string])[] = [
  ['0@-1', ''],
  ['1@9', 'data: x\n\n'],
  ['1@11', 'data: x\r\n\r\n'],
  ['1@9', 'data: x\r\r'],
  ['1@10', 'data: x\n\r\n'],
  ['1@10', 'data: x\r\n\n'],
  ['1@10', 'data: x\r\r\n'],
  ['2@18', 'data: x\n\ndata: y\n\n'],
  ['1@9 open', 'data: x\n\ndata: y\n'],
  ['0@-1 open', 'data: x'],
  ['1@6', 'data\n\n'],
  ['1@7', 'data:\n\n'],
  ['1@18', 'data: x\ndata: y\n\n\n'],
  ['0@11', ': comment\n\n'],
  ['0@13', 'retry: 1000\n\n'],
  ['0@10', 'datax: 1\n\n'],
  ['0@6', 'dat:\n\n'],
  ['0@8', ' data:\n\n'],
  ['1@18', 'event: a\ndata: b\n\n'],
  ['0@8', 'id: 1\n\n\n'],
  ['1@12', '\xef\xbb\xbfdata: x\n\n'],
  ['0@13', '\xef\xbb\xbf\xef\xbb\xbfdata:\n\n'],
  ['0@9', '\xef\xbbdata:\n\n'],
  ['0@-1 open', '\xef\xbb'],
  ['0@-1', '\xef\xbb\xbf'],
  ['0@2', '\n\n'],
  ['0@1', '\r'],
];

describe('EventScanner has one outcome in every split', () => {
  for (const [expected, stream] of STREAMS) {
    it(`${expected} ${JSON.stringify(stream)}`, () => assert.equal(outcome(stream), expected));
  }

  it('counts as a parser by lines does', () => {
    const piece = fc.constantFrom('data', ':', ' x', '\n', '\r', '\r\n', '\n\n', 'id: 1', ': c', 'dat');
    const check = fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      let events = 0;
      let hasData = false;
      for (const line of text.split(/\r\n|\r|\n/).slice(0, -1)) {
        if (line === '') {
          if (hasData) events++;
          hasData = false;
        } else if (line === 'data' || line.startsWith('data:')) hasData = true;
      }
      assert.equal(Number.parseInt(outcome(text), 10), events);
    });
    fc.assert(check, { numRuns: 1000 });
  });
});
