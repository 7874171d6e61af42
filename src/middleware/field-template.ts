import type { Exchange } from '../exchange/exchange.js';

/** Makes a field's value for an exchange; null where a placeholder has no value there. */
export type FieldTemplate = (exchange: Exchange) => string | null;

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

/** Compiles text with `{client_ip}`, `{user}`, `{request_id}` in it. Other braces stand for themselves. */
export function compileFieldTemplate(text: string): FieldTemplate {
  const parts = text.split(PLACEHOLDER);
  if (parts.length === 1) {
    const value = fieldText(text);
    return () => value;
  }
  return (exchange) => {
    let value = '';
    for (const [index, part] of parts.entries()) {
      const piece = index % 2 === 0 ? part : (PLACEHOLDERS.get(part)?.(exchange) ?? null);
      if (piece === null) return null;
      value += piece;
    }
    return fieldText(value);
  };
}

const PLACEHOLDER = /\{([a-z_]+)\}/g;

const PLACEHOLDERS: ReadonlyMap<string, FieldTemplate> = new Map<string, FieldTemplate>([
  ['client_ip', (exchange) => exchange.client.address],
  ['user', (exchange) => exchange.user],
  ['request_id', (exchange) => exchange.id],
]);

/**
 * Text as it may stand in a field. Heads are written as Latin-1, where U+010A would become a line feed: what is not
 * ASCII goes as the bytes of its UTF-8. Control characters are dropped.
 */
export function fieldText(text: string): string {
  const bytes = /[^\0-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
  return bytes.replace(/[\0-\x08\n-\x1f\x7f]/g, '').trim();
}
