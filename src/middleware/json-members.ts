/** What a member of a JSON object may hold here; it is left out where there is no value. */
export type JsonValue = string | number | null | undefined;

/** A member of a JSON object, read from what the text is made for. */
export interface JsonMember<Source> {
  readonly name: string;
  /** Never throws. */
  readonly read: (source: Source) => JsonValue;
}

/**
 * Compiles neighbours in a JSON object, each with a comma before it. Most lines of a log repeat what the one before
 * said of these members: their text is there already then, in one piece.
 */
export function compileJsonMembers<Source>(members: readonly JsonMember<Source>[]): (source: Source) => string {
  const last: JsonValue[] = members.map(() => null);
  const prefixes = members.map(({ name }) => `,${JSON.stringify(name)}:`);
  const reads = members.map(({ read }) => read);
  let text = '';
  let repeated = false;
  return (source) => {
    let same = true;
    for (let index = 0; index < reads.length; index++) {
      const value = (reads[index] as (source: Source) => JsonValue)(source);
      if (value === last[index]) continue;
      last[index] = value;
      same = false;
    }
    if (!same) {
      repeated = false;
      text = '';
      for (let index = 0; index < reads.length; index++) text += memberOf(prefixes[index] as string, last[index]);
    } else if (!repeated) {
      repeated = true;
      text = flat(text);
    }
    return text;
  };
}

/** A string as it stands in JSON. */
function quoted(text: string): string {
  return isPlain(text) ? `"${text}"` : JSON.stringify(text);
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

function memberOf(prefix: string, value: JsonValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return prefix + quoted(value);
  return prefix + (Number.isFinite(value) ? decimal(value) : 'null');
}

/** A number as JavaScript writes it. Of those with up to three decimals, which are most: without a search for digits. */
function decimal(value: number): string {
  const thousandths = Math.round(value * 1000);
  if (thousandths < 0 || thousandths > MOST_THOUSANDTHS || thousandths / 1000 !== value) return String(value);
  const whole = Math.floor(thousandths / 1000) | 0;
  return String(whole) + (DECIMALS[thousandths - whole * 1000] as string);
}

const MOST_THOUSANDTHS = 2 ** 31 - 1;
/** Behind a whole number, by thousandths. */
const DECIMALS = Array.from({ length: 1000 }, (_, thousandths) => String(thousandths / 1000).slice(1));

/** V8 keeps what was added up as a tree, which costs more to write each time than these bytes do. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
