import { ProtocolError } from '../../../src/protocol/protocol-error.js';

/** Every way to cut `bytes` in two (one part may be empty), whole, and byte by byte. */
export function* everySplit(bytes: Buffer): Generator<Buffer[]> {
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield Array.from(bytes, (byte) => Buffer.from([byte]));
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** A part of a larger buffer with other bytes around it, as views of a shared read buffer are. */
export function embedded(part: Buffer): { bytes: Buffer; from: number; to: number } {
  const bytes = Buffer.concat([latin1('\r\n\r\nA: b\r\n\r\n'), part, latin1('\r\n\r\n0\r\n\r\n')]);
  return { bytes, from: 12, to: 12 + part.length };
}

/** The code `action` is refused with, or `accepted`. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (fault) {
    if (fault instanceof ProtocolError) return fault.code;
    throw fault;
  }
  return 'accepted';
}
