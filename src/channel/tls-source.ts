/** Who reads a TLS socket past its stream. */
export interface TlsReader {
  /** Returns false to stop reading. The bytes are those of the process's read buffer: valid during the call only. */
  tlsRead(length: number, buffer: Buffer): boolean;
}

/** Where a TLS socket puts what it has decrypted (`onread` of Node's sockets). */
export class TlsSource {
  readonly buffer: Buffer;
  /** Has to be there before the first byte comes. */
  reader: TlsReader | null = null;

  /** @param buffer shared by all sockets of the process */
  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  readonly callback = (length: number, buffer: Uint8Array): boolean =>
    this.reader?.tlsRead(length, buffer as Buffer) ?? false;
}
