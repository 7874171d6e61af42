// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the configuration's, not ours
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { formatProblems } from '../../../src/config/format-problems.js';
import { configJsonSchema } from '../../../src/config/json-schema.js';
import { type LoadResult, loadConfigText } from '../../../src/config/load-config.js';
import { maskedLine } from '../../../src/config/masked-line.js';
import { middlewareTypes } from '../../../src/middleware/registry.js';
import { judge } from '../../unit/config/json-schema-judge.js';
import { bend, bends } from '../configuration/bent-values.js';
import { knownRules } from '../configuration/known-rules.js';
import { languageValues } from '../configuration/language-values.js';
import { withoutEmpty } from '../configuration/without-empty.js';
import { mutate, mutations } from '../mutation.js';
import { defineSubject } from '../subject.js';

const options = { env: {}, middlewareTypes };
const schema = configJsonSchema(middlewareTypes);
const FILE = 'config.yaml';

/** Lines up to so many columns are shown from their beginning. */
const SHOWN_COLUMNS = 90;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

const pieces = [
  ': ',
  '- ',
  '&a ',
  '*a',
  '<<: *a',
  '!!int ',
  '${X}',
  '${X:-1}',
  '|\n',
  '>-\n',
  '%YAML 1.1\n',
  '---\n',
  '...\n',
  '{',
  '[',
  "'",
  '? ',
];

const spellings = {
  flow: (value: unknown) => stringify(value, { collectionStyle: 'flow' }),
  json: (value: unknown) => JSON.stringify(value),
  'json in lines': (value: unknown) => JSON.stringify(value, null, 2),
};

const inputs = fc
  .record({
    drawn: languageValues(schema),
    changes: bends,
    marks: mutations(pieces),
    spelling: fc.constantFrom('flow' as const, 'json' as const, 'json in lines' as const),
  })
  .map(({ drawn, changes, marks, spelling }) => {
    const value = bend(drawn, changes);
    return { value, spelling, text: mutate(Buffer.from(stringify(value)), marks).toString() };
  });

/** Configurations: our loader beside the JSON Schema, in another spelling, and as broken text. */
export const configurationSubject = defineSubject({
  name: 'configurations',
  shortRuns: 150,
  inputs,
  bytesOf: ({ text }) => Buffer.from(text),
  judge: ({ value, text, spelling }) => {
    const block = stringify(value);
    const loaded = loadAndJudge(block);
    compareWithSchema(value, loaded);
    assert.deepEqual(
      meaning(loadAndJudge(spellings[spelling](value))),
      meaning(loaded),
      'a spelling changes the meaning',
    );
    loadAndJudge(text);
  },
});

/** What the schema can say, both say. */
export function compareWithSchema(value: unknown, loaded: LoadResult): void {
  const places = judge(schema, withoutEmpty(schema, value));
  if (loaded.ok) {
    assert.deepEqual(places, [], 'the schema refuses what the loader takes');
    return;
  }
  if (places.length > 0) return;
  const unknown = loaded.errors.filter(({ message }) => !knownRules.some((rule) => rule.message.test(message)));
  assert.deepEqual(unknown, [], 'the loader refuses what the schema takes');
}

/** Loads a text, and judges where its errors stand. */
export function loadAndJudge(text: string): LoadResult {
  const loaded = loadConfigText(text, FILE, options);
  const problems = loaded.ok ? loaded.warnings : [...loaded.errors, ...loaded.warnings];
  assert.ok(loaded.ok || loaded.errors.length > 0, 'refused without a word');
  assert.ok(formatProblems(problems, { color: false }).length > 0 || problems.length === 0);
  // As YAML ends its lines.
  const lines = text.split(/\r\n|\n|\r/);
  for (const { file, line, column, path, message, excerpt } of problems) {
    const where = `${line}:${column} ${path}: ${message}`;
    assert.equal(file, FILE, where);
    assert.ok(message !== '' && !message.includes('\n'), where);
    if (line === 0) {
      // Of the file as a whole.
      assert.deepEqual([column, path], [0, ''], where);
      continue;
    }
    assert.ok(line >= 1 && line <= lines.length, where);
    assert.ok(column >= 1 && column <= (text.split('\n')[line - 1] ?? '').length + 1, where);
    if (column > SHOWN_COLUMNS) continue;
    const shown = text.split('\n', line)[line - 1] ?? '';
    assert.equal(plainLine(excerpt?.split('\n')[0] ?? ''), plainLine(maskedLine(shown.replace(/\r$/, ''))), where);
    assert.ok(excerpt?.endsWith(`\n${' '.repeat(column - 1)}^`), where);
  }
  return loaded;
}

/** The beginning of a line as an excerpt has it. */
function plainLine(line: string): string {
  return line.slice(0, SHOWN_COLUMNS).replace(CONTROL, ' ').trimEnd();
}

/** Without what tells of places in the text. */
function meaning(loaded: LoadResult): unknown {
  if (loaded.ok) return { config: loaded.config, warnings: loaded.warnings.map(({ path }) => path).sort() };
  return loaded.errors.map(({ path, message }) => `${path}: ${message.replace(/ at config\.yaml:\d+.*/, '')}`).sort();
}
