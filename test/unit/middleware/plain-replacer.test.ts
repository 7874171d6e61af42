import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PlainReplaceStream } from '../../../src/middleware/plain-replace-stream.js';
import { compilePlainRule, PlainReplacer } from '../../../src/middleware/plain-replacer.js';

const ruleOf = ([from, to]: readonly [string, string]) => compilePlainRule(Buffer.from(from), Buffer.from(to));

/** What one rule makes of these pieces; each stands within other bytes, as a view of a larger buffer does. */
function replaced(rule: readonly [string, string], pieces: readonly Buffer[]): Buffer {
  const told: Buffer[] = [];
  const replacer = new PlainReplacer(ruleOf(rule), (bytes, from, to) => {
    assert.ok(to > from, 'nothing empty is told');
    told.push(Buffer.from(bytes.subarray(from, to)));
  });
  const around = Buffer.from(rule[0]);
  for (const piece of pieces) {
    const view = Buffer.concat([around, piece, around]);
    replacer.push(view, around.length, around.length + piece.length);
  }
  replacer.end();
  return Buffer.concat(told);
}

/** The parts of `bytes` between these places, in any order. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((cut, index) => bytes.subarray(cuts[index], cut));
}

const cases: [rule: [string, string], text: string][] = [
  [['a', 'b'], 'banana'],
  [['ana', 'x'], 'banananana'],
  [['aab', 'x'], 'aaaaaabaab'],
  [['abab', ''], 'ababababab'],
  [['abcabd', 'x'], 'abcabcabcabdabcab'],
  [['http://a', 'https://b'], 'see http://a/ and http://http://a'],
  [['ü', 'ue'], 'grün, Grüße, \u00c3'],
  [['aaaa', 'aaaaa'], 'aaaaaaaaaaa'],
  [['needle', 'x'], ''],
  [['longer than the text', 'x'], 'short'],
];
for (const [rule, text] of cases) {
  test(`"${rule[0]}" becomes "${rule[1]}" in "${text}", however that is cut`, () => {
    const bytes = Buffer.from(text);
    const expected = text.split(rule[0]).join(rule[1]);
    for (let at = 0; at <= bytes.length; at++) {
      for (let to = at; to <= bytes.length; to++) {
        const pieces = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
        assert.equal(replaced(rule, pieces).toString(), expected, `cut at ${at} and ${to}`);
      }
    }
    assert.equal(replaced(rule, cutAt(bytes, [...bytes.keys()])).toString(), expected, 'byte by byte');
  });
}

const overlapping = fc.string({ unit: fc.constantFrom('a', 'b', 'ä'), minLength: 1, maxLength: 6 });
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', 'aab', 'bab'), maxLength: 40 });

test('any text in any pieces is what it would be in one', () => {
  fc.assert(
    fc.property(
      overlapping,
      fc.string({ maxLength: 4 }),
      text,
      fc.array(fc.nat(), { maxLength: 12 }),
      (from, to, all, cuts) => {
        const expected = all.split(from).join(to);
        assert.equal(replaced([from, to], cutAt(Buffer.from(all), cuts)).toString(), expected);
      },
    ),
    { numRuns: 2000 },
  );
});

test('bytes that are no text pass as they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(fc.nat(), { maxLength: 5 }), (bytes, cuts) => {
      assert.deepEqual(replaced(['not there', 'x'], cutAt(Buffer.from(bytes), cuts)), Buffer.from(bytes));
    }),
  );
});

/** What a stream of these rules gives, read as slowly as can be. */
async function streamed(rules: readonly (readonly [string, string])[], pieces: readonly Buffer[]): Promise<string> {
  const stream = new PlainReplaceStream(rules.map(ruleOf));
  for (const piece of pieces) stream.write(piece);
  stream.end();
  const all: Buffer[] = [];
  for await (const bytes of stream) all.push(bytes as Buffer);
  return Buffer.concat(all).toString();
}

test('several rules see what the one before made, in any pieces', async () => {
  const rules = fc.array(fc.tuple(overlapping, fc.string({ unit: fc.constantFrom('a', 'b', 'ä'), maxLength: 6 })), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(rules, text, fc.array(fc.nat(), { maxLength: 12 }), async (given, all, cuts) => {
      const expected = given.reduce((before, [from, to]) => before.split(from).join(to), all);
      assert.equal(await streamed(given, cutAt(Buffer.from(all), cuts)), expected);
    }),
    { numRuns: 500 },
  );
});

test('what grows a thousandfold is given bit by bit, to a reader that takes little', async () => {
  const stream = new PlainReplaceStream([ruleOf(['a', 'b'.repeat(1000)]), ruleOf(['b', 'cc'])]);
  stream.write(Buffer.alloc(2 * 1024, 'a'));
  stream.end();
  let most = 0;
  let bytes = 0;
  for await (const piece of stream) {
    most = Math.max(most, stream.readableLength);
    bytes += (piece as Buffer).length;
  }
  assert.equal(bytes, 2 * 1024 * 2000);
  assert.ok(most <= 256 * 1024, `${most} bytes waited`);
});

test('a text that nearly matches everywhere costs time in line with its length', () => {
  const from = `${'a'.repeat(30_000)}b`;
  const bytes = Buffer.alloc(1024 * 1024, 'a');
  const pieces = Array.from({ length: 8192 }, (_, index) => bytes.subarray(index * 128, (index + 1) * 128));
  const startedAt = performance.now();
  assert.equal(replaced([from, ''], pieces).length, bytes.length);
  // Quadratic would be 30 G comparisons.
  assert.ok(performance.now() - startedAt < 10_000);
});

test('what is left of a body that shrinks keeps little more alive than itself', () => {
  const filler = ' '.repeat(4096);
  const stream = new PlainReplaceStream([ruleOf([filler, ''])]);
  for (let count = 0; count < 100; count++) stream.write(`some${filler.repeat(15)}`);
  stream.end('more');
  const rooms = new Map<ArrayBufferLike, number>();
  let text = '';
  for (let piece: Buffer | null = stream.read(4); piece !== null; piece = stream.read(4)) {
    rooms.set(piece.buffer, piece.buffer.byteLength);
    text += piece.toString();
  }
  assert.equal(text, `${'some'.repeat(100)}more`);
  const kept = [...rooms.values()].reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(kept <= 64 * 1024, `${text.length} bytes keep ${kept}`);
});
