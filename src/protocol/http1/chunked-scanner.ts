import { ProtocolError } from '../protocol-error.js';
import type { BodyScanner, BodySpans } from './body-scanner.js';
import { VALUE_CHARACTERS } from './character-classes.js';
import { TrailerSection } from './trailer-section.js';

export interface ChunkedScannerOptions {
  /** The whole trailer section with its line ends; 8 KiB where absent. */
  readonly maxTrailerBytes?: number;
  /** Tells payload only, neither chunk lines nor trailers. They are checked all the same. */
  readonly payloadOnly?: boolean;
}

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const SEMICOLON = 0x3b;

/** 13 hex digits are 52 bits: every size is a safe integer. */
const MAX_SIZE_DIGITS = 13;
const MAX_EXTENSION_BYTES = 256;
const MAX_TRAILER_BYTES = 8192;

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const PAYLOAD = 3;
const PAYLOAD_CR = 4;
const PAYLOAD_LF = 5;
const TRAILERS = 6;
const DONE = 7;

const HEX_VALUE = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  HEX_VALUE[value.toString(16).charCodeAt(0)] = value;
  HEX_VALUE[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

/**
 * Follows a chunked body (RFC 9112 section 7.1). Whatever lies whole and canonical in one range passes as it came, in
 * as few spans as can be. A chunk line that came in two ranges, has an extension or leading zeros is told as text.
 * The last chunk's line is held until the trailers are whole and checked, so that a broken body never looks complete.
 */
export class ChunkedScanner implements BodyScanner {
  payloadBytes = 0;

  readonly #maxTrailerBytes: number;
  readonly #payloadOnly: boolean;
  #state = SIZE;
  /** Of the chunk line being read; in the payload: bytes of it still to come. */
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #extensionNamed = false;
  /** False where the chunk line must be written anew. */
  #lineIsPlain = true;
  #trailers: TrailerSection | undefined;

  /** Where the bytes not told yet begin in the range being scanned, and where its open chunk line begins. */
  #untold = 0;
  #lineStart = 0;

  constructor(options: ChunkedScannerOptions = {}) {
    this.#maxTrailerBytes = options.maxTrailerBytes ?? MAX_TRAILER_BYTES;
    this.#payloadOnly = options.payloadOnly ?? false;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  /** True between two chunks, and before the first: another chunk may be written here. False once done. */
  get atChunkBoundary(): boolean {
    return this.#state === SIZE && this.#digits === 0;
  }

  scan(bytes: Buffer, from: number, to: number, spans: BodySpans): number {
    this.#untold = from;
    this.#lineStart = from;
    if (this.#state !== SIZE || this.#digits > 0) this.#lineIsPlain = false; // its beginning is not in this range
    let at = from;
    try {
      while (at < to && this.#state !== DONE) at = this.#advance(bytes, at, to, spans);
    } catch (fault) {
      this.#tellUpTo(bytes, this.#tellableEnd(at), spans);
      throw fault;
    }
    this.#tellUpTo(bytes, this.#tellableEnd(at), spans);
    return at;
  }

  /** Reads one byte, or a run of payload or trailers, and returns where it stopped. Faults leave `at` at their byte. */
  #advance(bytes: Buffer, at: number, to: number, spans: BodySpans): number {
    switch (this.#state) {
      case SIZE:
        return this.#readSize(bytes, at, to);
      case EXTENSION:
        this.#readExtension(bytes[at] as number);
        return at + 1;
      case SIZE_LF:
        expect(bytes[at], LF);
        this.#endLine(bytes, at + 1, spans);
        return at + 1;
      case PAYLOAD:
        return this.#readPayload(bytes, at, to, spans);
      case PAYLOAD_CR:
        expect(bytes[at], CR);
        this.#state = PAYLOAD_LF;
        return at + 1;
      case PAYLOAD_LF:
        expect(bytes[at], LF);
        this.#beginLine(at + 1);
        return at + 1;
      default:
        return this.#readTrailers(bytes, at, to, spans);
    }
  }

  #readSize(bytes: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number;
      const digit = HEX_VALUE[byte] as number;
      if (digit >= 0) {
        if (this.#digits === 1 && this.#size === 0) this.#lineIsPlain = false;
        if (++this.#digits > MAX_SIZE_DIGITS) throw badChunk('a chunk size has too many digits');
        this.#size = this.#size * 16 + digit;
        continue;
      }
      if (this.#digits === 0) throw badChunk('a chunk without size');
      if (byte === CR) this.#state = SIZE_LF;
      else if (byte === SEMICOLON || byte === SP || byte === HTAB) {
        this.#state = EXTENSION;
        this.#lineIsPlain = false;
        this.#extensionBytes = 1;
        this.#extensionNamed = byte === SEMICOLON;
      } else throw badChunk('a chunk size is no hexadecimal number');
      return at + 1;
    }
    return to;
  }

  /** Spaces may stand before the semicolon (RFC 9112 section 7.1.1), but not without one. */
  #readExtension(byte: number): void {
    if (byte === CR && this.#extensionNamed) {
      this.#state = SIZE_LF;
      return;
    }
    if (byte === SEMICOLON) this.#extensionNamed = true;
    else if (VALUE_CHARACTERS[byte] !== 1 || (!this.#extensionNamed && byte !== SP && byte !== HTAB)) {
      throw badChunk('a broken chunk extension');
    }
    if (++this.#extensionBytes > MAX_EXTENSION_BYTES) throw badChunk('a chunk extension is too long');
  }

  /** The chunk line is whole; `end` lies behind its LF. */
  #endLine(bytes: Buffer, end: number, spans: BodySpans): void {
    if (this.#size === 0) {
      this.#state = TRAILERS;
      return;
    }
    this.#state = PAYLOAD;
    if (this.#payloadOnly) {
      this.#untold = end;
      return;
    }
    if (this.#lineIsPlain) return;
    this.#tellUpTo(bytes, this.#lineStart, spans);
    this.#untold = end;
    spans.onText(`${this.#size.toString(16)}\r\n`);
  }

  #readPayload(bytes: Buffer, from: number, to: number, spans: BodySpans): number {
    const end = Math.min(to, from + this.#size);
    this.#size -= end - from;
    this.payloadBytes += end - from;
    spans.onPayload?.(bytes, from, end);
    if (this.#size > 0) return end;
    this.#state = PAYLOAD_CR;
    if (this.#payloadOnly) this.#tellUpTo(bytes, end, spans);
    return end;
  }

  #beginLine(at: number): void {
    this.#state = SIZE;
    this.#size = 0;
    this.#digits = 0;
    this.#lineIsPlain = true;
    this.#lineStart = at;
  }

  #readTrailers(bytes: Buffer, from: number, to: number, spans: BodySpans): number {
    // `lineIsPlain`: the last chunk's line lies whole before this, in the same range.
    if (this.#lineIsPlain && from + 1 < to && bytes[from] === CR && bytes[from + 1] === LF) {
      this.#state = DONE;
      return from + 2;
    }
    this.#trailers ??= new TrailerSection(this.#maxTrailerBytes);
    const end = this.#trailers.collect(bytes, from, to);
    if (end < 0) return to;
    if (!this.#payloadOnly) {
      this.#tellUpTo(bytes, this.#lineStart, spans);
      spans.onText(`0\r\n${this.#trailers.text}`);
    }
    this.#untold = end;
    this.#state = DONE;
    return end;
  }

  /** Up to where the range may be told when the scan stops at `at`: an open chunk line and what follows 0 are held. */
  #tellableEnd(at: number): number {
    if (this.#payloadOnly) return this.#state === PAYLOAD ? at : this.#untold;
    return this.#state === DONE || (this.#state >= PAYLOAD && this.#state <= PAYLOAD_LF) ? at : this.#lineStart;
  }

  #tellUpTo(bytes: Buffer, end: number, spans: BodySpans): void {
    const from = this.#untold;
    if (end <= from) return;
    this.#untold = end;
    spans.onBytes(bytes, from, end);
  }
}

function expect(byte: number | undefined, wanted: number): void {
  if (byte !== wanted) throw badChunk('a chunk or its line does not end in CR LF');
}

function badChunk(message: string): ProtocolError {
  return new ProtocolError('bad-chunk', message);
}
