const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;

/**
 * The host of an authority as hosts are compared: lower case, without port and trailing dot; an IPv6 literal in
 * brackets and in its shortest form. Returns the string itself where nothing is to be changed.
 */
export function hostName(authority: string): string {
  if (authority.charCodeAt(0) === OPEN_BRACKET) return addressLiteral(authority);
  let end = authority.length;
  let lower = true;
  for (let at = 0; at < authority.length; at++) {
    const code = authority.charCodeAt(at);
    if (code === COLON) {
      end = at;
      break;
    }
    if (code >= UPPER_A && code <= UPPER_Z) lower = false;
  }
  if (end > 1 && authority.endsWith('.', end)) end--;
  const host = end === authority.length ? authority : authority.slice(0, end);
  return lower ? host : host.toLowerCase();
}

function addressLiteral(authority: string): string {
  const close = authority.indexOf(']');
  const literal = close < 0 ? authority : authority.slice(0, close + 1);
  const url = `http://${literal}/`;
  return URL.canParse(url) ? new URL(url).hostname : literal.toLowerCase();
}
