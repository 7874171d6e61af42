import { HOST_CHARACTERS } from './character-classes.js';
import { isIpv6Address } from './ip-address.js';

const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const LARGEST_PORT = 65_535;

/**
 * True for `host[:port]` as a Host field or an absolute target may name it (RFC 3986 section 3.2, without userinfo):
 * letters, digits and `-._~`, or an IPv6 literal in brackets. Percent-escapes, sub-delims, an empty host and an empty
 * port are valid there too, but no real client writes them and peers read them differently, so they are refused.
 */
export function isHostAndPort(text: string): boolean {
  let at = 0;
  if (text.charCodeAt(0) === OPEN_BRACKET) {
    const close = text.indexOf(']');
    if (close < 0 || !isIpv6Address(text.substring(1, close))) return false;
    at = close + 1;
  } else {
    while (at < text.length && HOST_CHARACTERS[text.charCodeAt(at)] === 1) at++;
    if (at === 0) return false;
  }
  if (at === text.length) return true;
  return text.charCodeAt(at) === COLON && isPort(text, at + 1);
}

let lastGood: string | null = null;
let inOnePiece = false;

/**
 * The text itself, where {@link isHostAndPort}. Most requests in a row name one host: from the second on they get
 * the same string, which is no part of their heads, and so found and compared at less cost.
 * @returns null where it is none
 */
export function goodHostAndPort(text: string): string | null {
  if (text !== lastGood) {
    if (!isHostAndPort(text)) return null;
    lastGood = text;
    inOnePiece = false;
  } else if (!inOnePiece) {
    lastGood = Buffer.from(text, 'latin1').toString('latin1');
    inOnePiece = true;
  }
  return lastGood;
}

/** True where both name the same host and port, the scheme's default port being the same as none. */
export function sameAuthority(one: string, other: string, scheme: string): boolean {
  return one === other || normalized(one, scheme) === normalized(other, scheme);
}

function isPort(text: string, from: number): boolean {
  const digits = text.length - from;
  if (digits < 1 || digits > 5) return false;
  let port = 0;
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
  }
  return port <= LARGEST_PORT;
}

function normalized(authority: string, scheme: string): string {
  const lower = authority.toLowerCase();
  const defaultPort = scheme === 'https' ? ':443' : ':80';
  return lower.endsWith(defaultPort) ? lower.substring(0, lower.length - defaultPort.length) : lower;
}
