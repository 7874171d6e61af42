import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textLineFormat, wantsColour } from '../../../src/observability/text-line.js';

describe('textLineFormat', () => {
  it('colours level and field names, and only then', () => {
    assert.match(textLineFormat(true)(0, 'error', 'bad', { a: 1 }), /\u001b\[31mERROR\u001b\[39m .*\u001b\[36ma=/);
    assert.doesNotMatch(textLineFormat(false)(0, 'error', 'bad', { a: 1 }), /\u001b/);
  });
});

describe('wantsColour', () => {
  const cases: [terminal: boolean, environment: NodeJS.ProcessEnv, expected: boolean][] = [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
  ];
  for (const [terminal, environment, expected] of cases) {
    it(`${terminal ? 'a terminal' : 'none'}, ${JSON.stringify(environment)}: ${expected}`, () => {
      assert.equal(wantsColour(terminal, environment), expected);
    });
  }
});
