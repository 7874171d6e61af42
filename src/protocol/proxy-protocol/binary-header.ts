import { ProtocolError } from '../protocol-error.js';
import { type AnnouncedClient, plainAddress } from './announced-client.js';
import { crc32c } from './crc32c.js';

export const BINARY_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** Signature, version and command, family and transport, length of what follows. */
export const BINARY_PREFIX_BYTES = 16;

const LOCAL = 0x20;
const PROXY = 0x21;
const UNSPECIFIED = 0x00;
/** Bytes of both addresses and ports, by family and transport (section 2.2). */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [0x11, 12], // TCP over IPv4
  [0x12, 12], // UDP over IPv4: such as QUIC before the proxy that announces
  [0x21, 36],
  [0x22, 36],
  [0x31, 216], // Unix sockets, stream and datagram
  [0x32, 216],
]);

const TLV_CRC32C = 0x03;
const TLV_PREFIX_BYTES = 3;
const CRC_BYTES = 4;

/**
 * The length of a header of version 2, by its first 16 bytes.
 * @throws ProtocolError `bad-proxy-header` for a version, command, family or transport that is not in the
 * specification, and where the addresses are longer than what is announced
 */
export function binaryHeaderBytes(prefix: Buffer): number {
  const command = prefix[12] as number;
  const length = prefix.readUInt16BE(14);
  if (command === LOCAL) return BINARY_PREFIX_BYTES + length;
  if (command !== PROXY) throw bad('version and command are neither LOCAL nor PROXY of version 2');
  const family = prefix[13] as number;
  const addressBytes = family === UNSPECIFIED ? 0 : ADDRESS_BYTES.get(family);
  if (addressBytes === undefined) throw bad('family and transport are not those of the specification');
  if (length < addressBytes) throw bad('the header is too short for its addresses');
  return BINARY_PREFIX_BYTES + length;
}

/**
 * Parses a whole header of version 2. What follows the addresses is not looked at but for its form and the checksum.
 * @returns whom it names; null for LOCAL, an unspecified family (section 2.2: what they carry is to be ignored), and
 * Unix sockets
 * @throws ProtocolError `bad-proxy-header`
 */
export function parseBinaryHeader(header: Buffer): AnnouncedClient | null {
  const family = header[13] as number;
  const addressBytes = ADDRESS_BYTES.get(family);
  if (header[12] === LOCAL || addressBytes === undefined) return null;
  checkTlvs(header, BINARY_PREFIX_BYTES + addressBytes);
  switch (family >> 4) {
    case 1: {
      const address = [...header.subarray(BINARY_PREFIX_BYTES, BINARY_PREFIX_BYTES + 4)].join('.');
      return { address, port: header.readUInt16BE(BINARY_PREFIX_BYTES + 8) };
    }
    case 2:
      return { address: ipv6At(header, BINARY_PREFIX_BYTES), port: header.readUInt16BE(BINARY_PREFIX_BYTES + 32) };
    default:
      return null;
  }
}

function ipv6At(header: Buffer, from: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => header.readUInt16BE(from + 2 * index).toString(16));
  return plainAddress(groups.join(':'));
}

/** They must fill the header to its last byte, and its checksum, where it has one, must be right. */
function checkTlvs(header: Buffer, from: number): void {
  let checksumAt = -1;
  let at = from;
  while (at < header.length) {
    if (at + TLV_PREFIX_BYTES > header.length) throw bad('a TLV is cut off');
    const length = header.readUInt16BE(at + 1);
    const valueAt = at + TLV_PREFIX_BYTES;
    if (header[at] === TLV_CRC32C) {
      if (length !== CRC_BYTES || checksumAt >= 0) throw bad('the checksum is not four bytes, or stands twice');
      checksumAt = valueAt;
    }
    at = valueAt + length;
  }
  if (at !== header.length) throw bad('a TLV is cut off');
  if (checksumAt >= 0 && !checksumIsRight(header, checksumAt)) throw bad('the checksum is wrong');
}

/** Computed with zeros where it stands itself. */
function checksumIsRight(header: Buffer, at: number): boolean {
  const zeroed = Buffer.from(header);
  zeroed.fill(0, at, at + CRC_BYTES);
  return crc32c(zeroed) === header.readUInt32BE(at);
}

function bad(message: string): ProtocolError {
  return new ProtocolError('bad-proxy-header', message);
}
