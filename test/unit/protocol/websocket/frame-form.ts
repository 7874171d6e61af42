/** A frame in any form, right or wrong. What is not given: a final, unmasked binary frame of no bytes. */
export interface FrameForm {
  readonly opcode?: number;
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7; 4 is RSV1. */
  readonly reserved?: number;
  readonly payload?: Buffer;
  /** Bits of the length field; default: as few as will do. */
  readonly lengthBits?: 7 | 16 | 64;
  /** A length other than the payload's. */
  readonly length?: bigint;
  /** Four bytes in hex; empty: no mask. */
  readonly mask?: string;
}

/** The bytes of a frame (RFC 6455 section 5.2). */
export function formFrame(form: FrameForm): Buffer {
  const { opcode = 2, fin = true, reserved = 0, payload = Buffer.alloc(0), mask = '' } = form;
  const length = form.length ?? BigInt(payload.length);
  const bits = form.lengthBits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const second = (mask === '' ? 0 : 0x80) | (bits === 7 ? Number(length) : bits === 16 ? 126 : 127);
  const digits = bits === 7 ? '' : length.toString(16).padStart(bits / 4, '0');
  const key = Buffer.from(mask, 'hex');
  const masked = Buffer.from(payload);
  if (mask !== '') for (let at = 0; at < masked.length; at++) masked[at] = (masked[at] ?? 0) ^ (key[at & 3] ?? 0);
  return Buffer.concat([Buffer.of(first, second), Buffer.from(digits, 'hex'), key, masked]);
}
