/** A frame as a judge reads it, payload unmasked. */
export interface JudgedFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** An independent, simple and strict reader of one direction of RFC 6455: throws at the first frame that is wrong. */
export class FrameJudge {
  /** Whole data messages, in order. */
  readonly messages: string[] = [];
  /** The code of the Close that came; 1005 where it had none; null before. */
  closeCode: number | null = null;
  readonly #masked: boolean;
  #bytes: Buffer = Buffer.alloc(0);
  #message: Buffer[] | null = null;

  /** @param masked whether the frames it reads have to be masked */
  constructor(masked: boolean) {
    this.#masked = masked;
  }

  /** True where a frame is half through. */
  get midFrame(): boolean {
    return this.#bytes.length > 0;
  }

  /** Takes bytes and returns the control frames among them. */
  feed(bytes: Buffer): JudgedFrame[] {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const controls: JudgedFrame[] = [];
    for (let frame = this.#next(); frame !== null; frame = this.#next()) if (frame.opcode >= 8) controls.push(frame);
    return controls;
  }

  #next(): JudgedFrame | null {
    const bytes = this.#bytes;
    if (bytes.length > 0 && this.closeCode !== null) throw new Error('a byte behind a Close');
    if (bytes.length < 2) return null;
    const first = bytes.readUInt8(0);
    const short = bytes.readUInt8(1) & 0x7f;
    if ((first & 0x70) !== 0) throw new Error('a reserved bit');
    if (((bytes.readUInt8(1) & 0x80) !== 0) !== this.#masked) throw new Error('a wrong mask bit');
    const lengthEnd = short < 126 ? 2 : short === 126 ? 4 : 10;
    const start = lengthEnd + (this.#masked ? 4 : 0);
    if (bytes.length < start) return null;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return null;
    const payload = Buffer.from(bytes.subarray(start, start + length));
    if (this.#masked)
      for (let at = 0; at < length; at++) payload[at] = payload.readUInt8(at) ^ bytes.readUInt8(lengthEnd + (at & 3));
    this.#bytes = bytes.subarray(start + length);
    const frame = { opcode: first & 0x0f, payload };
    this.#judge(frame, (first & 0x80) !== 0);
    return frame;
  }

  #judge({ opcode, payload }: JudgedFrame, fin: boolean): void {
    if (opcode >= 8) {
      if (!fin || payload.length > 125 || opcode > 10) throw new Error('a broken control frame');
      if (opcode === 8) this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      return;
    }
    if (opcode === 0 ? this.#message === null : this.#message !== null || opcode > 2) throw new Error('out of order');
    this.#message ??= [];
    this.#message.push(payload);
    if (!fin) return;
    this.messages.push(Buffer.concat(this.#message).toString('latin1'));
    this.#message = null;
  }
}

/** A frame for the wire. @param mask four bytes, or null for an unmasked one */
export function frameBytes(opcode: number, payload: Buffer, fin: boolean, mask: Buffer | null): Buffer {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + lengthBytes);
  header[0] = (fin ? 0x80 : 0) | opcode;
  header[1] = (mask === null ? 0 : 0x80) | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(length, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(length), 2);
  if (mask === null) return Buffer.concat([header, payload]);
  const masked = Buffer.from(payload);
  for (let at = 0; at < length; at++) masked[at] = masked.readUInt8(at) ^ mask.readUInt8(at & 3);
  return Buffer.concat([header, mask, masked]);
}
