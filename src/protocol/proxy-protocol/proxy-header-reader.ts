import { ProtocolError } from '../protocol-error.js';
import type { AnnouncedClient } from './announced-client.js';
import { BINARY_PREFIX_BYTES, BINARY_SIGNATURE, binaryHeaderBytes, parseBinaryHeader } from './binary-header.js';
import { MAX_TEXT_HEADER_BYTES, parseTextHeader, TEXT_SIGNATURE } from './text-header.js';

const LF = 0x0a;

/**
 * Reads the PROXY header, version 1 or 2, that stands before everything else on a connection, TLS included, through
 * any split of its bytes (HAProxy's proxy-protocol.txt). Keeps the header alone, at most 64 KiB.
 */
export class ProxyHeaderReader {
  /** Whom the header names; null: nobody (UNKNOWN, LOCAL, a Unix socket), the connection is its peer's own. */
  client: AnnouncedClient | null = null;
  #bytes = Buffer.allocUnsafe(MAX_TEXT_HEADER_BYTES);
  #length = 0;
  /** Of a binary header, once its prefix was read. */
  #binaryBytes = 0;

  /** True once a byte was seen. */
  get started(): boolean {
    return this.#length > 0;
  }

  /**
   * Takes `bytes[from, to)`.
   * @returns where the header ends in them; -1: it goes on
   * @throws ProtocolError `missing-proxy-header` where something else begins, `bad-proxy-header`
   */
  read(bytes: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at++) {
      this.#bytes[this.#length++] = bytes[at] as number;
      if (this.#isWhole()) return at + 1;
    }
    return -1;
  }

  /** Looks at the byte that came last. */
  #isWhole(): boolean {
    const signature = this.#bytes[0] === BINARY_SIGNATURE[0] ? BINARY_SIGNATURE : TEXT_SIGNATURE;
    const last = this.#length - 1;
    if (last < signature.length) {
      if (this.#bytes[last] === signature[last]) return false;
      throw new ProtocolError('missing-proxy-header', 'the connection begins with something else');
    }
    return signature === TEXT_SIGNATURE ? this.#isWholeText(last) : this.#isWholeBinary();
  }

  #isWholeText(last: number): boolean {
    if (this.#bytes[last] === LF) {
      this.client = parseTextHeader(this.#bytes.toString('latin1', 0, this.#length));
      return true;
    }
    if (this.#length < MAX_TEXT_HEADER_BYTES) return false;
    throw new ProtocolError('bad-proxy-header', `the line is longer than ${MAX_TEXT_HEADER_BYTES} bytes`);
  }

  #isWholeBinary(): boolean {
    if (this.#length === BINARY_PREFIX_BYTES) {
      this.#binaryBytes = binaryHeaderBytes(this.#bytes);
      if (this.#binaryBytes > this.#bytes.length) {
        const larger = Buffer.allocUnsafe(this.#binaryBytes);
        this.#bytes.copy(larger, 0, 0, this.#length);
        this.#bytes = larger;
      }
    }
    if (this.#length !== this.#binaryBytes) return false;
    this.client = parseBinaryHeader(this.#bytes.subarray(0, this.#length));
    return true;
  }
}
