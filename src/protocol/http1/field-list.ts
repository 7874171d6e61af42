const HTAB = 0x09;
const SP = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/**
 * The elements of a list-valued field (RFC 9110 section 5.6.1), without the spaces around them. Empty elements are
 * left out; commas within quoted strings separate nothing. Linear in the length of `value`.
 */
export function splitFieldList(value: string): string[] {
  const elements: string[] = [];
  let start = 0;
  let inQuotes = false;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === QUOTE) inQuotes = !inQuotes;
    else if (inQuotes && code === BACKSLASH) at++;
    else if (code === COMMA && !inQuotes) {
      pushTrimmed(elements, value, start, at);
      start = at + 1;
    }
  }
  pushTrimmed(elements, value, start, value.length);
  return elements;
}

function pushTrimmed(elements: string[], value: string, from: number, to: number): void {
  let start = from;
  let end = to;
  while (start < end && isSpace(value.charCodeAt(start))) start++;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--;
  if (end > start) elements.push(value.substring(start, end));
}

function isSpace(code: number): boolean {
  return code === SP || code === HTAB;
}
