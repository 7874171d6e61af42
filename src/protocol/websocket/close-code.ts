/**
 * True for codes that a Close frame may carry (RFC 6455 section 7.4, and those registered since). 1004 is reserved;
 * 1005, 1006 and 1015 say that there was no code.
 */
export function isWireCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}
