import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasZstd } from '../../../src/middleware/content-codings.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { configOf, errorsOf, SMALL, warningsOf } from './stand-ins.js';

const all = { middlewareTypes };
const withOptions = (type: string, options: string) => `${SMALL}middlewares: [{ name: ${type}, config: ${options} }]\n`;
const optionsOf = (type: string, options: string) =>
  configOf(withOptions(type, options), all).middlewares[0]?.config as Record<string, unknown>;
/** Without the place of the options as a whole. */
const messages = (lines: readonly string[]) => lines.map((line) => line.replace('middlewares[0].config.', ''));

describe('options of the middlewares that change or limit bodies', () => {
  it('have their defaults', () => {
    const { types, ...rest } = optionsOf('compress', '{}');
    assert.ok(Array.isArray(types) && types.includes('text/*'));
    assert.deepEqual(rest, { min_size: 1024, encodings: ['br', 'gzip'] });
    const { rules, ...others } = optionsOf('replace', '{ rules: [{ from: a, to: "" }] }');
    assert.deepEqual(others, { max_body: 8 * 1024 * 1024 });
    const { content_types, ...rule } = (rules as Record<string, unknown>[])[0] ?? {};
    assert.ok(Array.isArray(content_types) && content_types.includes('application/json'));
    assert.deepEqual(rule, { from: 'a', to: '', regex: false });
    assert.deepEqual(optionsOf('body_limit', '{ max: 1MiB }'), { max: 1024 * 1024 });
  });

  const wrong: [type: string, options: string, error: string][] = [
    ['body_limit', '{}', '3:35 max: is required'],
    ['body_limit', '{ max: 0 }', '3:50 max: must be at least 1 bytes'],
    [
      'body_limit',
      '{ max: lots }',
      '3:50 max: expected a size: a number of bytes, or text such as "64KiB", "1MiB", "10MB"',
    ],
    ['body_limit', '{ maximum: 1, max: 1 }', '3:45 maximum: unknown key'],
    [
      'compress',
      '{ encodings: [deflate] }',
      '3:55 encodings[0]: expected one of br, gzip, zstd; got the text "deflate"',
    ],
    ['compress', '{ encodings: [] }', '3:54 encodings: must not be empty'],
    ['compress', '{ types: [] }', '3:50 types: must not be empty'],
    [
      'compress',
      '{ types: [html] }',
      '3:51 types[0]: expected a media type such as "text/html", "text/*", "application/*+json" or "*/*", without parameters, got the text "html"',
    ],
    [
      'compress',
      '{ min_size: -1 }',
      '3:53 min_size: expected a size: a number of bytes, or text such as "64KiB", "1MiB", "10MB"',
    ],
    ['compress', '{ min-size: 1 }', '3:43 min-size: unknown key -> min_size'],
    ['replace', '{}', '3:32 rules: is required'],
    ['replace', '{ rules: [] }', '3:49 rules: must not be empty'],
    ['replace', '{ rules: [{ from: "", to: x }] }', '3:58 rules[0].from: must not be empty'],
    ['replace', '{ rules: [{ from: x }] }', '3:50 rules[0].to: is required'],
    [
      'replace',
      '{ rules: [{ from: "a(", to: x, regex: true }] }',
      '3:58 rules[0].from: bad regular expression: missing closing ): `a(`',
    ],
    [
      'replace',
      '{ rules: [{ from: a, to: "$1", regex: true }] }',
      '3:65 rules[0].to: the expression has no group $1; a dollar is written $$',
    ],
    ['replace', '{ rules: [{ from: a, to: b, regex: 1 }] }', '3:75 rules[0].regex: expected true or false, got 1'],
    [
      'replace',
      '{ rules: [{ from: a, to: b, content_types: ["text/html; charset=utf-8"] }] }',
      '3:84 rules[0].content_types[0]: expected a media type such as "text/html", "text/*", "application/*+json" or "*/*", without parameters, got the text "text/html; charset=utf-8"',
    ],
    ['replace', '{ rules: [{ from: a, to: b }], max_body: 0 }', '3:81 max_body: must be at least 1 bytes'],
    ['replace', '{ rules: [{ from: a, to: b }], max_body: 1024MiB }', '3:81 max_body: must be at most 256MiB'],
  ];
  for (const [type, options, error] of wrong) {
    it(`of ${type} are refused at their place: ${options}`, () => {
      assert.deepEqual(messages(errorsOf(withOptions(type, options), all)), [error]);
    });
  }

  it('take what looks like an expression where it is none', () => {
    assert.ok(optionsOf('replace', '{ rules: [{ from: "a(", to: "$1" }] }'));
  });

  it('warn of zstd where this Node has none', () => {
    const warnings = messages(warningsOf(withOptions('compress', '{ encodings: [zstd, gzip] }'), all));
    const message = `3:54 encodings: Node ${process.versions.node} has no zstd (22.15 and later have): it is left out`;
    assert.deepEqual(warnings, hasZstd ? [] : [message]);
  });
});
