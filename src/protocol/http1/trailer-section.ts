import { Buffer } from 'node:buffer';
import { ProtocolError } from '../protocol-error.js';
import { isForwardingField } from './forwarded.js';
import { parseHeaderLines } from './header-lines.js';
import { isHopByHop } from './hop-by-hop.js';

const CR = 0x0d;
const LF = 0x0a;

/** Collects the trailers of one chunked body, from behind the last chunk's line to the empty line, and checks them. */
export class TrailerSection {
  readonly #maxBytes: number;
  #text = '';
  #afterCr = false;
  #lineIsEmpty = true;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** As received, with the empty line at its end. */
  get text(): string {
    return this.#text;
  }

  /**
   * Takes `bytes[from, to)`. Returns the index behind the section's last byte, or -1 where it goes on behind `to`.
   * @throws ProtocolError `bad-trailers`
   */
  collect(bytes: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at++) {
      if (this.#text.length + at - from >= this.#maxBytes) throw badTrailers('the trailers are too large');
      if (!this.#endsAt(bytes[at] as number)) continue;
      this.#text += bytes.toString('latin1', from, at + 1);
      judgeTrailers(this.#text);
      return at + 1;
    }
    this.#text += bytes.toString('latin1', from, to);
    return -1;
  }

  #endsAt(byte: number): boolean {
    if (this.#afterCr) {
      if (byte !== LF) throw badTrailers('a CR stands alone in the trailers');
      this.#afterCr = false;
      const ended = this.#lineIsEmpty;
      this.#lineIsEmpty = true;
      return ended;
    }
    if (byte === LF) throw badTrailers('an LF stands alone in the trailers');
    if (byte === CR) this.#afterCr = true;
    else this.#lineIsEmpty = false;
    return false;
  }
}

function judgeTrailers(text: string): void {
  if (text.length === 2) return;
  const bytes = Buffer.from(text, 'latin1');
  let fields: ReturnType<typeof parseHeaderLines>;
  try {
    fields = parseHeaderLines(bytes, text, 0, 0, bytes.length, Number.POSITIVE_INFINITY);
  } catch {
    throw badTrailers('a trailer line breaks the grammar of field lines');
  }
  for (let index = 0; index < fields.size; index++) {
    if (isForbidden(fields.lowerNameAt(index))) throw badTrailers('a field that must not come as a trailer');
  }
}

/**
 * Fields that frame, route, authenticate or tell how to read the content: whoever merges trailers into the head would
 * be deceived by them (RFC 9110 section 6.5.1).
 */
function isForbidden(lowerName: string): boolean {
  switch (lowerName) {
    case 'content-length':
    case 'content-encoding':
    case 'content-type':
    case 'content-range':
    case 'host':
    case 'trailer':
    case 'via':
    case 'expect':
    case 'authorization':
    case 'www-authenticate':
    case 'cookie':
    case 'set-cookie':
      return true;
    default:
      return isHopByHop(lowerName) || isForwardingField(lowerName);
  }
}

function badTrailers(message: string): ProtocolError {
  return new ProtocolError('bad-trailers', message);
}
