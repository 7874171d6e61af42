import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfLifeWarning } from '../../../src/cli/node-support.js';
import { wantsColor } from '../../../src/cli/terminal.js';

test('colours follow NO_COLOR, then FORCE_COLOR, then the terminal', () => {
  assert.equal(wantsColor({}, true), true);
  assert.equal(wantsColor({}, false), false);
  assert.equal(wantsColor({ NO_COLOR: '1' }, true), false);
  assert.equal(wantsColor({ NO_COLOR: '' }, true), true);
  assert.equal(wantsColor({ FORCE_COLOR: '1' }, false), true);
  assert.equal(wantsColor({ FORCE_COLOR: '0' }, true), false);
  assert.equal(wantsColor({ FORCE_COLOR: '' }, false), false);
  assert.equal(wantsColor({ NO_COLOR: '1', FORCE_COLOR: '1' }, true), false);
});

test('a Node past its end of life is warned of, one that gets fixes or is not known is not', () => {
  const date = new Date('2026-05-01');
  assert.equal(
    endOfLifeWarning('20.20.2', date),
    'Node 20.20.2 gets no security fixes since 2026-04-30: run a newer one, such as 24',
  );
  assert.equal(endOfLifeWarning('20.20.2', new Date('2026-04-29')), undefined);
  assert.equal(endOfLifeWarning('24.0.0', date), undefined);
  assert.equal(endOfLifeWarning('99.0.0', date), undefined);
});
