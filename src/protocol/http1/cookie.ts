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
 * @param name a token
 * @param most where to stop
 */
export function cookieValues(fields: readonly string[], name: string, most: number): readonly string[] {
  let values: string[] | null = null;
  for (const field of fields) {
    // A native search for the name, not a walk from cookie to cookie: 64 KiB of semicolons would take 2 ms.
    for (let at = field.indexOf(name); at >= 0 && (values?.length ?? 0) < most; ) {
      const equals = skipSpaces(field, at + name.length);
      let next = equals;
      if (field.charCodeAt(equals) === EQUALS && beginsCookie(field, at)) {
        const semicolon = field.indexOf(SEMICOLON, equals);
        next = semicolon < 0 ? field.length : semicolon;
        values ??= [];
        values.push(trimmedValue(field, equals + 1, next));
      }
      at = field.indexOf(name, next);
    }
  }
  return values ?? NONE;
}

/** Whether nothing but spaces stands between the cookie before and `at`. */
function beginsCookie(field: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && isSpace(field.charCodeAt(before))) before--;
  return before < 0 || field[before] === SEMICOLON;
}

function trimmedValue(field: string, from: number, to: number): string {
  let start = Math.min(skipSpaces(field, from), to);
  let end = to;
  while (end > start && isSpace(field.charCodeAt(end - 1))) end--;
  if (end - start >= 2 && field.charCodeAt(start) === QUOTE && field.charCodeAt(end - 1) === QUOTE) {
    start++;
    end--;
  }
  return field.substring(start, end);
}

function skipSpaces(field: string, from: number): number {
  let at = from;
  while (isSpace(field.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === SP || code === HTAB;
}
