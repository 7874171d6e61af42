import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FrameRules } from '../../../src/protocol/websocket/frame-scanner.js';
import { follow } from '../../unit/protocol/websocket/follow-frames.js';
import { framePieces, frames } from '../frames/frame-grammar.js';
import { judgeFrames } from '../frames/judge-frames.js';
import { cutBytes, cuts, mutate, mutations } from '../mutation.js';
import { defineSubject } from '../subject.js';

const TOO_LONG = 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH';
const MASK = Buffer.alloc(4);

const inputs = fc
  .record({ masked: fc.boolean(), deflate: fc.boolean() })
  .chain(({ masked, deflate }) =>
    fc
      .record({ whole: frames(masked), changes: mutations(framePieces), cuts })
      .map(({ whole, changes, cuts: places }) => ({ masked, deflate, bytes: mutate(whole, changes), cuts: places })),
  );

/** Frames: our scanner beside the receiver of `ws`. */
export const frameSubject = defineSubject({
  name: 'frames',
  shortRuns: 4800,
  inputs,
  bytesOf: ({ bytes }) => bytes,
  judge: async ({ masked, deflate, bytes: all, cuts: places }) => {
    const rules: FrameRules = { masked, reserved: deflate ? 'rsv1' : 'none' };
    const bytes = upToClose(all, rules);
    const followed = follow([bytes], rules);
    const { rest: _, ...split } = follow(cutBytes(bytes, places), rules);
    const { rest: __, ...whole } = followed;
    assert.deepEqual(split, whole, 'a split changes the outcome');
    const judged = await judgeFrames(bytes, masked, deflate);
    if (judged.fault === TOO_LONG && followed.fault === null) {
      // `ws` says so when it has the length, we say so with the whole header.
      assert.equal(follow([bytes, MASK], rules).fault, 'frame-too-long');
      return;
    }
    assert.equal(followed.fault !== null, judged.fault !== null, `${followed.fault} against ${judged.fault}`);
    assert.equal(followed.messages, judged.messages.length);
    assert.deepEqual(
      followed.controls.map(({ opcode }) => opcode),
      judged.controls.map(({ opcode }) => opcode),
    );
  },
});

/** Ends at the first Close: what follows it is the caller's to discard. */
function upToClose(bytes: Buffer, rules: FrameRules): Buffer {
  const close = follow([bytes], rules).controls.find(({ opcode }) => opcode === 8);
  return close === undefined ? bytes : bytes.subarray(0, close.end);
}
