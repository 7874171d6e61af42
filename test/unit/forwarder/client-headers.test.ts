import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endToEndHeaders } from '../../../src/forwarder/client-headers.js';
import { HeaderList } from '../../../src/protocol/http1/header-list.js';

type Fields = readonly (readonly [string, string])[];

const cases: readonly (readonly [name: string, from: Fields, to: Fields])[] = [
  ['nothing', [], []],
  ['a length without leading zeros', [['Content-Length', '0010']], [['Content-Length', '10']]],
  ['a length of zeros', [['content-length', '000']], [['content-length', '0']]],
  ['a length of zero', [['Content-Length', '0']], [['Content-Length', '0']]],
  [
    'order, case and repetitions',
    [
      ['X-B', '2'],
      ['Set-Cookie', 'a=1'],
      ['x-b', '3'],
      ['Set-Cookie', 'b=2'],
    ],
    [
      ['X-B', '2'],
      ['Set-Cookie', 'a=1'],
      ['x-b', '3'],
      ['Set-Cookie', 'b=2'],
    ],
  ],
  [
    'not what ends at this hop',
    [
      ['Connection', 'keep-alive'],
      ['Keep-Alive', 'timeout=5'],
      ['Proxy-Connection', 'x'],
      ['Proxy-Authenticate', 'Basic'],
      ['TE', 'trailers'],
      ['Upgrade', 'h2c'],
      ['Transfer-Encoding', 'chunked'],
      ['Trailer', 'X-Sum'],
      ['Server', 's'],
    ],
    [
      ['Trailer', 'X-Sum'],
      ['Server', 's'],
    ],
  ],
  [
    'not what Connection names, in any case and line',
    [
      ['X-Hop', '1'],
      ['Connection', 'x-hop, close'],
      ['CONNECTION', 'X-Other'],
      ['x-other', '2'],
      ['X-End', '3'],
    ],
    [['X-End', '3']],
  ],
  [
    'Content-Length even where Connection names it',
    [
      ['Connection', 'content-length'],
      ['Content-Length', '5'],
    ],
    [['Content-Length', '5']],
  ],
  [
    'bytes beyond ASCII and empty values as they are',
    [
      ['X-Latin', 'caf\u00e9'],
      ['X-Empty', ''],
    ],
    [
      ['X-Latin', 'caf\u00e9'],
      ['X-Empty', ''],
    ],
  ],
];

for (const [name, from, to] of cases) {
  test(`of a response goes on to the client: ${name}`, () => {
    const list = new HeaderList(from);
    assert.deepEqual([...endToEndHeaders(list)], to);
    assert.deepEqual([...list], from, 'the list of the backend is as it was');
  });
}
