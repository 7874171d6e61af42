/**
 * Which reserved bits the agreed extensions use. RFC 7692 is the one registered extension that says which; of others
 * nothing is known.
 * @param extensions the value of Sec-WebSocket-Extensions that both sides agreed on; empty: none
 */
export function reservedBy(extensions: string): 'none' | 'rsv1' | 'any' {
  if (extensions === '') return 'none';
  const names = extensions.split(',').map((extension) => extension.split(';')[0]?.trim().toLowerCase());
  return names.every((name) => name === 'permessage-deflate') ? 'rsv1' : 'any';
}
