import { Buffer, isUtf8 } from 'node:buffer';
import { ProtocolError } from '../protocol-error.js';

export interface ResolvedPath {
  readonly rawPath: string;
  readonly matchPath: string;
  readonly hasEncodedSlash: boolean;
}

const PERCENT = 0x25;
const DOT = 0x2e;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const FIRST_ENCODED = 0x80;

/** 1: needs no work anywhere in a path. 2: needs none but behind a slash. 0: needs {@link resolvePath}. */
export const PLAIN_PATH = new Uint8Array(256);
for (let code = 0x21; code < 0x7f; code++) PLAIN_PATH[code] = 1;
PLAIN_PATH[PERCENT] = 0;
PLAIN_PATH[BACKSLASH] = 0;
PLAIN_PATH[DOT] = 2;
PLAIN_PATH[SLASH] = 2;

/**
 * Resolves a path that begins with a slash. `rawPath`: literal `.` and `..` segments resolved (RFC 3986 section 5.2.4),
 * all else untouched. `matchPath`: made from that, percent-decoded, `//` merged; its bytes are UTF-8 where the whole
 * is valid, else Latin-1. `%2F`, `%5C` and `%25` stay encoded in it (in capitals), so that a percent sign there always
 * begins one of the three and no second decoding can turn data into a separator.
 * @throws ProtocolError a `path-` code
 */
export function resolvePath(path: string): ResolvedPath {
  const raw: string[] = [];
  const decoded: string[] = [];
  let hasEncodedSlash = false;
  const segments = path.substring(1).split('/');
  const last = segments.length - 1;
  for (const [index, segment] of segments.entries()) {
    if (segment === '.' || segment === '..') {
      if (segment === '..' && raw.length === 0) {
        throw new ProtocolError('path-above-root', 'dot segments lead above the root');
      }
      if (segment === '..') {
        raw.pop();
        decoded.pop();
      }
      if (index === last) {
        raw.push('');
        decoded.push('');
      }
      continue;
    }
    const text = decodeSegment(segment);
    judgeDots(segment, text);
    if (!hasEncodedSlash && /%(?:2f|5c)/i.test(segment)) hasEncodedSlash = true;
    raw.push(segment);
    decoded.push(text);
  }
  const merged = decoded.filter((text, index) => text !== '' || index === decoded.length - 1);
  return { rawPath: `/${raw.join('/')}`, matchPath: `/${utf8WhereValid(merged.join('/'))}`, hasEncodedSlash };
}

/** The segment's bytes as Latin-1, but for `%2F`, `%5C` and `%25`. */
function decodeSegment(segment: string): string {
  if (segment.includes('\\')) throw new ProtocolError('path-backslash', 'a backslash in the path');
  let percent = segment.indexOf('%');
  if (percent < 0) return segment;
  let text = '';
  let from = 0;
  while (percent >= 0) {
    const high = hexDigit(segment.charCodeAt(percent + 1));
    const low = hexDigit(segment.charCodeAt(percent + 2));
    if (high < 0 || low < 0) throw new ProtocolError('path-bad-escape', 'a bad percent-escape in the path');
    const code = high * 16 + low;
    if (code === 0) throw new ProtocolError('path-nul', 'an encoded NUL in the path');
    text += segment.substring(from, percent) + decodedCharacter(code);
    from = percent + 3;
    percent = segment.indexOf('%', from);
  }
  return text + segment.substring(from);
}

function decodedCharacter(code: number): string {
  if (code === SLASH) return '%2F';
  if (code === BACKSLASH) return '%5C';
  if (code === PERCENT) return '%25';
  return String.fromCharCode(code);
}

/** NaN, for a character that is not there, is no digit either. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Dot segments in a spelling that some backends resolve behind our back. */
function judgeDots(segment: string, decoded: string): void {
  if (decoded.charCodeAt(0) !== DOT) return;
  const parameter = decoded.indexOf(';');
  const name = parameter < 0 ? decoded : decoded.substring(0, parameter);
  if (name !== '.' && name !== '..') return;
  if (parameter >= 0) throw new ProtocolError('path-parameter-dots', 'a dot segment with a parameter');
  if (segment !== decoded) throw new ProtocolError('path-encoded-dots', 'an encoded dot segment');
}

function utf8WhereValid(text: string): string {
  let at = 0;
  while (at < text.length && text.charCodeAt(at) < FIRST_ENCODED) at++;
  if (at === text.length) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : text;
}
