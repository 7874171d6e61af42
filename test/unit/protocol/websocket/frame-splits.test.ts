import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { FrameRules } from '../../../../src/protocol/websocket/frame-scanner.js';
import { everySplit } from '../splits.js';
import { follow } from './follow-frames.js';
import { type FrameForm, formFrame } from './frame-form.js';

const text = (payload: string): FrameForm => ({ opcode: 1, payload: Buffer.from(payload) });
const close = (hex: string): FrameForm => ({ opcode: 8, payload: Buffer.from(hex, 'hex') });

/** Good and bad, with everything that a scanner must keep in mind between two pieces. */
const corpus: Record<string, readonly FrameForm[]> = {
  'messages of every kind of length': [
    text(''),
    text('short'),
    { payload: Buffer.alloc(126, 'm') },
    { payload: Buffer.from('wide'), lengthBits: 64 },
  ],
  'a large message': [{ payload: Buffer.alloc(70_000, 'l') }, text('behind it')],
  'fragments with control frames between them': [
    { ...text('frag'), fin: false },
    { opcode: 9, payload: Buffer.from('ping') },
    { opcode: 0, fin: false },
    { opcode: 10 },
    { opcode: 0, payload: Buffer.from('ment') },
    text('whole'),
  ],
  'the longest control frame': [text('a'), { opcode: 9, payload: Buffer.alloc(125, 'p') }, text('b')],
  'a Close with a reason': [text('bye'), close(`03e8${Buffer.from('going').toString('hex')}`)],
  'a Close without a code': [text('bye'), close('')],
  'a message that is cut': [text('a'), { payload: Buffer.from('cut'), length: 9n }],
  'a bad opcode': [text('good'), { opcode: 9 }, { opcode: 5, payload: Buffer.from('bad') }],
  'a Close with a bad code': [text('good'), close('03ed')],
  'a frame that is too long': [text('good'), { length: 2n ** 53n }],
  'a start inside a message': [{ ...text('frag'), fin: false }, { opcode: 9 }, text('start')],
};

for (const [what, forms] of Object.entries(corpus)) {
  for (const masked of [false, true]) {
    it(`a FrameScanner sees ${what}, ${masked ? 'masked' : 'unmasked'}, however it is split`, () => {
      const rules: FrameRules = { masked, reserved: 'none' };
      const bytes = Buffer.concat(forms.map((form) => formFrame(masked ? { ...form, mask: '01020380' } : form)));
      const whole = follow([bytes], rules);
      // Every split of what is short; of what is long, those around its headers and its end.
      if (bytes.length < 1000) for (const pieces of everySplit(bytes)) assert.deepEqual(follow(pieces, rules), whole);
      else {
        const places = [
          ...Array.from({ length: 40 }, (_, at) => at),
          ...Array.from({ length: 40 }, (_, at) => bytes.length - at),
        ];
        for (const at of places) assert.deepEqual(follow([bytes.subarray(0, at), bytes.subarray(at)], rules), whole);
      }
    });
  }
}
