import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { endingRules } from './channel-contract-ending.js';
import { readingRules } from './channel-contract-reading.js';
import { relayingRules } from './channel-contract-relaying.js';
import { writingRules } from './channel-contract-writing.js';
import type { ChannelKind } from './channel-kind.js';
import { type ChannelRules, ChannelTrial } from './channel-trial.js';

/** Everything that the path relies on, whatever a channel is made of. */
export function holdsTheChannelContract(kind: ChannelKind): void {
  const rules: ChannelRules = { ...readingRules, ...writingRules, ...endingRules, ...relayingRules };
  for (const [name, rule] of Object.entries(rules)) {
    test(`${kind.name}: ${name}`, async () => {
      const trial = new ChannelTrial(kind);
      try {
        await rule(trial);
      } finally {
        await trial.end();
      }
    });
  }
  after(() => kind.close());
  test(`${kind.name}: the rules are all there`, () => assert.ok(Object.keys(rules).length > 40));
}
