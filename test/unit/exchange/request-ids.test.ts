import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestIds } from '../../../src/exchange/request-ids.js';

const VERSION_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function take(count: number): string[] {
  const ids = new RequestIds();
  return Array.from({ length: count }, () => ids.next());
}

describe('RequestIds', () => {
  it('makes UUIDs of version 4, in every place of a batch', () => {
    for (const id of take(100)) assert.match(id, VERSION_4);
  });

  it('makes none twice', () => {
    assert.equal(new Set([...take(10_000), ...take(10_000)]).size, 20_000);
  });

  it('leaves no random bit as it is', () => {
    const ids = take(2000);
    for (let at = 0; at < 36; at++) {
      const seen = new Set(ids.map((id) => id[at]));
      const expected = at === 14 || [8, 13, 18, 23].includes(at) ? 1 : at === 19 ? 4 : 16;
      assert.equal(seen.size, expected, `place ${at}`);
    }
  });
});
