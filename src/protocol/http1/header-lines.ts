import { ProtocolError } from '../protocol-error.js';
import { isToken, TOKEN_CHARACTERS } from './character-classes.js';
import { FieldLine } from './field-line.js';
import { HeaderList } from './header-list.js';
import { knownName, NAME_HASH_SEED } from './known-names.js';

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const DEL = 0x7f;

/**
 * Reads field lines (RFC 9112 section 5) from `bytes[at, to)`, which must end in CR LF CR LF; the first CR LF of them
 * may lie before `at`. That end is also what stops every loop here: they look at no other bound.
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
  if (!endsInEmptyLine(bytes, to)) throw bareLineEnd();
  const headers = new HeaderList();
  let lineStart = at;
  for (let count = 0; ; count++) {
    let hash = NAME_HASH_SEED;
    let colon = lineStart;
    let byte = bytes[colon] as number;
    while (byte > SP && byte !== COLON) {
      hash = (Math.imul(hash, 33) ^ byte) | 0;
      byte = bytes[++colon] as number;
    }
    if (colon === lineStart && byte === CR) break;
    if (byte !== COLON || colon === lineStart) throw nameFault(bytes, lineStart, to);
    if (count === maxHeaders) throw new ProtocolError('too-many-headers', 'the head has too many fields');

    let valueStart = colon + 1;
    while (bytes[valueStart] === SP || bytes[valueStart] === HTAB) valueStart++;
    const lineEnd = endOfValue(bytes, valueStart);
    if (bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF) throw valueFault(bytes, lineEnd);
    let valueEnd = lineEnd;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--;
    if (valueEnd < lineEnd)
      judgeTrailingSpace(bytes, text.substring(lineStart - origin, colon - origin), valueEnd, lineEnd);

    const value = text.substring(valueStart - origin, valueEnd - origin);
    let name: string;
    let lower: string;
    const known = knownName(bytes, lineStart, colon, hash);
    if (known !== undefined) ({ name, lower } = known);
    else {
      name = text.substring(lineStart - origin, colon - origin);
      if (!isToken(name)) throw nameFault(bytes, lineStart, to);
      lower = name.toLowerCase();
    }
    // What we would write, `Name: value`, byte for byte.
    const asWritten = valueStart === colon + 2 && bytes[colon + 1] === SP && valueEnd === lineEnd;
    headers.appendLine(
      asWritten
        ? new FieldLine(name, lower, value, text, lineStart - origin, lineEnd + 2 - origin)
        : new FieldLine(name, lower, value),
    );
    lineStart = lineEnd + 2;
  }
  if (lineStart + 2 !== to) throw bareLineEnd();
  return headers;
}

function endsInEmptyLine(bytes: Buffer, to: number): boolean {
  return bytes[to - 1] === LF && bytes[to - 2] === CR && bytes[to - 3] === LF && bytes[to - 4] === CR;
}

/** The first byte from `at` that no value may have. Two bytes a turn: this loop sees most bytes of a head. */
function endOfValue(bytes: Buffer, at: number): number {
  for (let end = at; ; end += 2) {
    const byte = bytes[end] as number;
    if (byte < SP ? byte !== HTAB : byte === DEL) return end;
    const next = bytes[end + 1] as number;
    if (next < SP ? next !== HTAB : next === DEL) return end + 1;
  }
}

/**
 * A tab behind a framing field's value is white space by RFC 9110 section 5.5, but llhttp takes it for a part of the value
 * (9.3 in both fields, 9.4 in Transfer-Encoding): nothing that frames may be read two ways. No client sends one.
 */
function judgeTrailingSpace(bytes: Buffer, name: string, from: number, to: number): void {
  const lower = name.toLowerCase();
  if (lower !== 'content-length' && lower !== 'transfer-encoding') return;
  for (let at = from; at < to; at++) {
    if (bytes[at] === HTAB) throw new ProtocolError('bad-header-value', 'a tab behind the value of a framing field');
  }
}

/** Why the line at `lineStart` has no name. */
function nameFault(bytes: Buffer, lineStart: number, to: number): ProtocolError {
  let at = lineStart;
  while (TOKEN_CHARACTERS[bytes[at] as number] === 1) at++;
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

function valueFault(bytes: Buffer, at: number): ProtocolError {
  if (bytes[at] === CR || bytes[at] === LF) return bareLineEnd();
  return new ProtocolError('bad-header-value', 'a control character in a field value');
}

function bareLineEnd(): ProtocolError {
  return new ProtocolError('bare-cr-or-lf', 'a CR or LF stands alone in a field line');
}
