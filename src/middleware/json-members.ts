/** What a member of a JSON object may hold here; it is left out where there is no value. */
export type JsonValue = string | number | null | undefined;

/** A member of a JSON object with the comma before it, or nothing. @param begin as {@link memberBegin} makes it */
export function jsonMember(begin: string, value: JsonValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return `${begin}"${jsonCharacters(value)}"`;
  return begin + (Number.isFinite(value) ? jsonNumber(value) : 'null');
}

/** What stands before a member's value. */
export function memberBegin(name: string): string {
  return `,${JSON.stringify(name)}:`;
}

/** What stands between the quotes of a string in JSON. */
export function jsonCharacters(text: string): string {
  return isPlain(text) ? text : JSON.stringify(text).slice(1, -1);
}

const MOST_LOOKED_AT = 100;
const SPACE = 0x20;
const TILDE = 0x7e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Most are short and plain: a look costs less than a copy. */
function isPlain(text: string): boolean {
  if (text.length > MOST_LOOKED_AT) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < SPACE || code > TILDE || code === QUOTE || code === BACKSLASH) return false;
  }
  return true;
}

/**
 * A finite number as JavaScript writes it. Of those with up to three decimals, which are most: without a search for
 * digits.
 */
export function jsonNumber(value: number): string {
  const thousandths = Math.round(value * 1000);
  if (thousandths < 0 || thousandths > MOST_THOUSANDTHS || thousandths / 1000 !== value) return String(value);
  const whole = Math.floor(thousandths / 1000) | 0;
  return String(whole) + (DECIMALS[thousandths - whole * 1000] as string);
}

const MOST_THOUSANDTHS = 2 ** 31 - 1;
/** Behind a whole number, by thousandths. */
const DECIMALS = Array.from({ length: 1000 }, (_, thousandths) => String(thousandths / 1000).slice(1));

/** The same text in one piece: V8 keeps what was added up as a tree, which costs more to write each time. */
export function flat(text: string): string {
  return Buffer.from(text).toString();
}
