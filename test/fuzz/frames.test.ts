import assert from 'node:assert/strict';
import { it } from 'node:test';
import { follow } from '../unit/protocol/websocket/follow-frames.js';
import { formFrame } from '../unit/protocol/websocket/frame-form.js';
import { judgeWithWs } from '../unit/protocol/websocket/ws-receiver.js';

/** Where we and `ws` differ, and why. */
const differences: Record<string, { bytes: Buffer; ours: string | null; theirs: string | null }> = {
  // The endpoints check it; a proxy that did would have to look at every byte.
  'text that is no UTF-8': {
    bytes: formFrame({ opcode: 1, payload: Buffer.from('ff', 'hex') }),
    ours: null,
    theirs: 'WS_ERR_INVALID_UTF8',
  },
  // Likewise.
  'a reason that is no UTF-8': {
    bytes: formFrame({ opcode: 8, payload: Buffer.from('03e8ff', 'hex') }),
    ours: null,
    theirs: 'WS_ERR_INVALID_UTF8',
  },
  // RFC 6455 section 9: they belong to whatever extension was agreed on; ws knows one.
  'a bit of an extension that ws does not know': {
    bytes: formFrame({ reserved: 1 }),
    ours: null,
    theirs: 'WS_ERR_UNEXPECTED_RSV_2_3',
  },
};
for (const [what, { bytes, ours, theirs }] of Object.entries(differences)) {
  it(`differs from ws: ${what}`, async () => {
    assert.equal((await judgeWithWs(bytes, false)).fault, theirs);
    assert.equal(follow([bytes], { masked: false, reserved: 'any' }).fault, ours);
  });
}

it('agrees with ws on lengths in more bits than they need, and on those over 2^53-1', async () => {
  for (const lengthBits of [16, 64] as const) {
    const bytes = formFrame({ payload: Buffer.from('abc'), lengthBits });
    assert.equal((await judgeWithWs(bytes, false)).messages.length, 1);
    assert.equal(follow([bytes], { masked: false, reserved: 'none' }).messages, 1);
  }
  const tooLong = formFrame({ length: 2n ** 53n });
  assert.equal((await judgeWithWs(tooLong, false)).fault, 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH');
  assert.equal(follow([tooLong], { masked: false, reserved: 'none' }).fault, 'frame-too-long');
});

it('differs from ws: a length over 2^53-1 is refused with its whole header, not before its mask', async () => {
  const bytes = Buffer.from('01ff010000000000007d', 'hex');
  const rules = { masked: true, reserved: 'none' } as const;
  assert.equal((await judgeWithWs(bytes, true)).fault, 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH');
  assert.deepEqual([follow([bytes], rules).fault, follow([bytes], rules).rest], [null, 0]);
  assert.equal(follow([bytes, Buffer.alloc(4)], rules).fault, 'frame-too-long');
});
