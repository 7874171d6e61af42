export const OPCODE_BINARY = 0x2;
export const OPCODE_CLOSE = 0x8;
export const OPCODE_PING = 0x9;
export const OPCODE_PONG = 0xa;

/** Status 1000 (RFC 6455, 7.4.1). */
const NORMAL_CLOSURE = Buffer.from([0x03, 0xe8]);

/**
 * A whole masked frame. Its key is 00000000: as valid as any, it spares the backend the unmasking, which would
 * otherwise be most of the load's core; proxies relay the payload without looking at it.
 */
export function buildClientFrame(opcode: number, payload: Buffer): Buffer {
  const header = frameHeader(opcode, payload.length);
  header[1] = header.readUInt8(1) | 0x80;
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}

/** Length of the same frame as a server sends it. */
export function serverFrameBytes(payloadBytes: number): number {
  return frameHeader(OPCODE_BINARY, payloadBytes).length + payloadBytes;
}

export const closeFrame = buildClientFrame(OPCODE_CLOSE, NORMAL_CLOSURE);

function frameHeader(opcode: number, payloadBytes: number): Buffer {
  const first = 0x80 | opcode;
  if (payloadBytes < 126) return Buffer.from([first, payloadBytes]);
  if (payloadBytes < 65536) return Buffer.from([first, 126, payloadBytes >> 8, payloadBytes & 0xff]);
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(payloadBytes), 2);
  return header;
}
