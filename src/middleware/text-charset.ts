import type { HeaderList } from '../protocol/http1/header-list.js';
import { charsetOf } from './media-types.js';

/** How the bytes of a text are read. */
export type TextCharset = 'utf8' | 'latin1';

const charsets: ReadonlyMap<string, TextCharset> = new Map<string, TextCharset>([
  ['', 'utf8'],
  ['utf-8', 'utf8'],
  ['utf8', 'utf8'],
  ['us-ascii', 'utf8'],
  ['ascii', 'utf8'],
  ['iso-8859-1', 'latin1'],
  ['latin1', 'latin1'],
]);

/** UTF-8 where the response names none; null: one that is not read here. */
export function textCharsetOf(headers: HeaderList): TextCharset | null {
  return charsets.get(charsetOf(headers)) ?? null;
}

/** False for text that has characters which Latin-1 has not. */
export function fitsCharset(text: string, charset: TextCharset): boolean {
  return charset === 'utf8' || !/[^\0-\xff]/.test(text);
}
