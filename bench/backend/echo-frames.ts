import { type ClientFrame, clientHeaderBytes, parseClientHeader } from './client-header.js';

const MASK_BYTES = 4;
const LONGEST_HEADER_BYTES = 14;
const OPCODE_CLOSE = 0x8;
const OPCODE_PING = 0x9;
const OPCODE_PONG = 0xa;

/**
 * Turns what a WebSocket client sends into what an echo server answers: payloads unmasked in place, headers rewritten
 * without the mask, pings as pongs. Correct for any split of the bytes. It writes into the chunks
 * it is given, and emits views of them.
 */
export class EchoFrames {
  readonly #emit: (piece: Buffer) => void;
  readonly #header = Buffer.alloc(LONGEST_HEADER_BYTES);
  #headerBytes = 0;
  #frame: ClientFrame | undefined;
  #payloadLeft = 0;
  #maskAt = 0;

  constructor(emit: (piece: Buffer) => void) {
    this.#emit = emit;
  }

  /** Emits the answer to these bytes. True once a Close was answered whole: nothing may follow it. */
  take(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.length) {
      let pieceStart = at;
      if (this.#frame === undefined) {
        const headerEnd = this.#takeHeader(chunk, at);
        if (this.#frame === undefined) return false;
        pieceStart = this.#placeAnswerHeader(chunk, at, headerEnd);
        at = headerEnd;
      }
      const end = at + Math.min(this.#payloadLeft, chunk.length - at);
      this.#unmask(chunk, at, end);
      this.#payloadLeft -= end - at;
      at = end;
      if (end > pieceStart) this.#emit(chunk.subarray(pieceStart, end));
      if (this.#payloadLeft === 0 && this.#endFrame()) return true;
    }
    return false;
  }

  /** Collects header bytes; returns where they end in the chunk. */
  #takeHeader(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      this.#header[this.#headerBytes] = chunk.readUInt8(at);
      this.#headerBytes += 1;
      at += 1;
      if (this.#headerBytes < 2 || this.#headerBytes < clientHeaderBytes(this.#header)) continue;
      this.#frame = parseClientHeader(this.#header);
      this.#payloadLeft = this.#frame.payloadBytes;
      this.#maskAt = 0;
      break;
    }
    return at;
  }

  /**
   * Puts the answer's header straight before the payload, where this chunk has the room (it is four bytes shorter
   * than what it replaces); else emits it by itself. Earlier bytes of the chunk may be waiting to be written.
   */
  #placeAnswerHeader(chunk: Buffer, headerStart: number, headerEnd: number): number {
    const answerBytes = this.#headerBytes - MASK_BYTES;
    this.#headerBytes = 0;
    const first = this.#header.readUInt8(0);
    if ((first & 0x0f) === OPCODE_PING) this.#header[0] = (first & 0xf0) | OPCODE_PONG;
    this.#header[1] = this.#header.readUInt8(1) & 0x7f;
    if (headerEnd - headerStart >= answerBytes) {
      this.#header.copy(chunk, headerEnd - answerBytes, 0, answerBytes);
      return headerEnd - answerBytes;
    }
    this.#emit(Buffer.from(this.#header.subarray(0, answerBytes)));
    return headerEnd;
  }

  #unmask(chunk: Buffer, from: number, to: number): void {
    const frame = this.#frame;
    if (frame === undefined || !frame.masked) return;
    for (let at = from; at < to; at += 1) {
      chunk[at] = chunk.readUInt8(at) ^ frame.mask.readUInt8(this.#maskAt);
      this.#maskAt = (this.#maskAt + 1) & 3;
    }
  }

  #endFrame(): boolean {
    const opcode = this.#frame?.opcode;
    this.#frame = undefined;
    return opcode === OPCODE_CLOSE;
  }
}
