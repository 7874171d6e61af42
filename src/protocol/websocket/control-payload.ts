const MASK_BYTES = 4;
/** FNV-1a. */
const HASH_BASIS = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** The code of a Close whose payload of at least 2 bytes begins at `payload`. */
export function closeCodeAt(bytes: Buffer, payload: number, masked: boolean): number {
  const code = bytes.readUInt16BE(payload);
  return masked ? code ^ bytes.readUInt16BE(payload - MASK_BYTES) : code;
}

/** The four bytes at `offset` (a multiple of 4) of the payload that begins at `payload`, as a number. */
export function payloadWordAt(bytes: Buffer, payload: number, offset: number, masked: boolean): number {
  const word = bytes.readUInt32BE(payload + offset);
  return masked ? (word ^ bytes.readUInt32BE(payload - MASK_BYTES)) >>> 0 : word;
}

/** A number by which the payload `bytes[payload, end)` is known again, without keeping it. */
export function payloadHash(bytes: Buffer, payload: number, end: number, masked: boolean): number {
  let hash = HASH_BASIS ^ (end - payload);
  for (let at = payload; at < end; at++) {
    const byte = bytes[at] as number;
    const key = masked ? (bytes[payload - MASK_BYTES + ((at - payload) & 3)] as number) : 0;
    hash = Math.imul(hash ^ byte ^ key, HASH_PRIME);
  }
  return hash;
}
