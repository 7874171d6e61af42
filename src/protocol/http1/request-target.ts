import { ProtocolError } from '../protocol-error.js';
import { isHostAndPort } from './authority.js';
import { TARGET_CHARACTERS } from './character-classes.js';
import { PLAIN_PATH, resolvePath } from './path.js';

/** A request target taken apart (RFC 9112 section 3.2). Everything as received but where said otherwise. */
export interface RequestTarget {
  readonly form: 'origin' | 'absolute' | 'asterisk';
  /** `http` or `https` for the absolute form, else empty. */
  readonly scheme: '' | 'http' | 'https';
  /** `host[:port]` of the absolute form, else empty. */
  readonly authority: string;
  /** What goes to the backend: the path as received, its literal dot segments resolved. `*` for the asterisk form. */
  readonly rawPath: string;
  /** What routes are matched with: see {@link resolvePath}. `*` for the asterisk form. */
  readonly matchPath: string;
  /** From the question mark on, or empty. */
  readonly query: string;
  /** A `%2F` or `%5C` stands in the path: a separator to some backends, data to us. */
  readonly hasEncodedSlash: boolean;
}

const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const HASH = 0x23;

const ASTERISK: RequestTarget = Object.freeze({
  form: 'asterisk',
  scheme: '',
  authority: '',
  rawPath: '*',
  matchPath: '*',
  query: '',
  hasEncodedSlash: false,
});

/**
 * @param target Latin-1, without spaces and control characters (the head's parser saw to that)
 * @throws ProtocolError `bad-target`, or a `path-` code
 */
export function parseRequestTarget(target: string, method: string): RequestTarget {
  if (target.charCodeAt(0) === SLASH) return parsePathAndQuery(target, 0, 'origin', '', '');
  if (target === '*' && method === 'OPTIONS') return ASTERISK;
  return parseAbsolute(target, method);
}

/** True for a path and query that may be sent to a backend as they are: the origin form with nothing to resolve. */
export function isValidOriginTarget(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (TARGET_CHARACTERS[text.charCodeAt(at)] !== 1) return false;
  if (text.charCodeAt(0) !== SLASH) return false;
  try {
    const target = parsePathAndQuery(text, 0, 'origin', '', '');
    return target.rawPath + target.query === text;
  } catch {
    return false;
  }
}

function parseAbsolute(target: string, method: string): RequestTarget {
  const schemeLength = target.indexOf('://');
  const scheme = schemeLength < 0 ? '' : target.substring(0, schemeLength).toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') {
    throw new ProtocolError('bad-target', 'the target is neither a path nor an http or https URL');
  }
  const start = schemeLength + 3;
  let end = start;
  while (end < target.length && !endsAuthority(target.charCodeAt(end))) end++;
  const authority = target.substring(start, end);
  if (!isHostAndPort(authority)) throw new ProtocolError('bad-target', "the target's authority is no host[:port]");
  if (end === target.length && method === 'OPTIONS') {
    // RFC 9112 section 3.2.4: OPTIONS without a path goes on as *.
    return { ...ASTERISK, form: 'absolute', scheme, authority };
  }
  if (target.charCodeAt(end) === SLASH) return parsePathAndQuery(target, end, 'absolute', scheme, authority);
  return parsePathAndQuery(`/${target.substring(end)}`, 0, 'absolute', scheme, authority);
}

function endsAuthority(code: number): boolean {
  return code === SLASH || code === QUESTION_MARK || code === HASH;
}

function parsePathAndQuery(
  target: string,
  from: number,
  form: RequestTarget['form'],
  scheme: RequestTarget['scheme'],
  authority: string,
): RequestTarget {
  // The one scan of a plain path: the first character that is not plain, or that follows a slash as a dot or a slash.
  let end = from + 1;
  let plain = true;
  let previous = SLASH;
  for (; end < target.length; end++) {
    const code = target.charCodeAt(end);
    if (code === QUESTION_MARK || code === HASH) break;
    if (PLAIN_PATH[code] !== 1 && (PLAIN_PATH[code] === 0 || previous === SLASH)) plain = false;
    previous = code;
  }
  const query = end < target.length ? target.substring(end) : '';
  if (query !== '' && query.includes('#')) throw new ProtocolError('bad-target', 'a fragment in the request target');
  const path = from === 0 && end === target.length ? target : target.substring(from, end);
  if (plain) return { form, scheme, authority, rawPath: path, matchPath: path, query, hasEncodedSlash: false };
  const { rawPath, matchPath, hasEncodedSlash } = resolvePath(path);
  return { form, scheme, authority, rawPath, matchPath, query, hasEncodedSlash };
}
