import { isToken } from './character-classes.js';
import { isIpv4Address, isIpv6Address } from './ip-address.js';

/** What one hop writes into a Forwarded field (RFC 7239 section 4). */
export interface ForwardedElement {
  /** An address, with or without port and brackets, `unknown`, or an identifier with a leading `_`. */
  readonly for: string;
  readonly proto: string;
  readonly host: string;
  readonly by?: string;
}

/**
 * True for the fields in which a hop tells of the one before it. Underscores count as hyphens: CGI-like backends
 * cannot tell `x_forwarded_for` from `x-forwarded-for`.
 */
export function isForwardingField(lowerName: string): boolean {
  const first = lowerName.charCodeAt(0);
  if (first === 0x66 /* f */) return lowerName === 'forwarded';
  if (first !== 0x78 /* x */) return false;
  const name = lowerName.includes('_') ? lowerName.replaceAll('_', '-') : lowerName;
  return name.startsWith('x-forwarded-') || name === 'x-real-ip' || name === 'x-forwarded';
}

/** One element of a Forwarded field; IPv6 addresses get brackets, and what is no token gets quotes. */
export function formatForwarded(element: ForwardedElement): string {
  const by = element.by === undefined ? '' : `;by=${quoted(bracketed(element.by))}`;
  const host = element.host === '' ? '' : `;host=${quoted(element.host)}`;
  return `for=${quoted(bracketed(element.for))}${by}${host};proto=${quoted(element.proto)}`;
}

/**
 * The client's address: the rightmost entry of X-Forwarded-For that is not trusted, where the peer is trusted.
 * Entries may carry a port and brackets. One that is no address (`unknown`, garbage) ends the walk: what stands left
 * of it was vouched for by nobody. Where all are trusted, the leftmost.
 */
export function clientAddressFrom(
  xForwardedForValues: readonly string[],
  peerAddress: string,
  isTrusted: (address: string) => boolean,
): string {
  let client = peerAddress;
  if (!isTrusted(peerAddress)) return client;
  for (let line = xForwardedForValues.length - 1; line >= 0; line--) {
    const entries = (xForwardedForValues[line] as string).split(',');
    for (let index = entries.length - 1; index >= 0; index--) {
      const address = addressOf((entries[index] as string).trim());
      if (address === '') return client;
      client = address;
      if (!isTrusted(address)) return client;
    }
  }
  return client;
}

/** The address of an entry without brackets and port, or empty where it has none. */
function addressOf(entry: string): string {
  if (isIpv4Address(entry) || isIpv6Address(entry)) return entry;
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d{1,5})?$/.exec(entry);
  if (parts === null) return '';
  const [, bracketed = '', plain = ''] = parts;
  if (bracketed !== '') return isIpv6Address(bracketed) ? bracketed : '';
  return isIpv4Address(plain) ? plain : '';
}

function bracketed(node: string): string {
  return isIpv6Address(node) ? `[${node}]` : node;
}

function quoted(value: string): string {
  return isToken(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
