import fc from 'fast-check';
import { type FrameForm, formFrame } from '../../unit/protocol/websocket/frame-form.js';

/** Where the ranges of codes begin and end, and what is left out of them. */
const edgeCodes = [0, 999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000];

const drawnFrame = fc.record({
  opcode: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) },
    { weight: 1, arbitrary: fc.constantFrom(8, 3, 7, 11, 15) },
  ),
  fin: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  reserved: fc.oneof(
    { weight: 15, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ max: 7, min: 1 }) },
    { weight: 1, arbitrary: fc.constant(4) },
  ),
  wide: fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(16, 64) }),
  wrongMask: fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  size: fc.oneof(
    { weight: 30, arbitrary: fc.integer({ min: 0, max: 130 }) },
    { weight: 1, arbitrary: fc.constantFrom(65_535, 65_536) },
  ),
  code: fc.oneof(fc.constantFrom(...edgeCodes), fc.integer({ min: 0, max: 65_535 })),
});
type Drawn = typeof drawnFrame extends fc.Arbitrary<infer Frame> ? Frame : never;

/** Frames that mostly make a valid sequence: faults of each kind come in one of some ten. */
export function frames(masked: boolean): fc.Arbitrary<Buffer> {
  return fc
    .record({ drawn: fc.array(drawnFrame, { maxLength: 8 }), ordered: fc.constantFrom(true, true, false) })
    .map(({ drawn, ordered }) => bytesOf(drawn, masked, ordered));
}

/** What was drawn, bent so that fragments follow each other as they should where `ordered`. */
function bytesOf(drawn: readonly Drawn[], masked: boolean, ordered: boolean): Buffer {
  let inMessage = false;
  const all = drawn.map(({ opcode, fin, reserved, wide, wrongMask, size, code }) => {
    const control = opcode >= 8 && opcode <= 10;
    let fixed = opcode;
    if (ordered && opcode <= 2) fixed = inMessage ? 0 : opcode === 0 ? 1 : opcode;
    if (opcode <= 2) inMessage = !fin;
    const payload = Buffer.alloc(control && ordered ? Math.min(size, 125) : size, 'a');
    if (opcode === 8 && payload.length >= 2) payload.writeUInt16BE(code, 0);
    const form: FrameForm = {
      opcode: fixed,
      fin: fin || (control && ordered),
      reserved,
      payload,
      mask: masked !== wrongMask ? '0a0b0c0d' : '',
    };
    if (control || wide === 0 || (wide === 16 && payload.length > 65_535)) return formFrame(form);
    return formFrame({ ...form, lengthBits: wide === 16 ? 16 : 64 });
  });
  return Buffer.concat(all);
}

/** Whole frames and pieces of headers, Latin-1. */
export const framePieces: readonly string[] = [
  '\x88\x02\x03\xe8',
  '\x88\x01\x03',
  '\x88\x02\x03\xed',
  '\x88\x82\0\0\0\0\x03\xe8',
  '\x89\0',
  '\x89\x80abcd',
  '\x89\x7e\0\x7e',
  '\x82\x7f\0\x20\0\0\0\0\0\0',
  '\x82\xff\0\x1f\xff\xff\xff\xff\xff\xff',
  '\x82\x7f\x80\0\0\0\0\0\0\0',
  '\x01\x01a',
  '\0\0',
  '\x80\x80abcd',
  '\xc1\0',
  '\xc1\x80abcd',
  '\xc0\0',
];
