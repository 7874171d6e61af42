/** Makes a member of a JSON object, with a comma before it; empty where there is no value. */
export type JsonMember = (value: unknown) => string;

/** Compiles one. Most values are those of the exchange before: such a member is there already. */
export function compileJsonMember(name: string): JsonMember {
  const prefix = `,${JSON.stringify(name)}:`;
  let last: unknown = null;
  let member = '';
  let repeated = false;
  return (value) => {
    if (value === last) {
      if (!repeated) member = flat(member);
      repeated = true;
      return member;
    }
    const json = jsonOf(value);
    const made = json === undefined ? '' : prefix + json;
    // What is inside an object may be another next time.
    if (typeof value === 'object' && value !== null) return made;
    last = value;
    member = made;
    repeated = false;
    return made;
  };
}

/** A string as it stands in JSON. */
export function quoted(text: string): string {
  if (text.length > MOST_LOOKED_AT) return JSON.stringify(text);
  // Most are short and plain: a look costs less than the copy.
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < SPACE || code > TILDE || code === QUOTE || code === BACKSLASH) return JSON.stringify(text);
  }
  return `"${text}"`;
}

const MOST_LOOKED_AT = 100;
const SPACE = 0x20;
const TILDE = 0x7e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function jsonOf(value: unknown): string | undefined {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' && Number.isFinite(value)) return decimal(value);
  return value === null ? undefined : JSON.stringify(value);
}

/** A number as JavaScript writes it. Of those with up to three decimals, which are most: without a search for digits. */
function decimal(value: number): string {
  const thousandths = Math.round(value * 1000);
  if (thousandths < 0 || thousandths > MOST_THOUSANDTHS || thousandths / 1000 !== value) return String(value);
  const whole = Math.floor(thousandths / 1000) | 0;
  return `${whole}${DECIMALS[thousandths - whole * 1000]}`;
}

const MOST_THOUSANDTHS = 2 ** 31 - 1;
/** Behind a whole number, by thousandths. */
const DECIMALS = Array.from({ length: 1000 }, (_, thousandths) => String(thousandths / 1000).slice(1));

/** V8 keeps what was added up as a tree, which costs more to write each time than these bytes do. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
