import type { RawData } from 'ws';

/** A Buffer, as it is with ws's defaults; the other forms are for the type's sake. */
export function toBuffer(payload: RawData): Buffer {
  if (Buffer.isBuffer(payload)) return payload;
  return Array.isArray(payload) ? Buffer.concat(payload) : Buffer.from(payload);
}
