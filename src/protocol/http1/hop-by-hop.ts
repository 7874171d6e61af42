/**
 * True for fields that end at this hop whether or not Connection names them (RFC 9110 section 7.6.1). `Trailer` is not
 * among them: trailers are relayed, so the field that announces them is true for the next hop too. `TE: trailers` is
 * for the caller to write anew.
 */
export function isHopByHop(lowerName: string): boolean {
  switch (lowerName) {
    case 'connection':
    case 'keep-alive':
    case 'proxy-connection':
    case 'proxy-authenticate':
    case 'proxy-authorization':
    case 'te':
    case 'upgrade':
    case 'transfer-encoding':
      return true;
    default:
      return false;
  }
}
