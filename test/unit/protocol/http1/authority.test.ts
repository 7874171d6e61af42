import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { goodHostAndPort, isHostAndPort } from '../../../../src/protocol/http1/authority.js';

describe('goodHostAndPort', () => {
  it('says of each text what it says of it alone, whatever came before and how often', () => {
    const texts = [
      '',
      'a',
      'a.example:80',
      'a.example:81',
      'A.example:80',
      '[::1]:80',
      'a b',
      'a:',
      'é',
      'a.example:80\n',
    ];
    for (const before of texts) {
      for (const text of texts) {
        for (const each of [before, before, before, text, text, text, text]) {
          assert.equal(goodHostAndPort(each), isHostAndPort(each) ? each : null, JSON.stringify([before, each]));
        }
      }
    }
  });
});
