import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RegexReplaceStream } from '../../../src/middleware/regex-replace-stream.js';
import { compileRegexRule, RegexRuleError, replaceMatches } from '../../../src/middleware/regex-rule.js';

const always = () => true;
const replaced = (text: string, from: string, to: string) =>
  replaceMatches(text, compileRegexRule(from, to), 1000, always);

const cases: [text: string, from: string, to: string, result: string][] = [
  ['banana', 'an', 'x', 'bxxa'],
  ['v1 v22', 'v(\\d+)', '<$1>', '<1> <22>'],
  ['2026-11-26', '(?P<y>\\d+)-(?P<m>\\d+)', '$<m>/$<y>', '11/2026-26'],
  ['abc', 'b', '[$&$$1]', 'a[b$1]c'],
  ['abc', '(x)?b', '[$1]', 'a[]c'],
  ['baac', 'a*', '-', '-b--c-'],
  ['Straße', 'ß', 'ss', 'Strasse'],
  ['a\nb', '(?m)^', '> ', '> a\n> b'],
  ['A a', '(?i)A', 'x', 'x x'],
  ['price', 'price', '5 $ or $', '5 $ or $'],
];
for (const [text, from, to, result] of cases) {
  test(`/${from.replaceAll('\n', '\\n')}/ becomes "${to}"`, async () => {
    assert.equal(await replaced(text, from, to), result);
  });
}

test('what cannot be a rule says what of it is wrong', () => {
  const faultOf = (from: string, to: string): [string, string] | null => {
    try {
      compileRegexRule(from, to);
      return null;
    } catch (error) {
      if (error instanceof RegexRuleError) return [error.part, error.message];
      throw error;
    }
  };
  assert.deepEqual(faultOf('(', ''), ['from', 'bad regular expression: missing closing ): `(`']);
  assert.equal(faultOf('(?=x)', '')?.[0], 'from', 'what takes more than linear time');
  assert.deepEqual(faultOf('a', '$1'), ['to', 'the expression has no group $1; a dollar is written $$']);
  assert.deepEqual(faultOf('(?P<n>a)', '$<m>'), ['to', 'the expression has no group $<m>; a dollar is written $$']);
  assert.equal(faultOf('(a)', '$1$$5'), null);
});

test('a result that becomes too long, or that nobody waits for, is given up', async () => {
  assert.equal(await replaceMatches('aaa', compileRegexRule('a', 'bbbb'), 11, always), null);
  assert.equal(await replaceMatches('aaa', compileRegexRule('a', 'bbbb'), 12, always), 'bbbbbbbbbbbb');
  assert.equal(await replaceMatches('a'.repeat(1000), compileRegexRule('a', 'b'), 1e6, () => false), null);
});

test('many matches leave turns to others', async () => {
  let turns = 0;
  const result = await replaceMatches('a'.repeat(1280), compileRegexRule('a', 'b'), 1e6, () => {
    turns++;
    return true;
  });
  assert.deepEqual([result, turns], ['b'.repeat(1280), 10]);
});

/** What a stream with the rule `a+` -> `b` gives, and why it passed the body unchanged. */
async function streamed(pieces: readonly Buffer[], maxBytes = 100, charset: 'utf8' | 'latin1' = 'utf8') {
  const why: string[] = [];
  const rules = [compileRegexRule('a+', 'b'), compileRegexRule('bé', 'é')];
  const stream = new RegexReplaceStream(rules, { charset, maxBytes, unchanged: (reason) => why.push(reason) });
  for (const piece of pieces) stream.write(piece);
  stream.end();
  const all: Buffer[] = [];
  for await (const bytes of stream) all.push(bytes as Buffer);
  return { body: Buffer.concat(all), why };
}

test('rules see the body whole, each what the one before made, in either charset', async () => {
  for (const charset of ['utf8', 'latin1'] as const) {
    const bytes = Buffer.from('xaaé', charset);
    for (let at = 0; at <= bytes.length; at++) {
      const { body, why } = await streamed([bytes.subarray(0, at), bytes.subarray(at)], 100, charset);
      assert.deepEqual([body, why], [Buffer.from('xé', charset), []]);
    }
  }
});

test('a body over the limit, and one that is not UTF-8, passes with every byte, and it is told why', async () => {
  const large = Array.from({ length: 30 }, (_, index) => Buffer.from(`aa${index}`));
  assert.deepEqual(await streamed(large), {
    body: Buffer.concat(large),
    why: ['it is larger than max_body (100 bytes)'],
  });
  const bytes = Buffer.from([0x61, 0xff, 0xc3]);
  assert.deepEqual(await streamed([bytes]), { body: bytes, why: ['it is not valid UTF-8'] });
  assert.deepEqual((await streamed([Buffer.alloc(100, 'a')])).body.toString(), 'b', 'as large as may be');
});

test('one that is destroyed while it replaces gives up in silence', async () => {
  const why: string[] = [];
  const rule = compileRegexRule('a', 'b');
  const stream = new RegexReplaceStream([rule], { charset: 'utf8', maxBytes: 1e6, unchanged: (w) => why.push(w) });
  stream.on('error', assert.fail);
  stream.end(Buffer.alloc(100_000, 'a'));
  await new Promise((resolve) => setImmediate(resolve));
  stream.destroy();
  await new Promise((resolve) => stream.once('close', resolve));
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(why, []);
});

test('what would be longer than any string can be is too long, whatever is allowed', async () => {
  const rule = compileRegexRule('a', 'x'.repeat(2 ** 22));
  assert.equal(await replaceMatches('a'.repeat(130), rule, Number.MAX_SAFE_INTEGER, always), null);
});
