import { isValidOriginTarget } from '../protocol/http1/request-target.js';
import type { UrlFault } from './backend-url.js';

/**
 * The path at the end of a backend's url, without a slash at its end. What backends read in more than one way is
 * refused: a request's own path is held to the same (RFC 3986 section 6.2.2), and the two become one.
 *
 * @param written from its first slash on, or empty
 * @param url the whole, for what was probably meant
 */
export function basePathOf(written: string, url: string): string | UrlFault {
  const base = written.replace(/\/$/, '');
  if (base === '') return '';
  if (/[^\x21-\x7e]/.test(base)) {
    const message = "a path in a backend's url is ASCII, other characters percent-encoded";
    return { message, suggestion: url.slice(0, url.length - written.length) + encoded(written) };
  }
  if (/%(?:00|2e|2f|5c)/i.test(base)) return { message: "a path in a backend's url has no encoded dot or separator" };
  if (written.includes('//')) {
    const suggestion = url.slice(0, url.length - written.length) + written.replace(/\/{2,}/g, '/');
    return { message: "a path in a backend's url has no empty segment", suggestion };
  }
  if (isValidOriginTarget(base)) return base;
  return { message: "a path in a backend's url has no dot segments and no stray percent sign" };
}

/** Lone surrogates have no encoding. */
function encoded(path: string): string {
  return encodeURI(path.replace(/[\ud800-\udfff]/gu, '\ufffd')).replaceAll('%25', '%');
}
