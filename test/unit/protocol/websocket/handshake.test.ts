import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BodyFraming } from '../../../../src/protocol/http1/body-framing.js';
import { HeaderList } from '../../../../src/protocol/http1/header-list.js';
import {
  acceptFor,
  judgeUpgradeRequest,
  type UpgradeOffer,
  verifyUpgradeResponse,
} from '../../../../src/protocol/websocket/handshake.js';
import { codeOf } from '../splits.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

type Fields = readonly (readonly [string, string])[];

function judge(fields: Fields, method = 'GET', minorVersion: 0 | 1 = 1, framing: BodyFraming = { kind: 'none' }) {
  return judgeUpgradeRequest({ method, target: '/', minorVersion, headers: new HeaderList(fields) }, framing);
}

const GOOD: Fields = [
  ['Sec-WebSocket-Key', KEY],
  ['Sec-WebSocket-Version', '13'],
];

describe('a handshake', () => {
  it('is an offer', () => {
    const offer = judge([
      ...GOOD,
      ['Sec-WebSocket-Protocol', 'chat, superchat'],
      ['Sec-WebSocket-Protocol', 'v2'],
      ['Sec-WebSocket-Extensions', 'permessage-deflate ; client_max_window_bits, x; a="b, c"'],
    ]);
    assert.deepEqual(offer, {
      key: KEY,
      version: '13',
      subprotocols: ['chat', 'superchat', 'v2'],
      extensions: ['permessage-deflate', 'x'],
    });
    assert.equal(
      codeOf(() => judge(GOOD, 'GET', 1, { kind: 'length', bytes: 0 })),
      'accepted',
    );
  });

  it('is refused in the order of its rules', () => {
    const chunked: BodyFraming = { kind: 'chunked' };
    assert.equal(
      codeOf(() => judge([], 'POST', 0, chunked)),
      'upgrade-not-get',
    );
    assert.equal(
      codeOf(() => judge([], 'GET', 0, chunked)),
      'upgrade-http10',
    );
    assert.equal(
      codeOf(() => judge([], 'GET', 1, chunked)),
      'upgrade-bad-key',
    );
    assert.equal(
      codeOf(() => judge([['Sec-WebSocket-Key', KEY]], 'GET', 1, chunked)),
      'upgrade-bad-version',
    );
    assert.equal(
      codeOf(() => judge(GOOD, 'GET', 1, chunked)),
      'upgrade-with-body',
    );
    assert.equal(
      codeOf(() => judge(GOOD, 'GET', 1, { kind: 'length', bytes: 1 })),
      'upgrade-with-body',
    );
  });

  it('needs one key of 16 bytes in base64, and version 13 once', () => {
    const version = ['Sec-WebSocket-Version', '13'] as const;
    for (const key of [
      '',
      'x',
      KEY.slice(1),
      `${KEY}=`,
      `A${KEY}`,
      KEY.replace('d', '-'),
      `${KEY}, ${KEY}`,
      KEY.slice(0, 22),
    ]) {
      assert.equal(
        codeOf(() => judge([['Sec-WebSocket-Key', key], version])),
        'upgrade-bad-key',
        key,
      );
    }
    assert.equal(
      codeOf(() => judge([['Sec-WebSocket-Key', KEY], ...GOOD])),
      'upgrade-bad-key',
    );
    for (const other of ['12', '13, 8', '013', '']) {
      const fields: Fields = [
        ['Sec-WebSocket-Key', KEY],
        ['Sec-WebSocket-Version', other],
      ];
      assert.equal(
        codeOf(() => judge(fields)),
        'upgrade-bad-version',
        other,
      );
    }
    assert.equal(
      codeOf(() => judge([...GOOD, version])),
      'upgrade-bad-version',
    );
  });
});

it('the accept of RFC 6455 section 1.3', () => assert.equal(acceptFor(KEY), ACCEPT));

describe('a response to a handshake', () => {
  const offer: UpgradeOffer = {
    key: KEY,
    version: '13',
    subprotocols: ['chat', 'v2'],
    extensions: ['permessage-deflate', 'x'],
  };
  const good: Fields = [
    ['upgrade', 'WebSocket'],
    ['Connection', 'keep-alive, UPGRADE'],
    ['Sec-WebSocket-Accept', ACCEPT],
  ];
  const verify = (fields: Fields, status = 101, minorVersion: 0 | 1 = 1) =>
    verifyUpgradeResponse(offer, { status, reason: '', minorVersion, headers: new HeaderList(fields) });

  it('is verified with what was offered', () => {
    assert.deepEqual(verify(good), { subprotocol: '', extensions: '' });
    const fields: Fields = [
      ...good,
      ['Content-Length', '0'],
      ['Sec-WebSocket-Protocol', 'v2'],
      ['Sec-WebSocket-Extensions', 'permessage-deflate; server_no_context_takeover'],
      ['Sec-WebSocket-Extensions', 'x'],
    ];
    assert.deepEqual(verify(fields), {
      subprotocol: 'v2',
      extensions: 'permessage-deflate; server_no_context_takeover, x',
    });
  });

  const bad: readonly (readonly [what: string, fields: Fields, status?: number, minorVersion?: 0 | 1])[] = [
    ['another status', good, 200],
    ['HTTP/1.0', good, 101, 0],
    ['no Upgrade', good.slice(1)],
    ['another Upgrade', [['Upgrade', 'h2c'], ...good.slice(1)]],
    ['two Upgrades', [['Upgrade', 'websocket'], ...good]],
    ['a list in Upgrade', [['Upgrade', 'websocket, h2c'], ...good.slice(1)]],
    ['no Connection', [...good.slice(0, 1), ...good.slice(2)]],
    ['no upgrade in Connection', [['Connection', 'keep-alive'], ...good.slice(0, 1), ...good.slice(2)]],
    ['a broken Connection', [...good, ['Connection', 'a b']]],
    ['no Accept', good.slice(0, 2)],
    ['another Accept', [...good.slice(0, 2), ['Sec-WebSocket-Accept', ACCEPT.toLowerCase()]]],
    ['two Accepts', [...good, ['Sec-WebSocket-Accept', ACCEPT]]],
    ['a subprotocol not offered', [...good, ['Sec-WebSocket-Protocol', 'v3']]],
    ['a subprotocol in another case', [...good, ['Sec-WebSocket-Protocol', 'V2']]],
    ['two subprotocols', [...good, ['Sec-WebSocket-Protocol', 'chat, v2']]],
    ['two subprotocol fields', [...good, ['Sec-WebSocket-Protocol', 'v2'], ['Sec-WebSocket-Protocol', 'v2']]],
    ['an empty subprotocol', [...good, ['Sec-WebSocket-Protocol', '']]],
    ['an extension not offered', [...good, ['Sec-WebSocket-Extensions', 'permessage-deflate, y']]],
    ['a body by length', [...good, ['Content-Length', '5']]],
    ['a body by chunks', [...good, ['Transfer-Encoding', 'chunked']]],
  ];
  for (const [what, fields, status, minorVersion] of bad) {
    it(`is refused for ${what}`, () =>
      assert.equal(
        codeOf(() => verify(fields, status, minorVersion)),
        'bad-handshake',
      ));
  }
});
