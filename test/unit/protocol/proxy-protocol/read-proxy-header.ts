import type { AnnouncedClient } from '../../../../src/protocol/proxy-protocol/announced-client.js';
import { ProxyHeaderReader } from '../../../../src/protocol/proxy-protocol/proxy-header-reader.js';
import { codeOf, embedded } from '../splits.js';

/** What was read of a header, and how many bytes it took: -1 where it goes on. */
export interface ReadHeader {
  readonly client: AnnouncedClient | null;
  readonly bytes: number;
}

/** Reads a header that comes in these parts, each in the middle of a larger buffer. */
export function readProxyHeader(parts: readonly Buffer[]): ReadHeader {
  const reader = new ProxyHeaderReader();
  let before = 0;
  for (const part of parts) {
    const { bytes, from, to } = embedded(part);
    const end = reader.read(bytes, from, to);
    if (end >= 0) return { client: reader.client, bytes: before + end - from };
    before += part.length;
  }
  return { client: null, bytes: -1 };
}

export function verdictOn(bytes: Buffer): string {
  return codeOf(() => readProxyHeader([bytes]));
}
