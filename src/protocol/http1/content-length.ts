import { FieldLine } from './field-line.js';

/** The number in a Content-Length value: digits only, at most 2^53-1 (RFC 9112 section 6.3); -1 for all else. */
export function parseContentLength(value: string): number {
  if (value.length === 0) return -1;
  let length = 0;
  for (let at = 0; at < value.length; at++) {
    const digit = value.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    // Ten times a safe integer may round, but never down to one.
    length = length * 10 + digit;
    if (length > Number.MAX_SAFE_INTEGER) return -1;
  }
  return length;
}

/** The line without leading zeros in its value: they are digits like any other (RFC 9110 section 8.6), but octal to some. */
export function plainContentLength(line: FieldLine): FieldLine {
  const { name, lower, value } = line;
  if (value.charCodeAt(0) !== 0x30 || value.length === 1) return line;
  return new FieldLine(name, lower, value.replace(/^0+(?=\d)/, ''));
}
