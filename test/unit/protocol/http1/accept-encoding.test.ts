import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAcceptEncoding, plainCoding, preferredCoding } from '../../../../src/protocol/http1/accept-encoding.js';

const offered = ['br', 'gzip'] as const;
const preferred = (...lines: string[]) => preferredCoding(parseAcceptEncoding(lines), offered);

describe('Accept-Encoding', () => {
  const cases: [lines: string[], coding: string | null][] = [
    [[], null],
    [[''], null],
    [['gzip'], 'gzip'],
    [['x-gzip'], 'gzip'],
    [['GZIP'], 'gzip'],
    [['gzip, deflate, br, zstd'], 'br'],
    [['gzip', 'br'], 'br'],
    [['br;q=0.5, gzip;q=0.8'], 'gzip'],
    [['br;q=0.8,gzip;q=0.8'], 'br'],
    [['br ; q=0.8 , gzip ; Q=0.801'], 'gzip'],
    [['gzip;q=0'], null],
    [['gzip;q=0.000, br;q=0.001'], 'br'],
    [['*'], 'br'],
    [['*;q=0'], null],
    [['br;q=0, *'], 'gzip'],
    [['gzip, *;q=0'], 'gzip'],
    [['identity;q=0, *;q=0.1'], 'br'],
    [['identity'], null],
    [['identity, gzip'], 'gzip'],
    [['identity;q=1, gzip;q=0.5'], null],
    [['identity;q=0.5, gzip;q=0.5'], 'gzip'],
    [['identity;q=0'], null],
    [['deflate, compress'], null],
    [['gzip;q=2'], null],
    [['gzip;q=1.001'], null],
    [['gzip;q=0.1234'], null],
    [['gzip;level=1'], null],
    [['gzip;q=x, br'], 'br'],
    [[', ,gzip,'], 'gzip'],
    [['br;q=1.000'], 'br'],
    [['gzip;q=1.'], 'gzip'],
  ];
  for (const [lines, coding] of cases) {
    it(`${JSON.stringify(lines)} is answered with ${coding ?? 'the bytes as they are'}`, () => {
      assert.equal(preferred(...lines), coding);
    });
  }

  it('is read in the order the offers stand in', () => {
    const accepted = parseAcceptEncoding(['gzip, br']);
    assert.equal(preferredCoding(accepted, ['gzip', 'br']), 'gzip');
    assert.equal(preferredCoding(accepted, []), null);
  });

  it('codings have one name', () => {
    assert.deepEqual([' X-GZip ', 'br', 'BR'].map(plainCoding), ['gzip', 'br', 'br']);
  });
});
