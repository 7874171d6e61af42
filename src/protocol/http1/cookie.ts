const HTAB = 0x09;
const SP = 0x20;
const QUOTE = 0x22;
const EQUALS = 0x3d;
const SEMICOLON = ';';

const NONE: readonly string[] = Object.freeze([]);

/**
 * The values of the cookies of one name (RFC 6265 section 4.2.1), in their order: browsers put that of the longest path
 * first. Names are told apart by case. Spaces around name and value are left out, and quotes around a value, which many
 * put there. Never throws, and is linear in the length of the fields.
 * @param fields the values of all Cookie fields
 * @param most where to stop
 */
export function cookieValues(fields: readonly string[], name: string, most: number): readonly string[] {
  let values: string[] | null = null;
  for (const field of fields) {
    // Most requests do not have it, and a native search says so in a fraction of the time.
    if (!field.includes(name)) continue;
    values ??= [];
    collect(field, name, most, values);
  }
  return values ?? NONE;
}

function collect(field: string, name: string, most: number, values: string[]): void {
  for (let from = 0; from < field.length && values.length < most; ) {
    const semicolon = field.indexOf(SEMICOLON, from);
    const end = semicolon < 0 ? field.length : semicolon;
    const nameAt = skipSpaces(field, from, end);
    const equals = skipSpaces(field, nameAt + name.length, end);
    if (field.startsWith(name, nameAt) && equals < end && field.charCodeAt(equals) === EQUALS) {
      values.push(cookieValue(field, equals + 1, end));
    }
    from = end + 1;
  }
}

function cookieValue(field: string, from: number, to: number): string {
  let start = skipSpaces(field, from, to);
  let end = to;
  while (end > start && isSpace(field.charCodeAt(end - 1))) end--;
  if (end - start >= 2 && field.charCodeAt(start) === QUOTE && field.charCodeAt(end - 1) === QUOTE) {
    start++;
    end--;
  }
  return field.substring(start, end);
}

function skipSpaces(field: string, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(field.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === SP || code === HTAB;
}
