/** What the echo server needs of a client's frame header. */
export interface ClientFrame {
  readonly opcode: number;
  readonly payloadBytes: number;
  readonly mask: Buffer;
  /** False for the key 00000000, which leaves a payload as it is. */
  readonly masked: boolean;
}

const MASK_BYTES = 4;

/** Length of a masked frame header, known from its first two bytes (RFC 6455, 5.2). Throws where it is unmasked. */
export function clientHeaderBytes(header: Buffer): number {
  const second = header.readUInt8(1);
  if ((second & 0x80) === 0) throw new Error('a client frame came unmasked');
  return 2 + extendedLengthBytes(second & 0x7f) + MASK_BYTES;
}

/** Reads a whole header. The mask is a copy: the header may be written to afterwards. */
export function parseClientHeader(header: Buffer): ClientFrame {
  const short = header.readUInt8(1) & 0x7f;
  const extended = extendedLengthBytes(short);
  const mask = Buffer.from(header.subarray(2 + extended, 2 + extended + MASK_BYTES));
  return {
    opcode: header.readUInt8(0) & 0x0f,
    payloadBytes: extended === 0 ? short : extended === 2 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2)),
    mask,
    masked: mask.readUInt32LE(0) !== 0,
  };
}

function extendedLengthBytes(short: number): number {
  return short === 126 ? 2 : short === 127 ? 8 : 0;
}
