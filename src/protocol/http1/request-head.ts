import { readLatin1 } from '../latin1.js';
import { ProtocolError } from '../protocol-error.js';
import { TARGET_CHARACTERS, TOKEN_CHARACTERS } from './character-classes.js';
import { firstHeadFault, type HeadLimits } from './head-scanner.js';
import { parseHeaderLines } from './header-lines.js';
import type { HeaderList } from './header-list.js';
import { httpVersionFault, minorVersionAt } from './http-version.js';

/** A request's head as it was read: grammar is checked, meaning is not. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly minorVersion: 0 | 1;
  readonly headers: HeaderList;
}

const SP = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const VERSION_LENGTH = 8; // HTTP/1.1

/**
 * Parses `bytes[from, to)`, one complete head with its last CR LF CR LF (RFC 9112 sections 3 and 5).
 * @throws ProtocolError with the code of the rule it breaks
 */
export function parseRequestHead(bytes: Buffer, from: number, to: number, limits: HeadLimits): RequestHead {
  try {
    return parse(bytes, from, to, limits);
  } catch (fault) {
    throw firstHeadFault(bytes, from, to, limits, 'request', fault);
  }
}

function parse(bytes: Buffer, from: number, to: number, limits: HeadLimits): RequestHead {
  if (to - from > limits.maxHeadBytes) throw new ProtocolError('head-too-large', 'the head is too large');
  let methodEnd = from;
  while (methodEnd < to && TOKEN_CHARACTERS[bytes[methodEnd] as number] === 1) methodEnd++;
  if (methodEnd === from || bytes[methodEnd] !== SP) throw methodFault(bytes, from, methodEnd);
  const targetStart = methodEnd + 1;
  let targetEnd = targetStart;
  while (targetEnd < to && TARGET_CHARACTERS[bytes[targetEnd] as number] === 1) targetEnd++;
  if (targetEnd === targetStart || bytes[targetEnd] !== SP) throw targetFault(bytes, targetStart, targetEnd);
  const versionStart = targetEnd + 1;
  const versionEnd = versionStart + VERSION_LENGTH;
  const minorVersion = minorVersionAt(bytes, versionStart, to);
  if (minorVersion < 0 || bytes[versionEnd] !== CR || bytes[versionEnd + 1] !== LF) {
    throw versionFault(bytes, targetStart, versionStart, to);
  }
  if (versionEnd - from > limits.maxLineBytes) {
    throw new ProtocolError('request-line-too-long', 'the request line is too long');
  }
  const text = readLatin1(bytes, from, to);
  return {
    method: isGet(bytes, from, methodEnd) ? 'GET' : text.substring(0, methodEnd - from),
    target: text.substring(targetStart - from, targetEnd - from),
    minorVersion: minorVersion === 1 ? 1 : 0,
    headers: parseHeaderLines(bytes, text, from, versionEnd + 2, to, limits.maxHeaders),
  };
}

/** Most are: theirs is one string, which is compared by where it lies, and not a new one each time. */
function isGet(bytes: Buffer, from: number, to: number): boolean {
  return to - from === 3 && bytes[from] === 0x47 && bytes[from + 1] === 0x45 && bytes[from + 2] === 0x54;
}

function methodFault(bytes: Buffer, from: number, methodEnd: number): ProtocolError {
  if (methodEnd > from && bytes[methodEnd] === CR) return badRequestLine();
  return new ProtocolError('bad-method', 'the method is no token');
}

function targetFault(bytes: Buffer, targetStart: number, targetEnd: number): ProtocolError {
  const byte = bytes[targetEnd];
  if (targetEnd === targetStart || byte === CR || byte === LF) return badRequestLine();
  return new ProtocolError('bad-target', 'a control character in the request target');
}

/** What stands behind the second space is no version: a target with spaces, another version, or no request line. */
function versionFault(bytes: Buffer, targetStart: number, versionStart: number, to: number): ProtocolError {
  let lineEnd = versionStart;
  while (lineEnd < to && bytes[lineEnd] !== CR && bytes[lineEnd] !== LF) lineEnd++;
  const line = bytes.toString('latin1', targetStart, lineEnd);
  const rest = line.substring(versionStart - targetStart);
  if (/[ \t]HTTP\/\d/.test(rest)) return new ProtocolError('bad-target', 'a space in the request target');
  return httpVersionFault(rest) ?? badRequestLine();
}

function badRequestLine(): ProtocolError {
  return new ProtocolError('bad-request-line', 'the request line is not method, target and version');
}
