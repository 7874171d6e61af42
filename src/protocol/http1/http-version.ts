import { ProtocolError } from '../protocol-error.js';

/** `HTTP/1.` */
const PREFIX = [0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e] as const;

/** The minor version where `bytes[at, to)` begins with `HTTP/1.0` or `HTTP/1.1`, else -1. */
export function minorVersionAt(bytes: Buffer, at: number, to: number): -1 | 0 | 1 {
  if (at + PREFIX.length >= to) return -1;
  for (let index = 0; index < PREFIX.length; index++) if (bytes[at + index] !== PREFIX[index]) return -1;
  const minor = bytes[at + PREFIX.length];
  return minor === 0x31 ? 1 : minor === 0x30 ? 0 : -1;
}

/** The fault of a text that names another version of HTTP (`HTTP/2.0`, `HTTP/1.2`, `HTTP/3`), else undefined. */
export function httpVersionFault(text: string): ProtocolError | undefined {
  if (!/^HTTP\/\d+(\.\d+)?$/.test(text)) return undefined;
  return new ProtocolError('unsupported-version', 'the HTTP version is neither 1.0 nor 1.1');
}
