import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { FrameRules } from '../../../../src/protocol/websocket/frame-scanner.js';
import { follow } from './follow-frames.js';
import { type FrameForm, formFrame } from './frame-form.js';
import { judgeWithWs } from './ws-receiver.js';

/** Cuts at a few random places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** Frames that mostly make a valid sequence: faults of each kind come in one of some ten. */
const frameForms = fc.array(
  fc.record(
    {
      opcode: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) },
        { weight: 1, arbitrary: fc.constantFrom(8, 3, 7, 11, 15) },
      ),
      fin: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      reserved: fc.oneof(
        { weight: 15, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ max: 7, min: 1 }) },
      ),
      lengthBits: fc.oneof(
        { weight: 15, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constant(16) },
      ),
      wrongMask: fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      size: fc.oneof(
        { weight: 30, arbitrary: fc.integer({ min: 0, max: 130 }) },
        { weight: 1, arbitrary: fc.constantFrom(65_535, 65_536) },
      ),
      code: fc.oneof(fc.constantFrom(1000, 1001, 1011, 3000, 4999), fc.integer({ min: 0, max: 65_535 })),
    },
    { requiredKeys: ['opcode', 'fin', 'reserved', 'wrongMask', 'size', 'code'] },
  ),
  { maxLength: 10 },
);
type Drawn = typeof frameForms extends fc.Arbitrary<infer Forms> ? Forms : never;

/** What was drawn, bent so that fragments mostly follow each other as they should. */
function bytesOf(drawn: Drawn, masked: boolean, order: 'kept' | 'any'): Buffer {
  let inMessage = false;
  const frames = drawn.map(({ opcode, fin, reserved, lengthBits, wrongMask, size, code }) => {
    const control = opcode >= 8 && opcode <= 10;
    let fixed = opcode;
    if (order === 'kept' && opcode <= 2) fixed = inMessage ? 0 : opcode === 0 ? 1 : opcode;
    if (opcode <= 2) inMessage = !fin;
    // Text must not be judged for UTF-8, Close reasons neither: both are ASCII here.
    const payload = Buffer.alloc(control && order === 'kept' ? Math.min(size, 125) : size, 'a');
    if (opcode === 8 && payload.length >= 2) payload.writeUInt16BE(code, 0);
    const form: FrameForm = {
      opcode: fixed,
      fin: fin || (control && order === 'kept'),
      reserved,
      payload,
      mask: masked !== wrongMask ? '0a0b0c0d' : '',
    };
    const wide = lengthBits === 16 && payload.length < 65_536 && !control;
    return formFrame(wide ? { ...form, lengthBits: 16 } : form);
  });
  return Buffer.concat(frames);
}

/** Ends at the first Close: what follows it is the caller's to discard. */
function upToClose(bytes: Buffer, rules: FrameRules): Buffer {
  const close = follow([bytes], rules).controls.find(({ opcode }) => opcode === 8);
  return close === undefined ? bytes : bytes.subarray(0, close.end);
}

for (const order of ['kept', 'any'] as const) {
  for (const reserved of ['none', 'rsv1'] as const) {
    for (const masked of [false, true]) {
      const name = `${masked ? 'client' : 'backend'}, RSV ${reserved}, order ${order}`;
      it(`accepts what ws accepts, and refuses what ws refuses (${name})`, async () => {
        const rules = { masked, reserved };
        // A stub that inflates to what it is given: compression is not judged here, but the bit is.
        const decompress = (payload: Buffer, _fin: boolean, done: (error: null, payload: Buffer) => void) =>
          setImmediate(done, null, payload);
        const extensions = reserved === 'rsv1' ? { 'permessage-deflate': { decompress } } : {};
        await fc.assert(
          fc.asyncProperty(frameForms, fc.array(fc.nat(), { maxLength: 5 }), async (drawn, places) => {
            const bytes = upToClose(bytesOf(drawn, masked, order), rules);
            const judged = await judgeWithWs(bytes, masked, extensions);
            const followed = follow(cut(bytes, places), rules);
            assert.equal(followed.fault !== null, judged.fault !== null, `${followed.fault} against ${judged.fault}`);
            assert.equal(followed.messages, judged.messages.length);
            assert.deepEqual(
              followed.controls.map(({ opcode }) => opcode),
              judged.controls.map(({ opcode }) => opcode),
            );
          }),
          { numRuns: 600, seed: 6455 },
        );
      });
    }
  }
}

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
