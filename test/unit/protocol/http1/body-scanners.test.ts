import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { BodyScanner } from '../../../../src/protocol/http1/body-scanner.js';
import { createBodyScanner } from '../../../../src/protocol/http1/body-scanners.js';
import { ChunkedScanner } from '../../../../src/protocol/http1/chunked-scanner.js';
import { LengthScanner } from '../../../../src/protocol/http1/length-scanner.js';
import { codeOf, embedded, everySplit, latin1 } from '../splits.js';

interface Outcome {
  readonly told: string;
  readonly spans: number;
  readonly texts: number;
  readonly rest: string;
  readonly done: boolean;
  readonly payloadBytes: number;
  readonly code: string;
}

function feed(scanner: BodyScanner, parts: readonly Buffer[]): Outcome {
  let told = '';
  let rest = '';
  let spans = 0;
  let texts = 0;
  const listener = {
    onBytes(bytes: Buffer, from: number, to: number): void {
      assert.ok(to > from, 'an empty span');
      told += bytes.toString('latin1', from, to);
      spans++;
    },
    onText(text: string): void {
      told += text;
      texts++;
    },
  };
  const code = codeOf(() => {
    for (const part of parts) {
      const { bytes, from, to } = embedded(part);
      const end = scanner.scan(bytes, from, to, listener);
      assert.ok(end === to || scanner.done);
      rest += bytes.toString('latin1', end, to);
    }
  });
  return { told, spans, texts, rest, done: scanner.done, payloadBytes: scanner.payloadBytes, code };
}

function inEverySplit(make: () => BodyScanner, text: string): Outcome {
  const bytes = latin1(text);
  const whole = feed(make(), [bytes]);
  for (const parts of everySplit(bytes)) {
    const outcome = feed(make(), parts);
    const { spans: _spans, texts: _texts, rest: _rest, ...facts } = outcome;
    const { spans: _wholeSpans, texts: _wholeTexts, rest: _wholeRest, ...expected } = whole;
    assert.deepEqual(facts, expected, JSON.stringify(parts.map(String)));
    if (whole.code === 'accepted') assert.equal(outcome.rest, whole.rest);
  }
  return whole;
}

const BODIES: readonly (readonly [wire: string, told: string, payload: string])[] = [
  ['0\r\n\r\n', '0\r\n\r\n', ''],
  ['5\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['5\r\nhello\r\n0\r\n\r\nGET /', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['5;a=b\r\nhello\r\n1\r\n \r\n0;x\r\n\r\n', '5\r\nhello\r\n1\r\n \r\n0\r\n\r\n', 'hello '],
  ['5 \t; a="\xe4;"\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['0005\r\nhello\r\n000\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['a\r\n0\r\n\r\n5\r\nhe\r\n0\r\n\r\n', 'a\r\n0\r\n\r\n5\r\nhe\r\n0\r\n\r\n', '0\r\n\r\n5\r\nhe'],
  ['1\r\na\r\n0\r\nX-Sum: \t1 \r\ny:\r\n\r\n', '1\r\na\r\n0\r\nX-Sum: \t1 \r\ny:\r\n\r\n', 'a'],
  [`1;${'x'.repeat(255)}\r\na\r\n0\r\n\r\n`, '1\r\na\r\n0\r\n\r\n', 'a'],
];

const BROKEN: readonly (readonly [code: string, wire: string, told: string])[] = [
  ['bad-chunk', '\r\nhello', ''],
  ['bad-chunk', ';a\r\nhello', ''],
  ['bad-chunk', ' 5\r\nhello', ''],
  ['bad-chunk', '+5\r\nhello', ''],
  ['bad-chunk', '0x5\r\nhello', ''],
  ['bad-chunk', '5 \r\nhello', ''],
  ['bad-chunk', '5\nhello\r\n', ''],
  ['bad-chunk', '5\rhello\r\n', ''],
  ['bad-chunk', '5;a\nhello', ''],
  ['bad-chunk', '5;a\rb\r\nhello', ''],
  ['bad-chunk', '5;\0\r\nhello', ''],
  ['bad-chunk', `1;${'x'.repeat(256)}\r\na\r\n0\r\n\r\n`, ''],
  ['bad-chunk', '00000000000005\r\nhello', ''],
  ['bad-chunk', '20000000000000\r\nhello', ''],
  ['bad-chunk', '1\r\na0\r\n\r\n', '1\r\na'],
  ['bad-chunk', '1\r\na\r0\r\n\r\n', '1\r\na\r'],
  ['bad-chunk', '1\r\na\n0\r\n\r\n', '1\r\na'],
  ['bad-chunk', '1\r\na\r\n\r\n0\r\n\r\n', '1\r\na\r\n'],
  ['bad-chunk', '1\r\na\r\n-1\r\n', '1\r\na\r\n'],
  ['bad-trailers', '1\r\na\r\n0\r\n\n', '1\r\na\r\n'],
  ['bad-trailers', '1\r\na\r\n0\r\nX: b\n\r\n', '1\r\na\r\n'],
  ['bad-trailers', '1\r\na\r\n0\r\nX: b\rc\r\n\r\n', '1\r\na\r\n'],
  ['bad-trailers', '0\r\nX : b\r\n\r\n', ''],
  ['bad-trailers', '0\r\nX\r\n\r\n', ''],
  ['bad-trailers', '0\r\nX: a\r\n b\r\n\r\n', ''],
  ['bad-trailers', '0\r\nX: \0\r\n\r\n', ''],
  ['bad-trailers', `0\r\nX: ${'a'.repeat(8192)}`, ''],
  ...[
    'Content-Length',
    'Transfer-Encoding',
    'host',
    'Connection',
    'X-Forwarded-For',
    'x_real_ip',
    'Forwarded',
    'Authorization',
    'Cookie',
    'Set-Cookie',
    'TE',
    'Upgrade',
    'Trailer',
    'Via',
    'Content-Type',
    'Proxy-Authorization',
  ].map((name) => ['bad-trailers', `1\r\na\r\n0\r\nA: b\r\n${name}: 1\r\n\r\n`, '1\r\na\r\n'] as const),
];

describe('ChunkedScanner', () => {
  for (const [wire, told, payload] of BODIES) {
    it(`passes ${JSON.stringify(wire).slice(0, 60)}`, () => {
      const outcome = inEverySplit(() => new ChunkedScanner(), wire);
      assert.deepEqual(
        { code: outcome.code, told: outcome.told, done: outcome.done, payloadBytes: outcome.payloadBytes },
        { code: 'accepted', told, done: true, payloadBytes: payload.length },
      );
      assert.equal(outcome.rest, wire.endsWith('GET /') ? 'GET /' : '');
      assert.equal(inEverySplit(() => new ChunkedScanner({ payloadOnly: true }), wire).told, payload);
    });
  }

  for (const [code, wire, told] of BROKEN) {
    it(`${code} ${JSON.stringify(wire).slice(0, 60)}`, () => {
      const outcome = inEverySplit(() => new ChunkedScanner(), wire);
      assert.deepEqual([outcome.code, outcome.told], [code, told]);
      assert.equal(inEverySplit(() => new ChunkedScanner({ payloadOnly: true }), wire).code, code);
    });
  }

  it('tells a range of plain chunks in one span, and needs two more only around a rewritten line', () => {
    const plain = feed(new ChunkedScanner(), [latin1('5\r\nhello\r\n'.repeat(100).concat('0\r\n\r\n'))]);
    assert.deepEqual([plain.spans, plain.texts], [1, 0]);
    const mixed = feed(new ChunkedScanner(), [latin1('1\r\na\r\n1;x\r\nb\r\n1\r\nc\r\n0\r\n\r\n')]);
    assert.deepEqual([mixed.spans, mixed.texts], [2, 1]);
  });

  it('knows sizes of 13 digits', () => {
    const scanner = new ChunkedScanner();
    const outcome = feed(scanner, [latin1('fffffffffffff\r\nabc')]);
    assert.deepEqual([outcome.code, outcome.payloadBytes, outcome.told], ['accepted', 3, 'fffffffffffff\r\nabc']);
  });

  it('takes trailers of just the limit', () => {
    const trailers = (bytes: number) => `0\r\nX: ${'a'.repeat(bytes - 7)}\r\n\r\n`;
    assert.equal(inEverySplit(() => new ChunkedScanner({ maxTrailerBytes: 64 }), trailers(64)).code, 'accepted');
    assert.equal(inEverySplit(() => new ChunkedScanner({ maxTrailerBytes: 64 }), trailers(65)).code, 'bad-trailers');
  });

  it('is at a chunk boundary before, between, and not within or after chunks', () => {
    const scanner = new ChunkedScanner();
    const boundaries: string[] = [scanner.atChunkBoundary ? '|' : ''];
    for (const character of '2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n') {
      feed(scanner, [latin1(character)]);
      boundaries.push(character, scanner.atChunkBoundary ? '|' : '');
    }
    assert.equal(boundaries.join(''), '|2\r\nab\r\n|1;x\r\nc\r\n|0\r\n\r\n');
  });

  it('decodes what was encoded, through random chunks and splits', () => {
    const chunk = fc.record({
      payload: fc.string({ minLength: 1, maxLength: 20 }),
      extension: fc.constantFrom('', '', '', ';a=b', ' ;c'),
      zeros: fc.constantFrom('', '', '0', '00'),
    });
    const check = fc.property(fc.array(chunk), fc.array(fc.nat(), { maxLength: 6 }), (chunks, cuts) => {
      const wire = latin1(
        `${chunks.map(({ payload, extension, zeros }) => `${zeros}${payload.length.toString(16)}${extension}\r\n${payload}\r\n`).join('')}0\r\n\r\n`,
      );
      const edges = [0, ...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
      const parts = edges.slice(1).map((edge, index) => wire.subarray(edges[index], edge));
      const canonical = chunks.map(({ payload }) => `${payload.length.toString(16)}\r\n${payload}\r\n`).join('');
      assert.equal(feed(new ChunkedScanner(), parts).told, latin1(`${canonical}0\r\n\r\n`).toString('latin1'));
      const payload = latin1(chunks.map((each) => each.payload).join('')).toString('latin1');
      assert.equal(feed(new ChunkedScanner({ payloadOnly: true }), parts).told, payload);
    });
    fc.assert(check, { numRuns: 500 });
  });
});

describe('the other body scanners', () => {
  it('LengthScanner stops behind its last byte in every split', () => {
    const outcome = inEverySplit(() => new LengthScanner(5), 'hello, world');
    assert.deepEqual([outcome.told, outcome.rest, outcome.done, outcome.payloadBytes], ['hello', ', world', true, 5]);
    assert.equal(inEverySplit(() => new LengthScanner(5), 'hell').done, false);
  });

  it('LengthScanner knows lengths up to 2^53-1', () => {
    for (const bytes of [2 ** 53 - 1, 2 ** 53 - 2, 2 ** 32, 2 ** 32 - 1, 2 ** 31]) {
      const outcome = feed(new LengthScanner(bytes), [latin1('abc')]);
      assert.deepEqual([outcome.told, outcome.done, outcome.payloadBytes], ['abc', false, 3]);
    }
  });

  it('createBodyScanner makes one for each framing', () => {
    const none = inEverySplit(() => createBodyScanner({ kind: 'none' }), 'x');
    assert.deepEqual([none.told, none.rest, none.done], ['', 'x', true]);
    const empty = inEverySplit(() => createBodyScanner({ kind: 'length', bytes: 0 }), 'x');
    assert.deepEqual([empty.told, empty.rest, empty.done], ['', 'x', true]);
    const untilClose = inEverySplit(() => createBodyScanner({ kind: 'until-close' }), 'abc');
    assert.deepEqual([untilClose.told, untilClose.done, untilClose.payloadBytes], ['abc', false, 3]);
    assert.equal(inEverySplit(() => createBodyScanner({ kind: 'chunked' }, true), '1\r\na\r\n0\r\n\r\n').told, 'a');
  });
});
