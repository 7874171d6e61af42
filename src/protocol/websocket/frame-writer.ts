import { randomFillSync } from 'node:crypto';
import { isWireCloseCode } from './close-code.js';
import { OPCODE } from './frame-scanner.js';

const MAX_REASON_BYTES = 123;

/**
 * A Close frame, ready for the wire.
 * @param reason short and plain; what is over 123 bytes of UTF-8 is left away
 * @param masked true towards a backend: with a fresh random key (RFC 6455 section 5.3)
 * @throws RangeError for a code that must not be on the wire
 */
export function formatClose(code: number, reason: string, masked: boolean): Buffer {
  if (!isWireCloseCode(code)) throw new RangeError(`${code} is no code for a Close frame`);
  const text = cutToBytes(reason, MAX_REASON_BYTES);
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code, 0);
  text.copy(payload, 2);
  return formatControl(OPCODE.close, payload, masked);
}

/** A control frame of at most 125 payload bytes. */
export function formatControl(opcode: number, payload: Buffer, masked: boolean): Buffer {
  const start = masked ? 6 : 2;
  const frame = Buffer.alloc(start + payload.length);
  frame[0] = 0x80 | opcode;
  frame[1] = (masked ? 0x80 : 0) | payload.length;
  payload.copy(frame, start);
  if (masked) {
    randomFillSync(frame, 2, 4);
    for (let at = 0; at < payload.length; at++) {
      frame[start + at] = (frame[start + at] as number) ^ (frame[2 + (at & 3)] as number);
    }
  }
  return frame;
}

/** Never cuts a character in two. */
function cutToBytes(text: string, maxBytes: number): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return bytes;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
