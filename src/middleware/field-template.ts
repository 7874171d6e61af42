import type { Exchange } from '../exchange/exchange.js';
import { FieldLine, lastingLine } from '../protocol/http1/field-line.js';

/** Makes a field line for an exchange; null where a placeholder has no value there. */
export type FieldTemplate = (exchange: Exchange) => FieldLine | null;

/** What is wrong with a template; null where it may be used. */
export function fieldTemplateFault(text: string): string | null {
  if (/[\0-\x08\n-\x1f\x7f]/.test(text)) return 'a header value has no line break and no control character';
  for (const [, name] of text.matchAll(PLACEHOLDER)) {
    if (name !== undefined && !PLACEHOLDERS.has(name)) {
      return `there is no {${name}}; there is {${[...PLACEHOLDERS.keys()].join('}, {')}}`;
    }
  }
  return null;
}

/**
 * Compiles a field whose value has `{client_ip}`, `{user}`, `{request_id}` in it. Other braces stand for themselves.
 * @param name a token
 */
export function compileFieldTemplate(name: string, text: string): FieldTemplate {
  const parts = text.split(PLACEHOLDER);
  const lower = name.toLowerCase();
  if (parts.length === 1) {
    const line = lastingLine(name, fieldText(text));
    return () => line;
  }
  const pieces = parts.map((part, index) => (index % 2 === 0 ? part : PLACEHOLDERS.get(part))).filter(isPiece);
  const lineOf = compileLine(name, lower);
  return (exchange) => {
    let value = '';
    for (let index = 0; index < pieces.length; index++) {
      const piece = pieces[index] as Piece;
      const said = typeof piece === 'string' ? piece : piece(exchange);
      if (said === null) return null;
      value += said;
    }
    return lineOf(value);
  };
}

/** Many exchanges in a row have the same client or user: such a line is there already. */
function compileLine(name: string, lower: string): (value: string) => FieldLine {
  let last: string | null = null;
  let line = lastingLine(name, '');
  let repeated = false;
  return (value) => {
    if (value !== last) {
      last = value;
      line = new FieldLine(name, lower, fieldText(value));
      repeated = false;
    } else if (!repeated) {
      repeated = true;
      line = lastingLine(name, line.value);
    }
    return line;
  };
}

type Placeholder = (exchange: Exchange) => string | null;
type Piece = string | Placeholder;

const PLACEHOLDER = /\{([a-z_]+)\}/g;

const PLACEHOLDERS: ReadonlyMap<string, Placeholder> = new Map<string, Placeholder>([
  ['client_ip', (exchange) => exchange.client.address],
  ['user', (exchange) => exchange.user],
  ['request_id', (exchange) => exchange.id],
]);

function isPiece(piece: Piece | undefined): piece is Piece {
  return piece !== undefined && piece !== '';
}

/** Nearly all values are: one look, and no copy. */
const READY = /^[!-~](?:[ -~]*[!-~])?$/;

/**
 * Text as it may stand in a field. Heads are written as Latin-1, where U+010A would become a line feed: what is not
 * ASCII goes as the bytes of its UTF-8. Control characters are dropped.
 */
export function fieldText(text: string): string {
  if (READY.test(text)) return text;
  const bytes = /[^\0-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
  return withoutBlanks(bytes.replace(/[\0-\x08\n-\x1f\x7f]/g, ''));
}

/** Without spaces and tabs around it. JavaScript's own `trim` takes the byte 0xA0 for one, where letters of UTF-8 end. */
function withoutBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (from < to && isBlank(text.charCodeAt(to - 1))) to--;
  return text.substring(from, to);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

const SPACE = 0x20;
const TAB = 0x09;
