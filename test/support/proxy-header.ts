/** What a header of version 2 is made of, byte by byte as section 2.2 of proxy-protocol.txt has it. */
export interface BinaryHeaderParts {
  /** Version and command: 0x20 LOCAL, 0x21 PROXY. */
  readonly command?: number;
  /** Family and transport. */
  readonly family?: number;
  /** Addresses and ports in hex. */
  readonly addresses?: string;
  /** Type and value of what stands behind them. */
  readonly tlvs?: readonly (readonly [number, Buffer])[];
  /** A checksum is the last TLV. */
  readonly checksum?: boolean;
  /** Instead of the true length. */
  readonly length?: number;
}

/** 203.0.113.7:51000 to 192.0.2.1:443. */
export const IPV4_ADDRESSES = 'cb007107c0000201c73801bb';
/** [2001:db8::7]:51000 to [2001:db8::1]:443. */
export const IPV6_ADDRESSES = '20010db800000000000000000000000720010db8000000000000000000000001c73801bb';

export function binaryHeader(parts: BinaryHeaderParts = {}): Buffer {
  const { command = 0x21, family = 0x11, addresses = IPV4_ADDRESSES, tlvs = [], checksum = false } = parts;
  const written = checksum ? [...tlvs, [0x03, Buffer.alloc(4)] as const] : tlvs;
  const body = Buffer.concat([Buffer.from(addresses, 'hex'), ...written.map(([type, value]) => tlv(type, value))]);
  const prefix = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex');
  prefix[12] = command;
  prefix[13] = family;
  prefix.writeUInt16BE(parts.length ?? body.length, 14);
  const header = Buffer.concat([prefix, body]);
  if (checksum) header.writeUInt32BE(castagnoli(header), header.length - 4);
  return header;
}

function tlv(type: number, value: Buffer): Buffer {
  const prefix = Buffer.alloc(3);
  prefix[0] = type;
  prefix.writeUInt16BE(value.length, 1);
  return Buffer.concat([prefix, value]);
}

/** CRC-32C as its definition has it, bit by bit from the highest: slow, and not the way of the code under test. */
function castagnoli(bytes: Buffer): number {
  let remainder = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const top = (remainder >> 31n) ^ BigInt((byte >> bit) & 1);
      remainder = ((remainder << 1n) & 0xffffffffn) ^ (top === 1n ? 0x1edc6f41n : 0n);
    }
  }
  let reflected = 0n;
  for (let bit = 0n; bit < 32n; bit++) reflected |= ((remainder >> bit) & 1n) << (31n - bit);
  return Number(reflected ^ 0xffffffffn);
}
