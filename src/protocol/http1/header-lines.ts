import { ProtocolError } from '../protocol-error.js';
import { TOKEN_CHARACTERS, VALUE_CHARACTERS } from './character-classes.js';
import { HeaderList } from './header-list.js';
import { knownName, NAME_HASH_SEED } from './known-names.js';

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;

/**
 * Reads field lines (RFC 9112 section 5) from `bytes[at, to)` up to the empty line that must end there.
 * @param text the bytes from `origin` on as Latin-1: cutting strings from one is far cheaper than one call a field
 * @throws ProtocolError for the first line that breaks the grammar, or `too-many-headers`
 */
export function parseHeaderLines(
  bytes: Buffer,
  text: string,
  origin: number,
  at: number,
  to: number,
  maxHeaders: number,
): HeaderList {
  const headers = new HeaderList();
  let count = 0;
  let lineStart = at;
  for (;;) {
    let hash = NAME_HASH_SEED;
    let colon = lineStart;
    for (; colon < to; colon++) {
      const byte = bytes[colon] as number;
      if (TOKEN_CHARACTERS[byte] !== 1) break;
      hash = (Math.imul(hash, 33) ^ byte) | 0;
    }
    if (colon === lineStart && bytes[colon] === CR) break;
    if (colon >= to || bytes[colon] !== COLON || colon === lineStart) throw nameFault(bytes, lineStart, colon, to);
    if (++count > maxHeaders) throw new ProtocolError('too-many-headers', 'the head has too many fields');

    let valueStart = colon + 1;
    while (bytes[valueStart] === SP || bytes[valueStart] === HTAB) valueStart++;
    let lineEnd = valueStart;
    while (lineEnd < to && VALUE_CHARACTERS[bytes[lineEnd] as number] === 1) lineEnd++;
    if (lineEnd + 1 >= to || bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF) throw valueFault(bytes, lineEnd, to);
    let valueEnd = lineEnd;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--;

    const value = text.substring(valueStart - origin, valueEnd - origin);
    const known = knownName(bytes, lineStart, colon, hash);
    if (known !== undefined) headers.appendKnown(known.name, known.lower, value);
    else headers.append(text.substring(lineStart - origin, colon - origin), value);
    lineStart = lineEnd + 2;
  }
  if (bytes[lineStart + 1] !== LF || lineStart + 2 !== to) throw bareLineEnd();
  return headers;
}

/** Why the line at `lineStart` has no name: `at` is its first byte that belongs to none. */
function nameFault(bytes: Buffer, lineStart: number, at: number, to: number): ProtocolError {
  const byte = bytes[at];
  if (at === lineStart && (byte === SP || byte === HTAB)) {
    return new ProtocolError('obs-fold', 'a field line begins with a space: line folding');
  }
  let after = at;
  while (bytes[after] === SP || bytes[after] === HTAB) after++;
  if (after > at && bytes[after] === COLON) {
    return new ProtocolError('space-before-colon', 'a space before the colon of a field line');
  }
  for (; after < to && bytes[after] !== CR && bytes[after] !== LF; after++) {
    if (bytes[after] === COLON) return new ProtocolError('bad-header-name', 'a field name is no token');
  }
  if (bytes[after] === LF || bytes[after + 1] !== LF) return bareLineEnd();
  return new ProtocolError('missing-colon', 'a field line has no colon');
}

function valueFault(bytes: Buffer, at: number, to: number): ProtocolError {
  if (at >= to || bytes[at] === CR || bytes[at] === LF) return bareLineEnd();
  return new ProtocolError('bad-header-value', 'a control character in a field value');
}

function bareLineEnd(): ProtocolError {
  return new ProtocolError('bare-cr-or-lf', 'a CR or LF stands alone in a field line');
}
