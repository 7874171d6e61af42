import { readLatin1 } from '../latin1.js';
import { ProtocolError } from '../protocol-error.js';
import { VALUE_CHARACTERS } from './character-classes.js';
import { firstHeadFault, type HeadLimits } from './head-scanner.js';
import { parseHeaderLines } from './header-lines.js';
import type { HeaderList } from './header-list.js';
import { httpVersionFault, minorVersionAt } from './http-version.js';

/** A response's head as it was read: grammar is checked, meaning is not. */
export interface ResponseHead {
  /** 100 to 599. */
  readonly status: number;
  /** Empty where the status line has none. */
  readonly reason: string;
  readonly minorVersion: 0 | 1;
  readonly headers: HeaderList;
}

const SP = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const VERSION_LENGTH = 8; // HTTP/1.1
const STATUS_LENGTH = 3;

/**
 * Parses `bytes[from, to)`, one complete head with its last CR LF CR LF (RFC 9112 sections 4 and 5). A missing reason
 * phrase is fine, with and without the space before it.
 * @throws ProtocolError with the code of the rule it breaks
 */
export function parseResponseHead(bytes: Buffer, from: number, to: number, limits: HeadLimits): ResponseHead {
  try {
    return parse(bytes, from, to, limits);
  } catch (fault) {
    throw firstHeadFault(bytes, from, to, limits, 'response', fault);
  }
}

function parse(bytes: Buffer, from: number, to: number, limits: HeadLimits): ResponseHead {
  if (to - from > limits.maxHeadBytes) throw new ProtocolError('head-too-large', 'the head is too large');
  const minorVersion = minorVersionAt(bytes, from, to);
  const versionEnd = from + VERSION_LENGTH;
  if (minorVersion < 0 || bytes[versionEnd] !== SP) throw statusLineFault(bytes, from, to);
  const status = statusAt(bytes, versionEnd + 1);
  const statusEnd = versionEnd + 1 + STATUS_LENGTH;
  const separator = bytes[statusEnd];
  if (status < 100 || status > 599 || (separator !== SP && separator !== CR)) throw badStatusLine();
  const reasonStart = separator === SP ? statusEnd + 1 : statusEnd;
  let lineEnd = reasonStart;
  while (lineEnd < to && VALUE_CHARACTERS[bytes[lineEnd] as number] === 1) lineEnd++;
  if (bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF) throw badStatusLine();
  const text = readLatin1(bytes, from, to);
  return {
    status,
    reason: text.substring(reasonStart - from, lineEnd - from),
    minorVersion: minorVersion === 1 ? 1 : 0,
    headers: parseHeaderLines(bytes, text, from, lineEnd + 2, to, limits.maxHeaders),
  };
}

/** The number of three digits, or -1. */
function statusAt(bytes: Buffer, at: number): number {
  let status = 0;
  for (let index = 0; index < STATUS_LENGTH; index++) {
    const digit = (bytes[at + index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    status = status * 10 + digit;
  }
  return status;
}

function statusLineFault(bytes: Buffer, from: number, to: number): ProtocolError {
  let versionEnd = from;
  while (versionEnd < to && bytes[versionEnd] !== SP && bytes[versionEnd] !== CR) versionEnd++;
  const version = bytes.toString('latin1', from, versionEnd);
  return (bytes[versionEnd] === SP ? httpVersionFault(version) : undefined) ?? badStatusLine();
}

function badStatusLine(): ProtocolError {
  return new ProtocolError('bad-status-line', 'the status line is not version, status and reason');
}
